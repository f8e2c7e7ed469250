#pragma once

#include "stress/companion.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cocached::stress {

/// An operator in a hurry: every administrative command, in random order, with its reply checked.
class Admin final : public Companion {
 public:
  Admin(unsigned number, std::uint64_t seed, Run& run);

 private:
  void leave() override { link_.reset(); }

  Stream& link();
  std::string_view ask(std::string_view command);
  void expect(std::string_view command, std::string_view reply);
  void each_line(std::string_view command, std::string_view end,
                 const std::function<void(std::string_view)>& check);

  void set_memory_limit();
  bool is_time_to_flush();
  void flush();
  void flush_later();
  void flush_namespace();
  void bound_namespace();
  void ask_namespaces();
  void ask_statistics();
  void track_details();
  void dump_items();
  void dump_keys();
  void turn_knobs();
  void examine_items();
  void reload();

  std::optional<Stream> link_;
  Clock::time_point next_flush_;
  Clock::time_point next_limit_;
};

}  // namespace cocached::stress
