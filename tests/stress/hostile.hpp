#pragma once

#include "stress/companion.hpp"

#include <cstddef>
#include <string>

namespace cocached::stress {

/// Clients that keep to no rules. Nothing of what they are answered is checked: the others notice
/// what they do harm to.
class Hostile final : public Companion {
 public:
  Hostile(unsigned number, std::uint64_t seed, Run& run);

 private:
  void leave_replies_unread();
  void leave_dumps_unread();
  void break_off_request();
  void upload_slowly();
  void announce_much();
  void send_long_line();
  void send_garbage();
  void crowd();
  void misuse_http();
  void part(Stream stream);

  std::string any_request();
};

}  // namespace cocached::stress
