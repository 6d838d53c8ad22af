// The program that Node's documentation shows for node:wasi, as a module; only the module's name differs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { readFile } from 'node:fs/promises';
import { argv, env } from 'node:process';
import { WASI } from 'ringfort';

const wasi = new WASI({
  version: 'preview1',
  args: argv,
  env,
  preopens: { '/local': import.meta.dirname ?? '.' },
});

const wasm = await WebAssembly.compile(await readFile(new URL('./demo.wasm', import.meta.url)));
const instance = await WebAssembly.instantiate(wasm, wasi.getImportObject());

wasi.start(instance);
