# Run after a test program was linked: asks it for its cases, and writes them down for ctest as
# <folder>/<file>:<suite>.<case>.
#
#   cmake -D PROGRAM=.. -D PREFIX=store/ -D OUTPUT=.. -P DiscoverTests.cmake

cmake_minimum_required(VERSION 3.25)

set(list ${OUTPUT}.json)
execute_process(COMMAND ${PROGRAM} --gtest_list_tests --gtest_output=json:${list}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(READ ${list} document)
file(REMOVE ${list})
set(script "")

function(register name filter)
  string(APPEND script "add_test([==[${name}]==] [==[${PROGRAM}]==] [==[--gtest_filter=${filter}]==])\n")
  string(APPEND script "set_tests_properties([==[${name}]==] PROPERTIES SKIP_REGULAR_EXPRESSION"
                       " [==[\\[  SKIPPED \\]]==])\n")
  set(script "${script}" PARENT_SCOPE)
endfunction()

function(register_suite document)
  string(JSON suite GET "${document}" name)
  string(JSON file GET "${document}" testsuite 0 file)
  get_filename_component(file ${file} NAME)
  string(REGEX REPLACE "_test\\.cpp$" "" file ${file})
  string(JSON count LENGTH "${document}" testsuite)
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON name GET "${document}" testsuite ${i} name)
    string(JSON value ERROR_VARIABLE plain GET "${document}" testsuite ${i} value_param)
    string(REGEX REPLACE "/[0-9]+$" "/${value}" title "${name}")
    if(plain)
      set(title ${name})
    endif()
    register("${PREFIX}${file}:${suite}.${title}" "${suite}.${name}")
  endforeach()
  set(script "${script}" PARENT_SCOPE)
endfunction()

string(JSON count LENGTH "${document}" testsuites)
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
  string(JSON suite GET "${document}" testsuites ${i})
  register_suite("${suite}")
endforeach()
file(WRITE ${OUTPUT} "${script}")
