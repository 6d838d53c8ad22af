# Registers each tests/node/*.test.mjs once for each runtime, as node.NAME.RUNTIME; Tests.cmake includes it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Two lines in a comment of a test change that: "runtimes: node20 bun" names those it is for, "timeout: 600" its seconds.
# A test that is skipped or left to be done has failed, and so has a file without tests.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS tests/node/package.json tests/node/package-lock.json)
execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/npm.sh" "${PROJECT_SOURCE_DIR}/tests/node"
                OUTPUT_VARIABLE node_tests_packages OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE npm_result)
if(NOT npm_result EQUAL 0)
  message(FATAL_ERROR "scripts/npm.sh could not get what tests/node runs (see above); -DRINGFORT_NODE=OFF leaves it out")
endif()
set(node_modules "${node_tests_packages}/node_modules")

set(node_runtimes node20 node22 node24 node26 bun deno)
set(node_environment "RINGFORT_NODE=${PROJECT_SOURCE_DIR}/node" "RINGFORT_NODE_MODULES=${node_modules}"
    "DENO_NO_UPDATE_CHECK=1")
foreach(major 20 22 24 26)
  set(node${major} "${node_modules}/node${major}/bin/node")
  set(command_node${major} "${node${major}}" --test --test-reporter=tap)
  set(skip_of_node${major} "\n# skipped [1-9]" "\n# todo [1-9]" "\nok 1 - [^\n]*[.]test[.]mjs\n")
  list(APPEND node_environment "NODE${major}=${node${major}}")
endforeach()
set(bun "${node_modules}/@oven/bun-linux-x64/bin/bun")
set(command_bun "${bun}" test --timeout 600000)    # its own limit is 5 s a test; ctest has one
set(skip_of_bun "\n\\(skip\\) " "\n\\(todo\\) " "\nRan 0 tests")
set(deno "${node_modules}/@deno/linux-x64-glibc/deno")
set(command_deno "${deno}" test --allow-all)
set(skip_of_deno " [1-9][0-9]* ignored" "running 0 tests")
list(APPEND node_environment "BUN=${bun}" "DENO=${deno}")

# Finds the line `key: …` of a comment and gives what follows it, or the default.
function(ringfort_test_tag file key default result)
  file(STRINGS "${file}" line REGEX "^ *(//|\\*).*[^a-z]${key}: " LIMIT_COUNT 1)
  if(line)
    string(REGEX REPLACE ".*[^a-z]${key}: *([a-z0-9 ]*[a-z0-9]).*" "\\1" default "${line}")
    separate_arguments(default UNIX_COMMAND "${default}")
  endif()
  set(${result} "${default}" PARENT_SCOPE)
endfunction()

file(GLOB node_tests CONFIGURE_DEPENDS tests/node/*.test.mjs)
foreach(file ${node_tests})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  get_filename_component(name "${file}" NAME)
  string(REGEX REPLACE "[.]test[.]mjs$" "" name "${name}")
  ringfort_test_tag("${file}" runtimes "${node_runtimes}" runtimes)
  ringfort_test_tag("${file}" timeout 300 timeout)
  foreach(runtime ${runtimes})
    if(NOT runtime IN_LIST node_runtimes)
      message(FATAL_ERROR "${file} names the runtime ${runtime}; there are ${node_runtimes}")
    endif()
    ringfort_register(node.${name}.${runtime} "node;${runtime}" ${timeout} "${skip_of_${runtime}}"
                      ${command_${runtime}} "${file}")
    set_property(TEST node.${name}.${runtime} APPEND PROPERTY ENVIRONMENT "${node_environment}")
    set_property(TEST node.${name}.${runtime} APPEND PROPERTY ENVIRONMENT_MODIFICATION "NODE_OPTIONS=unset:"
                 "FORCE_COLOR=unset:")
  endforeach()
endforeach()
