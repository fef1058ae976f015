# SPDX-License-Identifier: Apache-2.0 OR MIT
# Which of the builds this is, and its compiler. Read before project(), because project() looks for compilers.

set(VTD_PRESET release CACHE STRING "fuzz, test, release, gcc or coverage")
set_property(CACHE VTD_PRESET PROPERTY STRINGS fuzz test release gcc coverage)
if(NOT VTD_PRESET MATCHES "^(fuzz|test|release|gcc|coverage)$")
  message(FATAL_ERROR "VTD_PRESET is '${VTD_PRESET}', expected fuzz, test, release, gcc or coverage")
endif()

# A fuzzing engine chosen by others (OSS-Fuzz): a linker flag or an archive; or `standalone`, a main that runs files. Then
# only the fuzz targets are built, and every flag of code generation is the caller's.
set(VTD_FUZZING_ENGINE "$ENV{LIB_FUZZING_ENGINE}" CACHE STRING "link fuzz targets against this instead of libFuzzer")
option(VTD_OBSERVE "with VTD_FUZZING_ENGINE: watch the engine store by store; needs Clang, and a fuzzing engine without \
callbacks of its own at loads and stores" OFF)

# CC and CXX of the environment win, as everywhere in CMake.
if(VTD_PRESET STREQUAL "gcc")
  set(vtd_compilers gcc-12 g++-12)
else()
  set(vtd_compilers clang-19 clang++-19)
endif()
if(NOT DEFINED CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
  list(GET vtd_compilers 0 CMAKE_C_COMPILER)
endif()
if(NOT DEFINED CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
  list(GET vtd_compilers 1 CMAKE_CXX_COMPILER)
endif()
