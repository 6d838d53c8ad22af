// Descriptor tables end with the last object that has them.
// timeout: 900
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { cases } from './threads/freed.mjs';
import { testCases } from './threads/process.mjs';

testCases('./freed.mjs', cases);
