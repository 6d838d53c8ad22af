// The packages that the programs of this folder run; RINGFORT_NODE_MODULES names the folder that has them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const modules = process.env.RINGFORT_NODE_MODULES ?? fileURLToPath(new URL('../node_modules', import.meta.url));

export const emnapi =
  await import(pathToFileURL(join(modules, '@emnapi/wasi-threads/dist/wasi-threads.js')).href);
