# What `make install` lays down: libraries, headers, the command, pkg-config files and a CMake package, all relocatable.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ringfort")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# The .pc files find the prefix from where they lie.
set(full_pkgconfig_dir "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig")
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${full_pkgconfig_dir}" OUTPUT_VARIABLE pc_up)
string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
set(PC_PREFIX "\${pcfiledir}/${pc_up}")
set(PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
set(PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")

install(FILES include/ringfort.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS ringfort EXPORT ringfort-core LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS ringfort_static EXPORT ringfort-core ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT ringfort-core NAMESPACE ringfort:: DESTINATION "${package_dir}")
configure_file(cmake/ringfort.pc.in ringfort.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/ringfort.pc" DESTINATION "${pkgconfig_dir}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

if(RINGFORT_ENGINE)
  install(TARGETS ringfort-cli RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  install(FILES docs/man/ringfort.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")

  install(FILES include/ringfort_wasmtime.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(TARGETS ringfort_wasmtime EXPORT ringfort-wasmtime ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT ringfort-wasmtime NAMESPACE ringfort:: DESTINATION "${package_dir}")

  # Engines differ in their wasm.h, so this adapter is installed as source: the embedder compiles it against hers.
  install(FILES include/ringfort_wasm.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(DIRECTORY engines/wasm-c-api/ DESTINATION "${CMAKE_INSTALL_DATADIR}/ringfort/wasm-c-api"
          FILES_MATCHING PATTERN "*.[ch]")

  if(RINGFORT_WASMTIME)
    set(engine_headers "${RINGFORT_ENGINE_INCLUDE}")
    set(engine_file "${RINGFORT_ENGINE_LIBRARY}")
    set(PC_ENGINE_INCLUDE "${RINGFORT_ENGINE_INCLUDE}")
    set(PC_ENGINE_LIBRARY "${RINGFORT_ENGINE_LIBRARY}")
    if(RINGFORT_ENGINE_LIBRARY MATCHES "\\.so$")
      cmake_path(GET RINGFORT_ENGINE_LIBRARY PARENT_PATH engine_folder)
      set(PC_ENGINE_LIBRARY "-L${engine_folder} -lwasmtime")
    endif()
  else()
    install(DIRECTORY "${RINGFORT_ENGINE_INCLUDE}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/ringfort-engine"
            FILES_MATCHING PATTERN "*.h")
    install(FILES "${RINGFORT_ENGINE_LIBRARY}" DESTINATION "${CMAKE_INSTALL_LIBDIR}/ringfort")
    set(engine_headers "$<INSTALL_PREFIX>/${CMAKE_INSTALL_INCLUDEDIR}/ringfort-engine")
    set(engine_file "$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/ringfort/libwasmtime.a")
    set(PC_ENGINE_INCLUDE "\${includedir}/ringfort-engine")
    set(PC_ENGINE_LIBRARY "\${libdir}/ringfort/libwasmtime.a")
  endif()
  target_include_directories(ringfort_wasmtime SYSTEM INTERFACE "$<INSTALL_INTERFACE:${engine_headers}>")
  target_link_libraries(ringfort_wasmtime PUBLIC "$<INSTALL_INTERFACE:${engine_file}>"
    "$<INSTALL_INTERFACE:ringfort::ringfort>" "$<INSTALL_INTERFACE:${RINGFORT_ENGINE_SYSTEM_LIBRARIES}>")
  list(TRANSFORM RINGFORT_ENGINE_SYSTEM_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE PC_ENGINE_SYSTEM_LIBRARIES)
  list(JOIN PC_ENGINE_SYSTEM_LIBRARIES " " PC_ENGINE_SYSTEM_LIBRARIES)
  configure_file(cmake/ringfort-wasmtime.pc.in ringfort-wasmtime.pc @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/ringfort-wasmtime.pc" DESTINATION "${pkgconfig_dir}")
endif()

configure_package_config_file(cmake/ringfortConfig.cmake.in "${PROJECT_BINARY_DIR}/ringfortConfig.cmake"
                              INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ringfortConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/ringfortConfig.cmake" "${PROJECT_BINARY_DIR}/ringfortConfigVersion.cmake"
        DESTINATION "${package_dir}")
