# Language level, warnings and sanitizers for every target of the project.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# In test builds the standard library checks its callers: an index past the end of a span aborts.
add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

add_library(cocached_warnings INTERFACE)
target_compile_options(
  cocached_warnings
  INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
            -Woverloaded-virtual -Werror
            # Designated initializers leave the rest at its default on purpose.
            -Wno-missing-field-initializers
            # GCC 12 inlines Asio's operator new for coroutine frames and then sees a mismatched delete.
            $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
            # GCC 12 sees an overflow inside inlined std::string code where there is none (GCC bug 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
            # In a unity build GCC treats each source as a header that other sources may include.
            $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)

set(COCACHED_SANITIZE "" CACHE STRING "Sanitizers for the whole build: address,undefined or thread")
if(COCACHED_SANITIZE)
  add_compile_options(-fsanitize=${COCACHED_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # AddressSanitizer finds the same faults, and these checks double the compile time of Asio's templates.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fno-sanitize=null,object-size,vptr>)
  # ThreadSanitizer does not model Asio's memory fences. No code of this project relies on one.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  add_link_options(-fsanitize=${COCACHED_SANITIZE})
endif()

# clang-tidy checks every source of lib/ and app/ when it is compiled, so only after a change.
option(COCACHED_TIDY "Check the sources with clang-tidy as they are compiled" OFF)
function(cocached_tidy target)
  if(COCACHED_TIDY)
    find_program(CLANG_TIDY clang-tidy-19 REQUIRED)
    set(command ${CLANG_TIDY} --quiet)
    if(CMAKE_UNITY_BUILD)  # one source includes others; tools/check-includes looks for that
      list(APPEND command --checks=-bugprone-suspicious-include)
    endif()
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "${command}")
  endif()
endfunction()

# One library per folder of lib/: cocached_module(store DEPENDS base) builds every source of the
# folder and its rooms, and exports the library as cocached::store.
#
# Every preset but `debug` compiles the sources of a layer together (CMAKE_UNITY_BUILD), which takes a
# third of the CPU time. Names in anonymous namespaces, and names that a source takes over with
# `using`, are therefore unique in their layer: where two are alike, these builds fail.
#
# HOT: every request runs through the layer. GCC lets inlining grow a translation unit by 40 %, so it
# inlines less in a unity build. A larger limit restores the inlining of single sources.
# COLD: no request of a cache client runs through the layer. -O1 compiles it in two thirds of the time.
function(cocached_module name)
  cmake_parse_arguments(ARG "HOT;COLD" "" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(sources)
    add_library(cocached_${name} STATIC ${sources})
    target_include_directories(cocached_${name} PUBLIC ${CMAKE_SOURCE_DIR}/lib)
    target_link_libraries(cocached_${name} PUBLIC ${ARG_DEPENDS} PRIVATE cocached_warnings ${ARG_PRIVATE})
    if(ARG_HOT)
      target_compile_options(
        cocached_${name}
        PRIVATE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:--param=inline-unit-growth=200>)
    endif()
    if(ARG_COLD)
      target_compile_options(cocached_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
    cocached_tidy(cocached_${name})
  else()
    add_library(cocached_${name} INTERFACE)
    target_include_directories(cocached_${name} INTERFACE ${CMAKE_SOURCE_DIR}/lib)
    target_link_libraries(cocached_${name} INTERFACE ${ARG_DEPENDS})
  endif()
  add_library(cocached::${name} ALIAS cocached_${name})
endfunction()
