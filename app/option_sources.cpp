#include "app/option_sources.hpp"

#include "app/option_values.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <locale>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace cocached::app {
namespace {

std::string content(const std::string& path) {
  std::ifstream file{path};
  if (!file || std::filesystem::is_directory(path)) throw UsageError{"cannot read it"};
  return {std::istreambuf_iterator{file}, {}};
}

/// `name=value` as an argument.
std::string argument(const std::string& name, const std::string& value) {
  return name.size() == 1 ? fmt::format("-{}{}", name, value) : fmt::format("--{}={}", name, value);
}

void check(const CLI::ConfigItem& item) {
  if (!item.parents.empty() || item.name == "++" || item.name == "--")
    throw UsageError{"sections, [like this], are not known"};
  // CLI11 takes `#` for a comment even inside of quotes, and leaves half a text.
  for (const auto& value : item.inputs)
    if (value.starts_with('"')) throw UsageError{fmt::format("{}: unfinished text", item.name)};
}

/// COCACHED_MEMORY_LIMIT for memory-limit.
std::string variable_of(std::string_view option) {
  std::string name{"COCACHED_"};
  for (const char letter : option)
    name += letter == '-' ? '_' : std::toupper(letter, std::locale::classic());
  return name;
}

/// Kubernetes sets COCACHED_PORT to the address of a service that is named cocached: not for us.
bool is_service_link(std::string_view value) {
  return value.starts_with("tcp://") || value.starts_with("udp://");
}

}  // namespace

std::vector<std::string> arguments_of_file(const std::string& path) {
  std::istringstream text{content(path)};
  std::vector<std::string> arguments;
  for (const auto& item : CLI::ConfigTOML{}.from_config(text)) {
    check(item);
    for (const auto& value : item.inputs) arguments.push_back(argument(item.name, value));
  }
  return arguments;
}

std::vector<std::string> arguments_of_environment(std::span<const std::string> names) {
  std::vector<std::string> arguments;
  for (const auto& name : names) {
    const char* const value = std::getenv(variable_of(name).c_str());
    if (value != nullptr && *value != '\0' && !is_service_link(value))
      arguments.push_back(argument(name, value));
  }
  return arguments;
}

}  // namespace cocached::app
