# SPDX-License-Identifier: Apache-2.0 OR MIT
# How code is compiled in each preset.
#
#   fuzz     the engine sanitized, covered and observed; oracle and plumbing plain -O2, so that a run stays cheap; the
#            program's own code, of which no run is made, under ASan and UBSan
#   test     all libraries under ASan and UBSan, the engine observed; no program
#   release  plain -O2
#   gcc      plain -O1 by a second compiler; nothing can be observed there
#   coverage the engine counts what is executed (ci/coverage)
#
# With VTD_FUZZING_ENGINE no flag of code generation is added: they are in CFLAGS and CXXFLAGS.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

include_directories(${CMAKE_SOURCE_DIR})
add_compile_options(-Wall -Wextra -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # GCC bug 105651: it warns about std::string::insert
endif()

if(VTD_FUZZING_ENGINE)
  return()  # no -Werror either: the compiler is one that nobody here has seen
endif()
add_compile_options(-Werror)

set(VTD_SANITIZE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)

# Assertions stay on everywhere: NDEBUG is not defined. Line tables are enough to name the source of a store.
if(VTD_PRESET STREQUAL "test")
  add_compile_options(-O1 -g1 ${VTD_SANITIZE})
  add_link_options(-fsanitize=address,undefined)
elseif(VTD_PRESET STREQUAL "gcc")
  add_compile_options(-O1)
else()
  add_compile_options(-O2 -g1)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()

# Code of the program `vtdfuzz` and of tests. Nothing there is a loop that counts, and what it includes (JSON, formatting,
# CLI11, GoogleTest) costs minutes: it is not optimised, and compiled for many files at once, so names in their unnamed
# namespaces must differ.
function(vtd_compile_for_program target)
  if(NOT VTD_PRESET STREQUAL "release")
    target_compile_options(${target} PRIVATE -O0)
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  if(VTD_PRESET STREQUAL "fuzz")
    target_compile_options(${target} PRIVATE ${VTD_SANITIZE})
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()
