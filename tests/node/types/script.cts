// Uses of the types from a CommonJS module.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import node = require('node:wasi');
import ringfort = require('ringfort');

const wasi = new ringfort.WASI({ version: 'preview1' });
export const a: import('node:wasi').WASI = wasi;
export const b: import('ringfort').WASI = new node.WASI({ version: 'preview1' });
export const c: import('ringfort').WASI = new (require('node:wasi').WASI)({ version: 'preview1' });
export const d: typeof node.WASI = ringfort.WASI;
export const e: number = wasi.start({});
wasi.close();
// @ts-expect-error nothing else is exported
export const f = ringfort.served;
