# One program for each bench/*.c, made by the target `bench-programs`; scripts/bench.sh runs them.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
file(GLOB bench_sources CONFIGURE_DEPENDS bench/*.c)
add_custom_target(bench-programs)
foreach(source ${bench_sources})
  get_filename_component(name "${source}" NAME_WE)
  add_executable(bench-${name} EXCLUDE_FROM_ALL "${source}")
  set_target_properties(bench-${name} PROPERTIES OUTPUT_NAME ${name}
                        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  target_compile_definitions(bench-${name} PRIVATE _GNU_SOURCE)
  if(RINGFORT_ENGINE)
    target_link_libraries(bench-${name} PRIVATE ringfort_wasmtime)
  endif()
  target_link_libraries(bench-${name} PRIVATE ringfort_static)
  target_link_options(bench-${name} PRIVATE LINKER:--gc-sections)
  add_dependencies(bench-programs bench-${name})
endforeach()
