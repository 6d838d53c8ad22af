# The target ringfort-node: ringfort.node, the addon of the npm package, which is the core behind Node-API.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
option(RINGFORT_NODE_IN_TREE "Put ringfort.node into node/, where the package finds it, not into the build folder" OFF)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS node/addon/package.json node/addon/package-lock.json)
execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/npm.sh" "${PROJECT_SOURCE_DIR}/node/addon"
                OUTPUT_VARIABLE node_packages OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE npm_result)
if(NOT npm_result EQUAL 0)
  message(FATAL_ERROR "scripts/npm.sh could not get the headers of Node-API (see above). Remedies: install npm, "
          "or pass -DRINGFORT_NODE=OFF to leave the npm package out")
endif()

set(node_folder "${PROJECT_BINARY_DIR}")
if(RINGFORT_NODE_IN_TREE)
  set(node_folder "${PROJECT_SOURCE_DIR}/node")
endif()
set(node_map "${PROJECT_SOURCE_DIR}/node/addon/ringfort-node.map")

file(GLOB node_sources CONFIGURE_DEPENDS node/addon/*.c)
add_library(ringfort-node MODULE ${node_sources} $<TARGET_OBJECTS:ringfort_objects>)
set_target_properties(ringfort-node PROPERTIES PREFIX "" OUTPUT_NAME ringfort SUFFIX .node
                      LIBRARY_OUTPUT_DIRECTORY "${node_folder}" LINK_DEPENDS "${node_map}")
target_include_directories(ringfort-node PRIVATE "${RINGFORT_INCLUDE}")
target_include_directories(ringfort-node SYSTEM PRIVATE "${node_packages}/node_modules/node-api-headers/include")
# NAPI_MODULE_INIT defines a function that no header declares.
set_source_files_properties(node/addon/addon.c PROPERTIES COMPILE_OPTIONS -Wno-missing-prototypes)
target_compile_definitions(ringfort-node PRIVATE _GNU_SOURCE NAPI_VERSION=8)
# What it leaves undefined is libc's, or Node-API's and then found in the runtime: scripts/check-symbols.sh looks.
target_link_options(ringfort-node PRIVATE "LINKER:--version-script=${node_map}" LINKER:--gc-sections)

# A component of its own, for scripts/packages.sh: `make install` lays down nothing of the npm package.
install(TARGETS ringfort-node LIBRARY DESTINATION . COMPONENT node EXCLUDE_FROM_ALL)
