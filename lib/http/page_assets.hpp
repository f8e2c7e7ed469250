#pragma once

#include <string_view>

/// The page's files, embedded by the build from assets/.
namespace cocached::http {

std::string_view page_html() noexcept;
std::string_view page_css() noexcept;
std::string_view icon_svg() noexcept;
std::string_view theme_js() noexcept;  ///< runs before the page is drawn
std::string_view page_js() noexcept;   ///< the module that the others serve
std::string_view axis_js() noexcept;
std::string_view chart_js() noexcept;
std::string_view dom_js() noexcept;
std::string_view format_js() noexcept;
std::string_view insight_js() noexcept;
std::string_view model_js() noexcept;
std::string_view panels_js() noexcept;

}  // namespace cocached::http
