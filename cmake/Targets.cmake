# SPDX-License-Identifier: Apache-2.0 OR MIT
# What is made of the folders' libraries: fuzz targets, other flavours of the same sources, the freestanding engine.

# Sources of a folder as absolute paths: folders list them relative or absolute in VTD_<NAME>_SOURCES.
function(vtd_sources_of folder out)
  string(TOUPPER ${folder} upper)
  set(found)
  foreach(source IN LISTS VTD_${upper}_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/${folder})
    list(APPEND found ${source})
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# vtd_flavour(name FOLDER engine OPTIONS ...): the folder's library once more, compiled in another way.
function(vtd_flavour name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOLDER" "OPTIONS;LIBS")
  vtd_sources_of(${arg_FOLDER} sources)
  if(sources)
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${sources})
    target_compile_options(${name} PRIVATE ${arg_OPTIONS})
    target_link_libraries(${name} PUBLIC ${arg_LIBS})
  endif()
endfunction()

# vtd_add_fuzzer(name SOURCES x_fuzzer.cpp LIBS vtd_harness): only where there is a fuzzing engine to link.
function(vtd_add_fuzzer name)
  if(NOT VTD_FUZZING_ENGINE AND NOT VTD_PRESET STREQUAL "fuzz")
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  if(VTD_FUZZING_ENGINE)
    separate_arguments(engine UNIX_COMMAND "${VTD_FUZZING_ENGINE}")
    target_link_libraries(${name} PRIVATE ${engine})
  else()
    target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  endif()
endfunction()

# Flavours that need the source lists of all folders.
function(vtd_finish_targets)
  if(TARGET vtd_engine)
    target_compile_options(vtd_engine PRIVATE -fno-exceptions -fno-rtti)
    vtd_observe(vtd_engine)
  endif()
  if(TARGET vtdfuzz)
    set_target_properties(vtdfuzz PROPERTIES ENABLE_EXPORTS ON)  # engines loaded with dlopen call back into it
  endif()
endfunction()
