// Threads of one guest in each other's way.
// timeout: 900
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { cases } from './threads/races.mjs';
import { testCases } from './threads/process.mjs';

testCases('./races.mjs', cases);
