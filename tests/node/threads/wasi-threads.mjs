// A wasi-threads program, run by @emnapi/wasi-threads: each thread is a Worker with a WASI object of its own.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { WASI } from '../support/impl.mjs';
import { folder } from './host.mjs';
import { emnapi } from './packages.mjs';

const { WASIThreads } = emnapi;

const GUEST_FLAGS = ['--target=wasm32-wasi', '-std=c17', '-O1', '-Wall', '-Wextra', '-Werror', '-nostdlib',
  '-matomics', '-mbulk-memory', '-Wl,--no-entry,--import-memory,--shared-memory,--max-memory=67108864'];

function compiledGuest() {
  const file = join(folder(), 'guest.wasm');
  const sources = ['guest.c', 'thread.s'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  execFileSync(process.env.RINGFORT_GUEST_CC ?? 'clang', [...GUEST_FLAGS, ...sources, '-o', file]);
  return new WebAssembly.Module(readFileSync(file));
}

/** What proc_exit ends a guest with where no start() is there to take it. */
const isExit = (thrown) => typeof thrown === 'symbol' && thrown.description === 'kExitCode';

/** The two ways to begin: by start(), or by the object's symbols and a call of the export. */
const beginnings = {
  start: (threads, ...what) => threads.start(...what).exitCode,
  symbols(threads, instance, ...what) {
    threads.initialize(instance, ...what);
    try {
      instance.exports._start();
    } catch (thrown) {
      assert.ok(isExit(thrown), thrown);
    }
    const { wasi } = threads;
    return wasi[Object.getOwnPropertySymbols(wasi).find(isExit)];
  },
};

/** The guest's proc_exit ended the Workers and made new ones; Node 24 may crash where those are ended as they begin. */
async function end(threads) {
  await threads.preloadWorkers();
  const { PThread } = threads;
  [...PThread.unusedWorkers].forEach((worker) => PThread.terminateWorker(worker));
}

/** Runs the guest to its end; gives its exit code. Workers are ready before, for it waits without returning. */
async function run(root, begin) {
  const module = compiledGuest();
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 1024, shared: true });
  const options = { version: 'preview1', preopens: { '/': root } };
  const wasi = new WASI(options);
  const threads = new WASIThreads({
    wasi,
    reuseWorker: { size: 16, strict: true },
    waitThreadStart: 5000,
    onCreateWorker: () => new Worker(new URL('./wasi-thread.mjs', import.meta.url), { workerData: options }),
  });
  const imports = { env: { memory }, ...wasi.getImportObject(), ...threads.getImportObject() };
  const { exports } = await WebAssembly.instantiate(module, imports);
  const instance = { exports: { ...exports, memory } }; // old linkers do not export a memory that is imported
  threads.setup(instance, module, memory);
  await threads.preloadWorkers();
  const exitCode = begin(threads, instance, module, memory);
  await end(threads);
  return exitCode;
}

async function threadsShare(begin) {
  const root = folder();
  assert.equal(await run(root, begin), 0, 'the line of guest.c that does not hold');
  assert.equal(readFileSync(join(root, 'shared'), 'utf8'), 'one guest');
  assert.equal(readdirSync(root).length, 33);
}

export const cases = {
  threads_of_a_program_share_their_files: () => threadsShare(beginnings.start),
  threads_share_their_files_where_the_memory_was_set_by_symbol: () => threadsShare(beginnings.symbols),
};
