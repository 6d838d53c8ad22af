// Makes node:wasi be ringfort in a program that imports it: `node --import ringfort/register app.mjs`.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import replace from './lib/replace.cjs';

/** How many WASI objects ringfort has made in this process, in all its threads. */
export const { served } = replace;
