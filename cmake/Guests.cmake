# Builds guest programs, C for wasm32-wasi, with clang and Debian's wasi-libc: the examples' and the tests'.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(RINGFORT_GUEST_CC clang CACHE STRING "The compiler of the guest programs; it must know --target=wasm32-wasi")

# Builds `source` to `output`. A line `guest-flags: …` in a comment of the source adds flags.
function(ringfort_guest source output)
  get_filename_component(name "${source}" NAME)
  set(flags "")
  file(STRINGS "${source}" line REGEX "guest-flags:" LIMIT_COUNT 1)
  if(line)
    string(REGEX REPLACE ".*guest-flags:[ ]*" "" flags "${line}")
    string(REGEX REPLACE "[ ]*\\*/.*" "" flags "${flags}")
    separate_arguments(flags UNIX_COMMAND "${flags}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  get_filename_component(folder "${output}" DIRECTORY)
  file(MAKE_DIRECTORY "${folder}")
  add_custom_command(OUTPUT "${output}"
    COMMAND "${RINGFORT_GUEST_CC}" --target=wasm32-wasi -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra
            -MD -MF "${output}.d" -MT "${output}" "${source}" -o "${output}" ${flags}
    DEPENDS "${source}" DEPFILE "${output}.d" COMMENT "Building guest ${name}" VERBATIM)
endfunction()

# `make demo` builds these; the other examples are programs for the host.
set(example_guests preopen)
set(example_outputs "")
foreach(name ${example_guests})
  ringfort_guest("${PROJECT_SOURCE_DIR}/examples/${name}.c" "${PROJECT_BINARY_DIR}/examples/${name}.wasm")
  list(APPEND example_outputs "${PROJECT_BINARY_DIR}/examples/${name}.wasm")
endforeach()
add_custom_target(example-guests DEPENDS ${example_outputs})

if(RINGFORT_TESTS)
  set(guest_outputs "")
  file(GLOB guest_sources CONFIGURE_DEPENDS tests/guests/*.c)
  foreach(source ${guest_sources})
    get_filename_component(name "${source}" NAME_WE)
    ringfort_guest("${source}" "${PROJECT_BINARY_DIR}/guests/${name}.wasm")
    list(APPEND guest_outputs "${PROJECT_BINARY_DIR}/guests/${name}.wasm")
  endforeach()
  file(GLOB guest_texts CONFIGURE_DEPENDS tests/guests/*.wat)
  foreach(source ${guest_texts})
    get_filename_component(name "${source}" NAME)
    configure_file("${source}" "${PROJECT_BINARY_DIR}/guests/${name}" COPYONLY)
  endforeach()
  add_custom_target(guests ALL DEPENDS ${guest_outputs} ${example_outputs})
endif()
