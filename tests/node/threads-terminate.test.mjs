// worker.terminate() in the middle of calls.
// timeout: 900
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { cases } from './threads/terminate.mjs';
import { testCases } from './threads/process.mjs';

testCases('./terminate.mjs', cases);
