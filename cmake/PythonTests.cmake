# cocached_python_test(conformance.classic_test.Storage [LABELS once]) registers a module of tests/,
# or a class of one, with ctest. It finds the server in the environment variable COCACHED_BIN.
function(cocached_python_test name)
  cmake_parse_arguments(ARG "" "" "LABELS;ENVIRONMENT" ${ARGN})
  add_test(NAME ${name} COMMAND ${COCACHED_PYTHON} -m unittest ${name}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests)
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" ENVIRONMENT
    "COCACHED_BIN=$<TARGET_FILE:cocached>;PYTHONDONTWRITEBYTECODE=1;${ARG_ENVIRONMENT}")
endfunction()
