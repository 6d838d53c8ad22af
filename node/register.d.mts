// The types of ringfort/register.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/** How many WASI objects ringfort has made in this process, in all its threads. */
export const served: () => number;
