// A Worker that is one thread of a wasi-threads program.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { parentPort, workerData } from 'node:worker_threads';
import { WASI } from '../support/impl.mjs';
import { emnapi } from './packages.mjs';

const { ThreadMessageHandler, WASIThreads } = emnapi;
const postMessage = (message) => parentPort.postMessage(message);

const handler = new ThreadMessageHandler({
  postMessage,
  async onLoad({ wasmModule, wasmMemory }) {
    const wasi = new WASI(workerData);
    const threads = new WASIThreads({ wasi, childThread: true, postMessage });
    const imports = { env: { memory: wasmMemory }, ...wasi.getImportObject(), ...threads.getImportObject() };
    const instance = await WebAssembly.instantiate(wasmModule, imports);
    return { module: wasmModule, instance: threads.initialize(instance, wasmModule, wasmMemory) };
  },
});

parentPort.on('message', (data) => handler.handle({ data }));
