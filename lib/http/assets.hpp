#pragma once

#include <string_view>

/// The page's files, embedded by the build from assets/.
namespace cocached::http {

std::string_view page_html() noexcept;
std::string_view page_css() noexcept;
std::string_view page_script() noexcept;

}  // namespace cocached::http
