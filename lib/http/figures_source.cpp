#include "http/figures_source.hpp"

#include <algorithm>

namespace cocached::http {

std::string_view find(const command::StatList& list, std::string_view name) noexcept {
  const auto found = std::ranges::find(list, name, &command::StatList::value_type::first);
  return found == list.end() ? std::string_view{} : found->second;
}

}  // namespace cocached::http
