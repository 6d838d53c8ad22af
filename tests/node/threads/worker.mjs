// A Worker that is one thread of a guest: it makes a Thread, runs the methods it is told and answers with their values.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { parentPort } from 'node:worker_threads';
import { Thread } from './driver.mjs';
import * as jobs from './jobs.mjs';

let thread;

/** Tells the other side that the call is about to be made, so that it can act on a thread that is in it. */
function announce(flag) {
  const flags = new Int32Array(flag);
  Atomics.store(flags, 0, 1);
  Atomics.notify(flags, 0);
}

const actions = {
  nothing: () => {},
  bind: (settings) => {
    thread = new Thread(settings);
  },
  call: ({ method, args, flag }) => {
    if (flag !== undefined) {
      announce(flag);
    }
    return thread[method](...args);
  },
  job: ({ name, args }) => jobs[name](thread, ...args),
  closeObject: () => thread.wasi.close(),
};

async function answer({ id, action, content }) {
  try {
    parentPort.postMessage({ id, value: await actions[action](content) });
  } catch (error) {
    parentPort.postMessage({ id, failed: { text: String(error?.stack ?? error), errno: error?.errno } });
  }
}

parentPort.on('message', (message) => {
  if (message === 'end') {
    parentPort.unref();
  } else {
    answer(message);
  }
});
