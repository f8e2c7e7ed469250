#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cocached::command {

/// The users who may log in, from a file with one line `user:password` for each. A password of the
/// form `$id$...` is a hash of crypt(3); any other is the plain password, blanks included.
///
/// Immutable, so any thread may use it.
class Users {
 public:
  /// Reads the text of a whole file. Throws std::invalid_argument with a text for the operator if a
  /// line is malformed, a user stands there twice, this machine cannot compute a hash, or there is
  /// no user.
  explicit Users(std::string_view file);

  /// Returns true if `password` is the password of `user`. Takes as long for an unknown user as for
  /// a known one. Slow if the password is hashed.
  bool verify(std::string_view user, std::string_view password) const;

  std::size_t size() const noexcept { return secrets_.size(); }

 private:
  struct Secret {
    std::string text;  // a hash of crypt(3), or the SHA-256 digest of a plain password
    bool crypted = false;

    bool is_of(std::string_view password) const;
  };

  void add(std::string_view line);
  static Secret secret_of(std::string_view password);

  std::vector<Secret> secrets_;
  std::unordered_map<std::string, std::size_t> places_;  // user -> index in `secrets_`
};

}  // namespace cocached::command
