// A process of its own for what can be measured only once in a process: the start, and a thousand objects.
// Arguments: the implementation, the guest, a folder. Prints one line of JSON.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { readFileSync } from 'node:fs';
import { argv, memoryUsage } from 'node:process';
import { compile, specifiers, startGuest } from './guest.mjs';
import { makeWorld } from './world.mjs';

const OBJECTS = 1000;
const [name, guest, folder] = argv.slice(2);
const options = makeWorld(folder, 0);
const module = compile(readFileSync(guest), name);

const begin = performance.now();
const { WASI } = await import(specifiers[name]);
const exports = startGuest(WASI, options, module);
const wrong = exports.args_sizes_get(1);
const started = performance.now();
if (wrong !== 0) {
  throw new Error(`args_sizes_get: ${wrong}`);
}

// One descriptor each: stock keeps them for good, and 1,024 is a common limit.
const small = { version: 'preview1', preopens: { '/': folder }, env: options.env, args: options.args };
const before = memoryUsage().rss;
const made = performance.now();
const objects = Array.from({ length: OBJECTS }, () => new WASI(small));
const end = performance.now();
const after = memoryUsage().rss;

console.log(JSON.stringify({
  start_up: (started - begin) * 1e6,
  new_object: (end - made) * 1e6 / objects.length,
  object_memory: Math.max(0, after - before) / objects.length,
}));
