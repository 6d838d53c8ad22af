// Runs a guest on the class as a command would: node command.mjs --dir HOST::GUEST MODULE [ARGUMENT…].
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { readFileSync } from 'node:fs';
import { importSpecifier } from './impl.mjs';

const { WASI } = await import(importSpecifier);
const [, host, guest] = /^(.*)::(.*)$/.exec(process.argv[3]);
const [file, ...args] = process.argv.slice(4);
const wasi = new WASI({ version: 'preview1', args: ['guest', ...args], preopens: { [guest]: host } });
const { instance } = await WebAssembly.instantiate(readFileSync(file), { wasi_snapshot_preview1: wasi.wasiImport });
process.exitCode = wasi.start(instance);
