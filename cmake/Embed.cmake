# cocached_embed(http FUNCTION cocached::http::page FILE assets/page.html) adds a source to the
# target cocached_http, which defines `std::string_view page() noexcept` in the namespace
# cocached::http: the text of the file. A header of the target declares it.
function(cocached_embed module)
  cmake_parse_arguments(ARG "" "FUNCTION;FILE" "" ${ARGN})
  string(REGEX MATCH "^(.*)::([^:]+)$" unused ${ARG_FUNCTION})
  set(space ${CMAKE_MATCH_1})
  set(function ${CMAKE_MATCH_2})
  file(READ ${ARG_FILE} text)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARG_FILE})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${function}.cpp)
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include <string_view>

namespace @space@ {

std::string_view @function@() noexcept {
  return R"embedded(@text@)embedded";
}

}  // namespace @space@
]])
  target_sources(cocached_${module} PRIVATE ${output})
endfunction()
