// Runs race.wasm, with the arguments given and the current directory as its box.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WASI } from '../support/impl.mjs';

const wasi = new WASI({ version: 'preview1', args: ['race', ...process.argv.slice(2)], preopens: { box: '.' } });
const module = new WebAssembly.Module(readFileSync(join(process.env.WASM_GUESTS, 'race.wasm')));
process.exitCode = wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
