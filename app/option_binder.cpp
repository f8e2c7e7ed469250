#include "app/option_binder.hpp"

#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace cocached::app {
namespace {

constexpr const char* kIgnored = "accepted, and ignored";

}  // namespace

void OptionBinder::flag(const std::string& names, bool& target, bool value,
                        const std::string& help) {
  flag(names, help, [&target, value](bool given) { target = given == value; });
}

void OptionBinder::flag(const std::string& names, const std::string& help,
                        const std::function<void(bool)>& action) {
  const auto read = [names, action](const std::string& text) { action(to_switch(names, text)); };
  app_.add_flag(names)->description(help)->take_all()->each(read)->group(group_);
}

void OptionBinder::value(const std::string& names, const std::string& kind, const std::string& help,
                         const Apply& action) {
  app_.add_option_function<std::string>(names, action, help)
      ->type_name(kind)
      ->take_last()
      ->group(group_);
}

void OptionBinder::text(const std::string& names, const std::string& kind, std::string& target,
                        const std::string& help) {
  value(names, kind, help, [&target](const std::string& text) { target = trim(text); });
}

void OptionBinder::list(const std::string& names, const std::string& kind, const std::string& help,
                        const Apply& action, const std::function<void()>& clear) {
  const auto each = [action, clear](const std::vector<std::string>& values) {
    if (clear) clear();
    for (const auto& value : values)
      for (const auto& part : split_list(value)) action(part);
  };
  app_.add_option_function<std::vector<std::string>>(names, each, help)
      ->type_name(kind)
      ->expected(1)
      ->allow_extra_args(false)  // else CLI11 takes the brackets off `[::1]`
      ->take_all()
      ->group(group_);
}

void OptionBinder::counter(const std::string& names, const std::string& help, unsigned& target) {
  const auto count = [&target, names, first = true](const std::string& text) mutable {
    if (std::exchange(first, false)) target = 0;
    target += to_count(names, text);
  };
  app_.add_flag(names)->description(help)->take_all()->each(count)->group(group_);
}

void OptionBinder::meaningless_flag(const std::string& names) {
  flag(names, kIgnored, [this, names](bool given) {
    if (given) warn(names);
  });
}

void OptionBinder::meaningless_value(const std::string& names) {
  value(names, "VALUE", kIgnored, [this, names](const std::string&) { warn(names); });
}

void OptionBinder::warn(const std::string& names) {
  line_.warnings.push_back(names + " has no meaning here and is ignored");
}

}  // namespace cocached::app
