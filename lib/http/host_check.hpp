#pragma once

#include <string_view>

namespace cocached::http {

/// Returns true if `host`, the value of a Host header, names this machine itself: `localhost`, an
/// address of 127.0.0.0/8, or `[::1]`, with any port or none.
///
/// An endpoint on the loopback asks this of every request. Otherwise a page on the web could read
/// it through the browser of somebody who sits at this machine, by giving its own name the address
/// 127.0.0.1 (DNS rebinding); the browser would still send the page's name.
bool names_loopback(std::string_view host) noexcept;

}  // namespace cocached::http
