# Builds the fuzz targets: with libFuzzer where RINGFORT_FUZZ is on, else with a main() that replays the corpus as tests.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#   fuzz-calls      sequences of WASI calls, against a model of a POSIX tree
#   fuzz-resolver   both path resolvers, against the model's
#   fuzz-command    what the command reads: modules, compiled code, options, values; with an engine

add_library(fuzz_model STATIC fuzz/draw.c fuzz/finding.c fuzz/host_tree.c)
file(GLOB model_sources CONFIGURE_DEPENDS fuzz/model/*.c)
target_sources(fuzz_model PRIVATE ${model_sources})
target_include_directories(fuzz_model PUBLIC "${RINGFORT_INCLUDE}" fuzz tests)
target_compile_definitions(fuzz_model PUBLIC _GNU_SOURCE)

# ringfort_fuzz(NAME SOURCES… LIBRARIES…)
function(ringfort_fuzz name)
  cmake_parse_arguments(fuzz "" "" "SOURCES;LIBRARIES;INCLUDE" ${ARGN})
  add_executable(fuzz-${name} fuzz/${name}.c ${fuzz_SOURCES})
  target_include_directories(fuzz-${name} PRIVATE ${fuzz_INCLUDE})
  target_link_libraries(fuzz-${name} PRIVATE fuzz_model ${fuzz_LIBRARIES})
  set_target_properties(fuzz-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  if(RINGFORT_FUZZ)
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz-${name} PRIVATE fuzz/replay.c)
  endif()
  if(RINGFORT_TESTS)
    ringfort_register(fuzz.${name} fuzz 300 "(^|\n)0 inputs" "$<TARGET_FILE:fuzz-${name}>"
                      "${PROJECT_SOURCE_DIR}/fuzz/corpus/${name}")
  endif()
endfunction()

ringfort_fuzz(calls SOURCES fuzz/resolver_choice.c LIBRARIES ringfort_static INCLUDE src)
ringfort_fuzz(resolver SOURCES fuzz/resolve_both.c LIBRARIES ringfort_static INCLUDE src)

if(RINGFORT_ENGINE)
  # The command without its main(), which the fuzzer has.
  add_library(fuzz_cli STATIC ${cli_sources})
  target_compile_definitions(fuzz_cli PRIVATE _GNU_SOURCE main=ringfort_main)
  target_compile_options(fuzz_cli PRIVATE -Wno-missing-prototypes)
  target_include_directories(fuzz_cli PUBLIC cli)
  target_link_libraries(fuzz_cli PUBLIC ringfort_wasmtime ringfort_static ringfort_seccomp)
  ringfort_fuzz(command LIBRARIES fuzz_cli)
  target_link_options(fuzz-command PRIVATE LINKER:--wrap=write)
endif()
