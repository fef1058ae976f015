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

# vtd_flavour(plain FOLDERS engine model OPTIONS -O3): the folders' libraries once more, compiled in another way, as
# vtd_engine_plain, vtd_model_plain. Built only when something links them.
function(vtd_flavour flavour)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;OPTIONS")
  foreach(folder IN LISTS arg_FOLDERS)
    if(TARGET vtd_${folder})
      vtd_sources_of(${folder} sources)
      add_library(vtd_${folder}_${flavour} STATIC EXCLUDE_FROM_ALL ${sources})
      target_compile_options(vtd_${folder}_${flavour} PRIVATE ${arg_OPTIONS})
      get_target_property(libraries vtd_${folder} LINK_LIBRARIES)
      if(libraries)
        foreach(other IN LISTS arg_FOLDERS)
          list(TRANSFORM libraries REPLACE "^vtd_${other}$" vtd_${other}_${flavour})
        endforeach()
        target_link_libraries(vtd_${folder}_${flavour} PUBLIC ${libraries})
      endif()
    endif()
  endforeach()
endfunction()

# The engine as a kernel would compile it: ci/check-freestanding looks at what it needs.
function(vtd_add_freestanding_engine)
  vtd_sources_of(engine sources)
  add_library(vtd_engine_freestanding STATIC ${sources})
  target_compile_options(vtd_engine_freestanding PRIVATE -ffreestanding -fno-exceptions -fno-rtti -nostdlib -fno-pie)
  set_target_properties(vtd_engine_freestanding PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  if(VTD_PRESET STREQUAL "test")
    target_compile_options(vtd_engine_freestanding PRIVATE -fno-sanitize=all)
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
  if(VTD_FUZZING_ENGINE STREQUAL "standalone")
    target_link_libraries(${name} PRIVATE vtd_standalone)
  elseif(VTD_FUZZING_ENGINE)
    separate_arguments(engine UNIX_COMMAND "${VTD_FUZZING_ENGINE}")
    target_link_libraries(${name} PRIVATE ${engine})
  else()
    target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
    set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON)  # for engines loaded with dlopen, as below
  endif()
endfunction()

# What has to wait until every folder has been read.
function(vtd_finish_targets)
  if(TARGET vtd_engine)
    # Where the caller chooses the sanitizers, one of them may need type information: UBSan's vptr check.
    target_compile_options(vtd_engine PRIVATE -fno-exceptions $<$<NOT:$<BOOL:${VTD_FUZZING_ENGINE}>>:-fno-rtti>)
    vtd_observe(vtd_engine)
    if(VTD_PRESET STREQUAL "coverage")
      target_compile_options(vtd_engine PRIVATE -fprofile-instr-generate -fcoverage-mapping)
      target_link_options(vtd_engine PUBLIC -fprofile-instr-generate)
    endif()
    if(VTD_PRESET MATCHES "^(test|gcc)$")
      vtd_add_freestanding_engine()
    endif()
  endif()
  if(TARGET vtdfuzz)
    set_target_properties(vtdfuzz PROPERTIES ENABLE_EXPORTS ON)  # engines loaded with dlopen call back into it
  endif()
endfunction()
