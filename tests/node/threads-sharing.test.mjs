// Objects bound to the same shared memory, in whatever Worker, have one descriptor table.
// timeout: 900
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { cases } from './threads/sharing.mjs';
import { testCases } from './threads/process.mjs';

testCases('./sharing.mjs', cases);
