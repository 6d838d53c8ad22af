# Builds the battery of tests/sandbox/battery, its guest and its faces, and registers it; Tests.cmake includes it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(battery "${PROJECT_SOURCE_DIR}/tests/sandbox/battery")
file(GLOB battery_files CONFIGURE_DEPENDS ${battery}/*.h ${battery}/*.def)

# The guest once for each version of WASI, without libc's own calls of it.
set(battery_guests "")
foreach(version preview1 unstable)
  set(battery_module_preview1 wasi_snapshot_preview1)
  set(battery_module_unstable wasi_unstable)
  set(output "${PROJECT_BINARY_DIR}/guests/battery_${version}.wasm")
  add_custom_command(OUTPUT "${output}"
    COMMAND "${RINGFORT_GUEST_CC}" --target=wasm32-wasi -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -nostartfiles -Wl,--no-entry
            "-DMODULE=\"${battery_module_${version}}\"" guest.c cases.c steps.c -o "${output}"
    DEPENDS ${battery}/guest.c ${battery}/cases.c ${battery}/steps.c ${battery_files}
    WORKING_DIRECTORY "${battery}" COMMENT "Building guest battery_${version}.wasm" VERBATIM)
  list(APPEND battery_guests "${output}")
endforeach()
add_custom_target(battery-guests ALL DEPENDS ${battery_guests})

# battery_tool(NAME LIBRARIES SOURCES…)
function(battery_tool name libraries)
  list(TRANSFORM ARGN PREPEND "${battery}/" OUTPUT_VARIABLE sources)
  add_executable(${name} ${sources})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  target_link_libraries(${name} PRIVATE ${libraries})
  target_link_options(${name} PRIVATE LINKER:--gc-sections)
endfunction()

battery_tool(battery ringfort_static main.c cases.c steps.c tree.c verdict.c user.c)
if(RINGFORT_ENGINE)
  battery_tool(battery-api "ringfort_wasmtime;ringfort_static" api.c cases.c user.c)
  battery_tool(battery-command "" command.c cases.c user.c)
endif()

# battery_test(FACE USER DIALECT COMMAND…): with openat2 and, as NAME.walk, without
function(battery_test face user dialect)
  foreach(resolver openat2 walk)
    set(name sandbox.battery.${face}.${user})
    set(label sandbox)
    set(without "")
    if(resolver STREQUAL "walk")
      set(name ${name}.walk)
      set(label "sandbox;walk")
      set(without "$<TARGET_FILE:without-openat2>")
    endif()
    ringfort_register(${name} "${label}" 300 "" "${battery}/battery.sh" ${face}-${user}-${resolver} ${user} ${dialect}
                      ${without} ${ARGN})
  endforeach()
endfunction()

if(RINGFORT_ENGINE)
  set(battery_preview1 "${PROJECT_BINARY_DIR}/guests/battery_preview1.wasm")
  set(battery_unstable "${PROJECT_BINARY_DIR}/guests/battery_unstable.wasm")
  # With whatever walls there are, and with the paths' own alone.
  set(battery_command "$<TARGET_FILE:battery-command>" USER "$<TARGET_FILE:ringfort-cli>" "${battery_preview1}" ROOT)
  battery_test(command self lockdown ${battery_command})
  battery_test(command nobody standard ${battery_command} --lockdown=off)
  battery_test(api self standard "$<TARGET_FILE:battery-api>" USER "${battery_preview1}" ROOT)
  set(strace_invariant "${PROJECT_SOURCE_DIR}/tests/sandbox/strace_invariant.sh")
  ringfort_register(sandbox.strace_invariant sandbox 300 "" "${strace_invariant}" openat2)
  ringfort_register(sandbox.strace_invariant.walk "sandbox;walk" 300 "" without-openat2
                    "${strace_invariant}" walk)
  battery_test(api nobody standard "$<TARGET_FILE:battery-api>" USER "${battery_unstable}" ROOT unstable)
endif()
