// The same program as a script.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { readFile } = require('node:fs/promises');
const { join } = require('node:path');
const { argv, env } = require('node:process');
const { WASI } = require('ringfort');

const wasi = new WASI({
  version: 'preview1',
  args: argv,
  env,
  preopens: { '/local': __dirname },
});

(async () => {
  const wasm = await WebAssembly.compile(await readFile(join(__dirname, 'demo.wasm')));
  const instance = await WebAssembly.instantiate(wasm, wasi.getImportObject());

  wasi.start(instance);
})();
