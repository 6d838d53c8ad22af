// Runs a guest with a folder: guest.mjs FILE FOLDER. The guest sees it as /local, its only argument.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { readFileSync } from 'node:fs';
import { WASI } from 'ringfort';

const [file, folder] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: ['guest', '/local'], preopens: { '/local': folder } });
const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
