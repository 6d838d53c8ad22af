// Workers as threads of a guest, seen from the thread that starts them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Errno } from './driver.mjs';

const failureOf = ({ text, errno }) => (errno === undefined ? new Error(text) : new Errno(text, errno));

/** One Worker; its methods are promises of what the Thread inside gives. */
class RemoteThread {
  constructor() {
    this.worker = new Worker(new URL('./worker.mjs', import.meta.url));
    this.pending = new Map();
    this.next = 0;
    this.exited = once(this.worker, 'exit').then(() => this.fail(new Error('the Worker has ended')));
    this.worker.on('message', (message) => this.settle(message));
    this.worker.on('error', (error) => this.fail(error));
  }

  settle({ id, value, failed }) {
    const { resolve, reject } = this.pending.get(id);
    this.pending.delete(id);
    if (failed === undefined) {
      resolve(value);
    } else {
      reject(failureOf(failed));
    }
  }

  fail(error) {
    for (const { reject } of this.pending.values()) {
      reject(error);
    }
    this.pending.clear();
  }

  ask(action, content) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, action, content });
    });
  }

  call(method, ...args) {
    return this.ask('call', { method, args });
  }

  job(name, ...args) {
    return this.ask('job', { name, args });
  }

  /** Begins a call that is not expected to end; resolves when the Worker is in it. */
  async block(method, ...args) {
    const flag = new SharedArrayBuffer(4);
    this.ask('call', { method, args, flag }).catch(() => {});
    while (Atomics.load(new Int32Array(flag), 0) === 0) {
      await pause(5);
    }
    await pause(200);
  }

  /** Ends the Worker in peace; resolves when it is gone. */
  async end() {
    this.worker.postMessage('end');
    await this.exited;
  }

  terminate() {
    return this.worker.terminate();
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A Worker whose Thread is bound; `settings` as Thread takes them. */
export async function remote(settings) {
  const thread = new RemoteThread();
  await thread.ask('bind', settings);
  return thread;
}

/** `count` Workers on one memory, each with an area of its own from the `first` on. */
export const remotes = (count, { first = 1, ...settings }) =>
  Promise.all(Array.from({ length: count }, (_, i) => remote({ ...settings, area: first + i })));

/** The same before any of them is bound, or has even begun. */
export const beginning = (count, settings) =>
  Array.from({ length: count }, (_, i) => {
    const thread = new RemoteThread();
    thread.ask('bind', { ...settings, area: i + 1 }).catch(() => {});
    return thread;
  });

/** `count` Workers that have the class but make no object. */
export const idle = async (count) => {
  const threads = Array.from({ length: count }, () => new RemoteThread());
  await Promise.all(threads.map((thread) => thread.ask('nothing')));
  return threads;
};

export const endAll = (threads) => Promise.all(threads.map((thread) => thread.end()));
