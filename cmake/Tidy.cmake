# SPDX-License-Identifier: Apache-2.0 OR MIT
# Targets `tidy` and `analyze`: clang-tidy over every source outside tests/, one stamp each, so that only what a change
# reaches is looked at again. The compiler writes down which headers that is, as it does for object files. The path
# analysis of clang-analyzer costs more than everything else together, so it has a target of its own.

if(NOT VTD_PRESET STREQUAL "fuzz")
  return()
endif()
find_program(VTD_CLANG_TIDY NAMES clang-tidy-19)
if(NOT VTD_CLANG_TIDY)
  return()
endif()

set(folders engine model properties reports harness)
list(TRANSFORM folders APPEND /*.cpp OUTPUT_VARIABLE sources)
file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${sources})
list(FILTER sources EXCLUDE REGEX "/(tests|targets|bench)/")
# Sources that are compiled many at a time have no command of their own, and clang-tidy takes that of a neighbour.
set(missing "--extra-arg=-DVTD_VERSION=\"\"" --extra-arg=-Wno-macro-redefined)

function(vtd_add_tidy target)
  set(stamps)
  foreach(source IN LISTS sources)
    set(stamp ${PROJECT_BINARY_DIR}/${target}/${source}.stamp)
    cmake_path(GET stamp PARENT_PATH folder)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(
      OUTPUT ${stamp}
      COMMAND ${VTD_CLANG_TIDY} -p ${PROJECT_BINARY_DIR} --quiet ${missing} ${ARGN} ${PROJECT_SOURCE_DIR}/${source}
      COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -I${PROJECT_SOURCE_DIR} -MM -MT ${stamp} -MF ${stamp}.d
              ${PROJECT_SOURCE_DIR}/${source}
      COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
      DEPENDS ${PROJECT_SOURCE_DIR}/${source} ${PROJECT_SOURCE_DIR}/.clang-tidy
      DEPFILE ${stamp}.d
      COMMENT "${target} ${source}" VERBATIM)
    list(APPEND stamps ${stamp})
  endforeach()
  add_custom_target(${target} DEPENDS ${stamps})
  add_dependencies(${target} vtdfuzz)  # whose precompiled header it reads
endfunction()

vtd_add_tidy(tidy --checks=-clang-analyzer-*)
vtd_add_tidy(analyze --checks=-*,clang-analyzer-*)
