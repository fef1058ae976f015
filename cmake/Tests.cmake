# SPDX-License-Identifier: Apache-2.0 OR MIT
# vtd_add_test(name SOURCES a.cpp b.cpp LIBS vtd_model): a GoogleTest program, each of its cases one test of ctest.
# vtd_add_program_test(...): the same, of the program `vtdfuzz` or of what only the program is made of.
#
# Nothing is compiled with sanitizers twice: `test` has the tests of the libraries, `fuzz` those of the program
# (target program_tests), the other presets have both.

if(VTD_FUZZING_ENGINE)
  function(vtd_add_test)
  endfunction()
  function(vtd_add_program_test)
  endfunction()
  return()
endif()

enable_testing()
find_package(GTest REQUIRED)
include(GoogleTest)

add_custom_target(program_tests)

function(vtd_add_program_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  vtd_compile_for_program(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE VTD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" VTD_BINARY_DIR="${PROJECT_BINARY_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                       DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  add_dependencies(program_tests ${name})
endfunction()

function(vtd_add_test)
  if(NOT VTD_PRESET STREQUAL "fuzz")
    vtd_add_program_test(${ARGV})
  endif()
endfunction()

