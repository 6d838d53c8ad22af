/*
 * Defines IS_SANITIZED where AddressSanitizer is built in.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef RINGFORT_CLI_SANITIZED_H
#define RINGFORT_CLI_SANITIZED_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

#endif
