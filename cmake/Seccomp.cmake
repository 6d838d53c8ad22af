# Finds libseccomp and makes the target ringfort_seccomp of it; the static library first: the command then stands alone.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
find_path(SECCOMP_INCLUDE seccomp.h)
find_library(SECCOMP_LIBRARY NAMES libseccomp.a seccomp)
if(NOT SECCOMP_INCLUDE OR NOT SECCOMP_LIBRARY)
  message(FATAL_ERROR "the command needs libseccomp (Debian: apt-get install libseccomp-dev)")
endif()
add_library(ringfort_seccomp INTERFACE)
target_include_directories(ringfort_seccomp SYSTEM INTERFACE "${SECCOMP_INCLUDE}")
target_link_libraries(ringfort_seccomp INTERFACE "${SECCOMP_LIBRARY}")
