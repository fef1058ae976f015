# SPDX-License-Identifier: Apache-2.0 OR MIT
# vtd_observe(target): the harness sees every load and store of this target (DESIGN "Observation").
#
# Clang calls __sanitizer_cov_load8 and its kin before each access. Block operations are calls into the C library
# instead, so they are renamed in the object files to vtdfuzz_memcpy, vtdfuzz_memset, vtdfuzz_memmove (harness/watch.cpp).

# trace-loads and trace-stores alone instrument nothing: they need the coverage that fuzzer-no-link turns on. Its callbacks
# at comparisons would take a third of a run, and inputs are steps: nothing in them equals what the engine compares.
set(VTD_TRACE -fsanitize=fuzzer-no-link -fsanitize-coverage=trace-loads,trace-stores -fno-sanitize-coverage=trace-cmp)

function(vtd_observe target)
  set(observed OFF)
  if(VTD_FUZZING_ENGINE)
    set(observed ${VTD_OBSERVE})
  elseif(VTD_PRESET MATCHES "^(fuzz|test)$")
    set(observed ON)
  endif()
  if(NOT observed)
    return()
  endif()
  find_program(VTD_OBJCOPY NAMES llvm-objcopy-19 llvm-objcopy objcopy REQUIRED)
  set(rename ${PROJECT_SOURCE_DIR}/cmake/compile-and-rename ${VTD_OBJCOPY})
  set_target_properties(${target} PROPERTIES C_COMPILER_LAUNCHER "${rename}" CXX_COMPILER_LAUNCHER "${rename}")
  target_compile_definitions(${target} PUBLIC VTD_OBSERVED=1)
  if(VTD_FUZZING_ENGINE)
    # `edge` is what fuzzer-no-link counts anyway; alone it counts nothing, and is what the callbacks need to be made.
    target_compile_options(${target} PRIVATE -fsanitize-coverage=edge,trace-loads,trace-stores -Wno-deprecated)
  else()
    target_compile_options(${target} PRIVATE ${VTD_SANITIZE} ${VTD_TRACE})
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(NOT TARGET vtd_unwatched)
    add_library(vtd_unwatched STATIC ${PROJECT_SOURCE_DIR}/cmake/unwatched.c)
  endif()
  target_link_libraries(${target} INTERFACE vtd_unwatched)
endfunction()
