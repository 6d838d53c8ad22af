# Registers every test with ctest; a new file in a folder of tests/ is enough, no list names them.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
#   tests/unit/*.c         one cmocka program each; sees src/
#   tests/conformance/*.c  one each; sees include/ and tests/support/ only, and links the shared library
#   tests/sandbox/*.c      the same, by those who want out
#   tests/faults/*.c       one each, with a core of their own whose system calls and allocations they make fail
#   tests/engines/*.c      the same with an engine and both adapters
#   tests/engines_static/*.c  the same with the adapter for a Wasmtime that has fixed limits only
#   tests/lockdown/*.c     the same with the walls of the command; sees cli/
#   tests/{cli,faults,programs,install}/*.bats
#   tests/node/*.test.mjs  on six runtimes, where the addon is built into node/ (NodeTests.cmake)
#
# Those marked "walk" run a second time, as NAME.walk, with openat2 denied by the kernel. A test that skips has failed.
find_path(CMOCKA_INCLUDE cmocka.h)
find_library(CMOCKA_LIBRARY cmocka)
find_program(BATS bats)
foreach(needed CMOCKA_INCLUDE CMOCKA_LIBRARY BATS)
  if(NOT ${needed})
    message(FATAL_ERROR "the tests need cmocka and bats (Debian: apt-get install libcmocka-dev bats)")
  endif()
endforeach()

# Neither the caller's terminal nor language decides a test. Sanitized programs end with a status of their own, so
# that no test takes it for the one that it expects.
set(test_environment
  "RINGFORT=${PROJECT_BINARY_DIR}/ringfort"
  "RINGFORT_BUILD=${PROJECT_BINARY_DIR}"
  "RINGFORT_SOURCE=${PROJECT_SOURCE_DIR}"
  "WASM_GUESTS=${PROJECT_BINARY_DIR}/guests"
  "CC=${CMAKE_C_COMPILER}"
  "TERM=xterm"
  "LC_ALL=C.UTF-8"
  "ASAN_OPTIONS=exitcode=99:detect_stack_use_after_return=1"
  "UBSAN_OPTIONS=exitcode=99:print_stacktrace=1"
  "TSAN_OPTIONS=exitcode=99:report_signal_unsafe=0:suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.txt")
set(skip_of_cmocka "\\[  SKIPPED \\]" "Running 0 test")
set(skip_of_bats "\nok [0-9]+ [^\n]*# skip" "^1\\.\\.0")

add_executable(without-openat2 tests/support/without-openat2.c)
target_compile_definitions(without-openat2 PRIVATE _GNU_SOURCE)

# ringfort_register(NAME LABEL TIMEOUT SKIP_PATTERNS COMMAND…)
function(ringfort_register name label timeout skip_patterns)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS "${label}" TIMEOUT ${timeout}
    ENVIRONMENT "${test_environment}"
    ENVIRONMENT_MODIFICATION "NO_COLOR=unset:"
    FAIL_REGULAR_EXPRESSION "${skip_patterns}")
endfunction()

# The same, and a second time with openat2 denied.
function(ringfort_register_walk name label timeout skip_patterns)
  ringfort_register(${name} ${label} ${timeout} "${skip_patterns}" ${ARGN})
  ringfort_register(${name}.walk "${label};walk" ${timeout} "${skip_patterns}" without-openat2 ${ARGN})
endfunction()

file(GLOB support_sources CONFIGURE_DEPENDS tests/support/*.c)
list(FILTER support_sources EXCLUDE REGEX "/without-[a-z0-9]*\\.c$")
set(support "")
if(support_sources)
  add_library(test_support STATIC ${support_sources})
  target_include_directories(test_support PUBLIC "${RINGFORT_INCLUDE}" "${CMOCKA_INCLUDE}"
                             "${PROJECT_SOURCE_DIR}/tests" "${PROJECT_SOURCE_DIR}/tests/support")
  target_compile_definitions(test_support PUBLIC _GNU_SOURCE)
  set(support test_support)
endif()

# One program for each tests/FOLDER/*.c, linked with the given libraries.
function(ringfort_test_programs folder timeout)
  file(GLOB sources CONFIGURE_DEPENDS tests/${folder}/*.c)
  foreach(source ${sources})
    get_filename_component(name "${source}" NAME_WE)
    set(program test-${folder}-${name})
    add_executable(${program} "${source}")
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    target_compile_definitions(${program} PRIVATE _GNU_SOURCE)
    target_include_directories(${program} PRIVATE "${PROJECT_SOURCE_DIR}/tests" "${CMOCKA_INCLUDE}")
    target_link_libraries(${program} PRIVATE ${support} ${ARGN} "${CMOCKA_LIBRARY}")
    target_link_options(${program} PRIVATE LINKER:--gc-sections)
    if(folder STREQUAL "unit")
      target_include_directories(${program} PRIVATE "${PROJECT_SOURCE_DIR}/src")
    endif()
    if(folder MATCHES "^(engines|engines_static|lockdown|faults)$")
      ringfort_register(${folder}.${name} ${folder} ${timeout} "${skip_of_cmocka}" "$<TARGET_FILE:${program}>")
    else()
      ringfort_register_walk(${folder}.${name} ${folder} ${timeout} "${skip_of_cmocka}" "$<TARGET_FILE:${program}>")
    endif()
  endforeach()
endfunction()

ringfort_test_programs(unit 120 ringfort_static)
ringfort_test_programs(conformance 300 ringfort)
if(IS_DIRECTORY /dev/shm) # positions in a directory are the file system's own: tmpfs beside the disk's
  foreach(name fd_dir fd_dir_cookies)
    ringfort_register(conformance.${name}.shm conformance 300 "${skip_of_cmocka}"
      "$<TARGET_FILE:test-conformance-${name}>")
    set_property(TEST conformance.${name}.shm APPEND PROPERTY ENVIRONMENT "RINGFORT_TEST_FOLDER=/dev/shm")
  endforeach()
endif()
ringfort_test_programs(sandbox 600 ringfort)
include(cmake/Battery.cmake)

add_library(ringfort_faulty STATIC ${core_sources})
target_include_directories(ringfort_faulty PUBLIC "${RINGFORT_INCLUDE}" PRIVATE src)
target_compile_definitions(ringfort_faulty PRIVATE _GNU_SOURCE RINGFORT_FAULTS)
target_link_libraries(ringfort_faulty PUBLIC test_support)
ringfort_test_programs(faults 300 ringfort_faulty)
if(IS_DIRECTORY /dev/shm) # thousands of worlds, for each of which a disk would have to be waited for
  get_property(tests DIRECTORY PROPERTY TESTS)
  list(FILTER tests INCLUDE REGEX "^faults[.]")
  set_property(TEST ${tests} APPEND PROPERTY ENVIRONMENT "RINGFORT_TEST_FOLDER=/dev/shm")
endif()

if(RINGFORT_ENGINE)
  ringfort_test_programs(engines 300 ringfort_wasmtime ringfort_wasm ringfort_static)

  # The adapter as it is for another Wasmtime than ours.
  set(static_sources ${wasmtime_sources})
  list(FILTER static_sources EXCLUDE REGEX "/limiter[.]c$")
  add_library(ringfort_wasmtime_static STATIC ${static_sources} engines/wasmtime/without/limiter.c)
  target_compile_definitions(ringfort_wasmtime_static PRIVATE _GNU_SOURCE)
  target_include_directories(ringfort_wasmtime_static PUBLIC "${RINGFORT_INCLUDE}")
  target_link_libraries(ringfort_wasmtime_static PUBLIC ringfort_engine)
  ringfort_test_programs(engines_static 300 ringfort_wasmtime_static ringfort_static)

  # What `make tsan` builds and runs: threads on both sides of the adapter.
  add_custom_target(tsan-programs DEPENDS test-engines-threads test-engines-threads_end test-engines-threads_limits
    test-engines-limits test-engines-class test-engines-memory)

  # The walls of the command without the command, and the command without the sandbox of the calls.
  file(GLOB wall_sources CONFIGURE_DEPENDS cli/lockdown*.c)
  add_library(walls STATIC ${wall_sources} cli/say.c cli/text.c)
  target_compile_definitions(walls PRIVATE _GNU_SOURCE)
  target_include_directories(walls PUBLIC cli)
  target_link_libraries(walls PUBLIC ringfort_seccomp ringfort_static)
  ringfort_test_programs(lockdown 120 walls)

  add_executable(ringfort-broken $<TARGET_OBJECTS:ringfort_cli_objects> tests/lockdown/broken/openat2.c src/path/beneath.c)
  set_target_properties(ringfort-broken PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_compile_definitions(ringfort-broken PRIVATE _GNU_SOURCE)
  target_include_directories(ringfort-broken PRIVATE src)
  target_link_libraries(ringfort-broken PRIVATE ringfort_wasmtime ringfort_static ringfort_seccomp)
  target_link_options(ringfort-broken PRIVATE LINKER:--gc-sections)

  add_executable(without-calls tests/support/without-calls.c)
  target_compile_definitions(without-calls PRIVATE _GNU_SOURCE)
  target_link_libraries(without-calls PRIVATE ringfort_seccomp)

  set(bats_command "${BATS}" --tap --print-output-on-failure)
  file(GLOB bats_files CONFIGURE_DEPENDS tests/cli/*.bats tests/faults/*.bats
       tests/programs/*.bats tests/install/*.bats)
  if(NOT RINGFORT_NODE)
    list(FILTER bats_files EXCLUDE REGEX "/install/npm[.]bats$")
  endif()
  if(RINGFORT_COMPARE_RESOLVERS)
    # It counts the system calls of what is shipped; here each path is resolved twice, and sanitizers ask on their own.
    list(FILTER bats_files EXCLUDE REGEX "/faults/injected[.]bats$")
  endif()
  foreach(file ${bats_files})
    get_filename_component(name "${file}" NAME_WE)
    get_filename_component(folder "${file}" DIRECTORY)
    get_filename_component(folder "${folder}" NAME)
    if(folder STREQUAL "cli")
      ringfort_register_walk(cli.${name} cli 600 "${skip_of_bats}" ${bats_command} "${file}")
    else()
      ringfort_register(${folder}.${name} ${folder} 2400 "${skip_of_bats}" ${bats_command} "${file}")
    endif()
  endforeach()
endif()

if(RINGFORT_NODE AND RINGFORT_NODE_IN_TREE)
  include(cmake/NodeTests.cmake)
endif()
