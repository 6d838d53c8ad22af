// Sixty-four Workers of one guest at once.
// timeout: 900
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { cases } from './threads/many.mjs';
import { testCases } from './threads/process.mjs';

testCases('./many.mjs', cases);
