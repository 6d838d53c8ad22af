# The flags that every C file of ringfort is compiled and linked with: warnings and hardening.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include(CheckCCompilerFlag)
include(CheckPIESupported)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C)

add_compile_options(
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wvla -Wundef -Wstrict-prototypes -Wmissing-prototypes
  -Wcast-qual -Wcast-align -Wswitch-enum -Wformat=2
  -ffunction-sections -fdata-sections -fstack-protector-strong)
add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)

# Adds a flag where the compiler has it.
function(ringfort_flag_if_known flag)
  string(MAKE_C_IDENTIFIER "HAVE${flag}" known)
  check_c_compiler_flag(${flag} ${known})
  if(${known})
    add_compile_options(${flag})
  endif()
endfunction()

ringfort_flag_if_known(-fcf-protection)
ringfort_flag_if_known(-fstack-clash-protection)
ringfort_flag_if_known(-Wthread-safety)

if(RINGFORT_WERROR)
  add_compile_options(-Werror)
endif()

if(RINGFORT_SANITIZE)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "RINGFORT_SANITIZE needs clang: -DCMAKE_C_COMPILER=clang")
  endif()
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=address,undefined)
else()
  # It needs optimisation, and the sanitizers know the functions it replaces by their own names.
  add_compile_options("$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
endif()

if(RINGFORT_SANITIZE_THREADS)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=thread)
endif()

if(RINGFORT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
