# Compiles for musl with Debian's musl-tools; scripts/packages.sh builds the addon with it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
set(CMAKE_C_COMPILER musl-gcc)

# musl-gcc sees no header of another libc, and with them misses the kernel's, which belong to none: they get a folder.
execute_process(COMMAND gcc -print-multiarch OUTPUT_VARIABLE multiarch OUTPUT_STRIP_TRAILING_WHITESPACE)
set(kernel_headers "${CMAKE_BINARY_DIR}/kernel-headers")
file(MAKE_DIRECTORY "${kernel_headers}")
file(CREATE_LINK /usr/include/linux "${kernel_headers}/linux" SYMBOLIC)
file(CREATE_LINK /usr/include/asm-generic "${kernel_headers}/asm-generic" SYMBOLIC)
file(CREATE_LINK "/usr/include/${multiarch}/asm" "${kernel_headers}/asm" SYMBOLIC)
set(CMAKE_C_FLAGS_INIT "-isystem ${kernel_headers}")
