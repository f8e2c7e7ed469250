#pragma once

#include "insight/latency.hpp"
#include "protocol/request.hpp"

#include <array>
#include <type_traits>
#include <variant>

namespace cocached::command {

/// The family of commands that a request's latency counts for.
template <class Request>
inline constexpr insight::Family kFamilyOf = insight::Family::other;
template <>
inline constexpr insight::Family kFamilyOf<protocol::Get> = insight::Family::get;
template <>
inline constexpr insight::Family kFamilyOf<protocol::Lookup> = insight::Family::get;
template <>
inline constexpr insight::Family kFamilyOf<protocol::Storage> = insight::Family::set;
template <>
inline constexpr insight::Family kFamilyOf<protocol::Remove> = insight::Family::remove;
template <>
inline constexpr insight::Family kFamilyOf<protocol::Arithmetic> = insight::Family::arithmetic;
template <>
inline constexpr insight::Family kFamilyOf<protocol::Touch> = insight::Family::touch;

template <class... Requests>
consteval auto families_of(std::type_identity<std::variant<Requests...>> /*type*/) {
  return std::array{kFamilyOf<Requests>...};
}

inline insight::Family family_of(const protocol::Request& request) noexcept {
  static constexpr auto kFamilies = families_of(std::type_identity<protocol::Request>{});
  return kFamilies[request.index()];
}

}  // namespace cocached::command
