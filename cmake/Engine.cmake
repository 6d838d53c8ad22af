# Finds Wasmtime and makes the target ringfort_engine of it: the installed one of RINGFORT_WASMTIME, else the pinned build.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(RINGFORT_WASMTIME_OLDEST 48)
set(RINGFORT_WASMTIME_NEWEST 50)

if(RINGFORT_WASMTIME)
  set(RINGFORT_ENGINE_DIR "${RINGFORT_WASMTIME}")
else()
  # Its messages (the first build takes minutes) go to the terminal; only the folder's name is taken.
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/engine.sh"
                  OUTPUT_VARIABLE RINGFORT_ENGINE_DIR OUTPUT_STRIP_TRAILING_WHITESPACE
                  RESULT_VARIABLE engine_result)
  if(NOT engine_result EQUAL 0)
    message(FATAL_ERROR "scripts/engine.sh could not build Wasmtime (see above). Remedies: install what it names, "
            "pass -DRINGFORT_WASMTIME=DIR with an installed libwasmtime, or -DRINGFORT_ENGINE=OFF for the core alone")
  endif()
endif()

set(RINGFORT_ENGINE_INCLUDE "${RINGFORT_ENGINE_DIR}/include")
if(NOT EXISTS "${RINGFORT_ENGINE_INCLUDE}/wasmtime.h")
  message(FATAL_ERROR "no include/wasmtime.h in ${RINGFORT_ENGINE_DIR}; RINGFORT_WASMTIME must name the folder "
          "that holds libwasmtime's include/ and lib/")
endif()
file(STRINGS "${RINGFORT_ENGINE_INCLUDE}/wasmtime.h" engine_version REGEX "^#define WASMTIME_VERSION \"")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" engine_version "${engine_version}")
string(REGEX MATCH "^[0-9]+" engine_major "${engine_version}")
if(NOT engine_major OR engine_major LESS RINGFORT_WASMTIME_OLDEST OR engine_major GREATER RINGFORT_WASMTIME_NEWEST)
  message(FATAL_ERROR "${RINGFORT_ENGINE_DIR} is Wasmtime '${engine_version}', and ringfort is made for "
          "${RINGFORT_WASMTIME_OLDEST} to ${RINGFORT_WASMTIME_NEWEST}; its C API changes between versions")
endif()

# The static library first: with it the command stands alone. CACHE off, so that another folder is searched anew.
find_library(engine_library NAMES libwasmtime.a wasmtime PATHS "${RINGFORT_ENGINE_DIR}/lib"
             "${RINGFORT_ENGINE_DIR}/lib64" NO_DEFAULT_PATH NO_CACHE)
if(NOT engine_library)
  message(FATAL_ERROR "no libwasmtime.a or libwasmtime.so in ${RINGFORT_ENGINE_DIR}/lib")
endif()
cmake_path(GET engine_library EXTENSION LAST_ONLY engine_kind)
set(RINGFORT_ENGINE_LIBRARY "${engine_library}")
set(RINGFORT_ENGINE_SYSTEM_LIBRARIES pthread dl m)

if(engine_kind STREQUAL ".a")
  add_library(ringfort_engine_library STATIC IMPORTED)
else()
  # Upstream's shared library has no SONAME; said so, the linker records its name and not its path.
  add_library(ringfort_engine_library SHARED IMPORTED)
  set_target_properties(ringfort_engine_library PROPERTIES IMPORTED_NO_SONAME ON)
endif()
set_target_properties(ringfort_engine_library PROPERTIES IMPORTED_LOCATION "${engine_library}")
add_library(ringfort_engine INTERFACE)
target_include_directories(ringfort_engine SYSTEM INTERFACE "${RINGFORT_ENGINE_INCLUDE}")
target_link_libraries(ringfort_engine INTERFACE ringfort_engine_library ${RINGFORT_ENGINE_SYSTEM_LIBRARIES})
message(STATUS "Wasmtime ${engine_version}: ${engine_library}")

# Only the engine that scripts/engine.sh builds asks before a store grows; with any other the limit is divided beforehand.
set(RINGFORT_ENGINE_ASKS OFF)
if(EXISTS "${RINGFORT_ENGINE_INCLUDE}/ringfort_engine.h")
  set(RINGFORT_ENGINE_ASKS ON)
endif()
