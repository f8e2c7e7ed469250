#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cocached::command {

/// Who may come in, from a file with a line `user:password` for each. A password of the form
/// `$id$...` is a hash of crypt(3); any other is meant as it stands, blanks included.
///
/// Immutable, so that any thread may ask.
class Users {
 public:
  /// Takes the text of a whole file. Throws std::invalid_argument, with a text for the user, for a
  /// line that is no entry, a user given twice, a hash that this machine cannot compute, and where
  /// there is no user at all.
  explicit Users(std::string_view file);

  /// Whether this is the user's password. Takes as long for a user that does not exist as for one
  /// that does; which, for a hashed password, is long.
  bool admit(std::string_view user, std::string_view password) const;

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
  std::unordered_map<std::string, std::size_t> places_;  // of each user in `secrets_`
};

}  // namespace cocached::command
