// A wasi-threads program under @emnapi/wasi-threads: its threads share their files.
// timeout: 900
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { testCases } from './threads/process.mjs';
import { cases } from './threads/wasi-threads.mjs';

testCases('./wasi-threads.mjs', cases);
