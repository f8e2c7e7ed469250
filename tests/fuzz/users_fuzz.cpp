// Files of users: what is read as one lets in those that stand in it, and refuses others.

#include "command/auth/users.hpp"
#include "tests/fuzz/fuzzing.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

using namespace cocached;
using fuzz::demand;

namespace {

/// Hashes of passwords are made to be slow: what begins like one is left out.
bool may_be_slow(std::string_view file) {
  return file.find(":$") != std::string_view::npos;
}

/// Everybody who stands in the file comes in by his password, and by no longer one; and nobody who
/// could not stand in any.
void ask_for_each(const command::Users& users, std::string_view file) {
  while (!file.empty()) {
    auto line = file.substr(0, file.find('\n'));
    file.remove_prefix(std::min(line.size() + 1, file.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto user = line.substr(0, line.find(':'));
    const auto password = line.substr(user.size() + 1);
    demand(users.verify(user, password), "a listed user may log in");
    demand(!users.verify(user, std::string{password} + "x"), "one password is right");
    demand(!users.verify(std::string{user} + ":", password), "an unlisted user may not log in");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = fuzz::text_of(data, size);
  if (may_be_slow(file)) return 0;
  try {
    const command::Users users{file};
    demand(users.size() > 0, "there is somebody");
    ask_for_each(users, file);
  } catch (const std::invalid_argument& error) {
    demand(std::string_view{error.what()}.size() > 0, "what is refused is refused with a reason");
  }
  return 0;
}
