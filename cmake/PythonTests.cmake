# cocached_python_tests([EXCLUDE bench] [ENVIRONMENT A=b...]) registers every class of tests in the
# files *_test.py of the folder and its rooms with ctest, for example conformance.text_test.Storage.
# It finds the server in the environment variable COCACHED_BIN. tests/support/list_tests.py says which
# tests run under a sanitizer too.
function(cocached_python_tests)
  cmake_parse_arguments(ARG "" "EXCLUDE" "ENVIRONMENT" ${ARGN})
  set(home ${CMAKE_SOURCE_DIR}/tests)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${home} *_test.py)
  if(ARG_EXCLUDE)
    list(FILTER files EXCLUDE REGEX "/${ARG_EXCLUDE}/")
  endif()
  list(TRANSFORM files PREPEND ${home}/ OUTPUT_VARIABLE paths)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${paths} ${home}/support/list_tests.py)

  list(TRANSFORM files REPLACE "\\.py$" "" OUTPUT_VARIABLE modules)
  list(TRANSFORM modules REPLACE "/" ".")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env PYTHONDONTWRITEBYTECODE=1 COCACHED_BIN=cocached
            ${COCACHED_PYTHON} -m support.list_tests ${modules}
    WORKING_DIRECTORY ${home} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${listing}")
  foreach(line ${lines})
    separate_arguments(words UNIX_COMMAND ${line})
    list(POP_FRONT words name)
    add_test(NAME ${name} COMMAND ${COCACHED_PYTHON} -m unittest ${name} WORKING_DIRECTORY ${home})
    set_tests_properties(${name} PROPERTIES LABELS "${words}" ENVIRONMENT
      "COCACHED_BIN=$<TARGET_FILE:cocached>;PYTHONDONTWRITEBYTECODE=1;${ARG_ENVIRONMENT}")
  endforeach()
endfunction()
