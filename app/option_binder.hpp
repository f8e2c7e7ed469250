#pragma once

#include "app/command_line.hpp"
#include "app/option_values.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace cocached::app {

/// Binds options to settings, by memcached's rules: every option may be repeated, and the last one
/// wins, but for lists, which add up. `names` are as CLI11 wants them: `-m,--memory-limit`. Options
/// are read from several sources, one after the other, each by a binder of its own; what one source
/// says of an option replaces what those before it said.
class OptionBinder {
 public:
  using Apply = std::function<void(const std::string&)>;

  /// Both must outlive the parsing.
  OptionBinder(CLI::App& app, CommandLine& line) : app_(app), line_(line) {}

  /// The heading in the help under which the options that follow stand.
  void group(std::string name) { group_ = std::move(name); }

  /// An option without a value: gives `target` the value `value`; or the other one, where it is
  /// given as `--name=false`.
  void flag(const std::string& names, bool& target, bool value, const std::string& help);

  /// The same for `action`, which is told whether it was given, or taken back.
  void flag(const std::string& names, const std::string& help,
            const std::function<void(bool)>& action);

  /// An option whose value `action` reads.
  void value(const std::string& names, const std::string& kind, const std::string& help,
             const Apply& action);

  template <class Number>
  void number(const std::string& names, Number& target, const std::string& help) {
    value(names, "NUM", help,
          [&target, names](const std::string& text) { target = to_number<Number>(names, text); });
  }
  void text(const std::string& names, const std::string& kind, std::string& target,
            const std::string& help);

  /// A comma list: `action` reads each part of each occurrence, after `clear`.
  void list(const std::string& names, const std::string& kind, const std::string& help,
            const Apply& action, const std::function<void()>& clear = {});

  /// A flag that counts: 1 for each time, or as many as its value, `2` or `vv`, says.
  void counter(const std::string& names, const std::string& help, unsigned& target);

  /// Options that tune what this server does not have: one warning each.
  void meaningless_flag(const std::string& names);
  void meaningless_value(const std::string& names);

 private:
  void warn(const std::string& names);

  CLI::App& app_;
  CommandLine& line_;
  std::string group_;
};

}  // namespace cocached::app
