# SPDX-License-Identifier: Apache-2.0 OR MIT
# vtd_add_test(name SOURCES a.cpp b.cpp LIBS vtd_model): a GoogleTest program, each of its cases one test of ctest.
# The fuzz preset makes none: `test` holds the same code under more sanitizers.

if(VTD_PRESET STREQUAL "fuzz" OR VTD_FUZZING_ENGINE)
  function(vtd_add_test)
  endfunction()
  return()
endif()

enable_testing()
find_package(GTest REQUIRED)
include(GoogleTest)

function(vtd_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE VTD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" VTD_BINARY_DIR="${PROJECT_BINARY_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                       DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
