// The errnos of WASI that tests name.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
export const success = 0;
export const badf = 8;
export const dquot = 19;
export const fbig = 22;
export const inval = 28;
export const loop = 32;
export const mfile = 33;
export const nametoolong = 37;
export const nobufs = 42;
export const nospc = 51;
export const nosys = 52;
export const notsock = 57;
export const overflow = 61;
export const rofs = 69;
export const spipe = 70;
export const notcapable = 76;
