// One WASI object's way to C: its functions, the memory they work on, its end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { frame, memoryModule, served, slot, trampolines } = require('./calls.cjs');
const { attach } = require('./crossing.cjs');
const { closed, interrupted, invalidMemory, notStarted, uvwasiError } = require('./errors.cjs');
const { load } = require('./load.cjs');

const native = load();
const { addon } = native;
const crossing = attach(native);
const answer = new Int32Array(crossing.memory.buffer, frame.value, 1);
const functions = addon.functions();
const callModule = trampolines(functions);

const abis = { unstable: 1, preview1: 2 };
const limitOrder = ['openFiles', 'subscriptions', 'bytesWritten', 'fileSize'];
const noFreeDescriptor = ['mfile', 'nfile'];
const unwindClosed = -2;
const servedMax = 16384; // bytes of strings: beyond, copying costs more than the crossing

// ---- Strings ----

// As C reads them: UTF-8, each cut at its first NUL, which ends it.
function cStrings(list) {
  return new TextEncoder().encode(list.map((text) => `${text.split('\0', 1)[0]}\0`).join(''));
}

function offsetsOf(bytes) {
  const offsets = [];
  for (let at = 0; at < bytes.length; at = bytes.indexOf(0, at) + 1) {
    offsets.push(at);
  }
  return offsets;
}

const toServe = (bytes) => ({ bytes, offsets: offsetsOf(bytes) });

// ---- Making ----

// What V8 and JavaScriptCore forgot to collect may hold the descriptors that are missing.
function collectGarbage() {
  if (globalThis.Bun !== undefined) {
    globalThis.Bun.gc(true);
  } else {
    addon.collect();
  }
}

function createHandle(options) {
  try {
    return addon.create(...options);
  } catch (error) {
    if (!noFreeDescriptor.includes(error.name)) {
      throw error;
    }
  }
  collectGarbage();
  return addon.create(...options);
}

function asNodeSaysIt(error) {
  if (error.status === undefined) {
    return error;
  }
  const result = uvwasiError(`UVWASI_E${error.name.toUpperCase()}`, error.errno);
  const value = new Error(error.message); // with what Node leaves out: which preopen, which path
  return Object.defineProperty(result, 'cause', { value, writable: true, configurable: true });
}

function create({ version, args, env, preopens, stdio, limits, stdinData, capture }) {
  try {
    return createHandle([
      abis[version], args, env, cStrings(preopens.flatMap(({ guest, host }) => [guest, host])),
      Uint8Array.from(preopens, ({ flags }) => flags), stdio, limitOrder.map((name) => limits[name]), stdinData,
      [1, 2].reduce((bits, fd) => bits | (capture[fd] === undefined ? 0 : 1 << fd), 0),
    ]);
  } catch (error) {
    throw asNodeSaysIt(error);
  }
}

// ---- Crossing over ----

// With a trace or a callback for output, which run after each call and may make calls of their own.
function observed(handle, { trace, capture }) {
  const callbacks = [1, 2].filter((fd) => typeof capture[fd] === 'function');
  return () => {
    const call = trace === undefined ? crossing.enter() : crossing.enterTraced();
    const [value] = answer;
    try {
      for (const fd of callbacks) {
        const bytes = addon.take(handle, fd, false);
        if (bytes !== undefined) {
          capture[fd](bytes);
        }
      }
      if (call !== undefined) {
        trace(call);
      }
    } finally {
      answer[0] = value;
    }
  };
}

function isObserved({ trace, capture }) {
  return trace !== undefined || typeof capture[1] === 'function' || typeof capture[2] === 'function';
}

function unwind(value) {
  throw value === unwindClosed ? closed() : interrupted();
}

// ---- The guest's memory ----

const bufferOf = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer').get;

// Throws where it is none, whatever it says of itself.
function bufferOfMemory(memory) {
  try {
    return bufferOf.call(memory);
  } catch {
    throw invalidMemory();
  }
}

const isShared = (buffer) => Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

// The modules made last; most programs make one kind of object.
const modules = new Map();
function cachedModule(memory, strings) {
  const key = strings === undefined ? memory : `${memory} ${strings.args.bytes} ${strings.env.bytes}`;
  const found = modules.get(key) ?? memoryModule(memory, strings);
  modules.delete(key);
  modules.set(key, found);
  if (modules.size > 8) {
    modules.delete(modules.keys().next().value);
  }
  return found;
}

function instanceAt(memory, shared, strings) {
  const instantiate = (name, what) =>
    new WebAssembly.Instance(cachedModule(name, what), { r: { memory } }).exports;
  if (shared) {
    return instantiate('shared', strings);
  }
  try {
    return instantiate('unshared', strings);
  } catch (error) {
    if (!(error instanceof WebAssembly.LinkError)) {
      throw error;
    }
    return instantiate('unshared64');
  }
}

// ---- The whole ----

/**
 * @param options  what wasi.cjs and options.cjs made of the user's
 * @returns {{ functions, setMemory, close, taken }}  the functions of wasiImport but proc_exit, by name
 */
function bind(options) {
  const args = cStrings(options.args);
  const env = cStrings(options.env);
  const handle = create({ ...options, args, env });
  const strings = options.trace === undefined && args.length + env.length <= servedMax
    ? { args: toServe(args), env: toServe(env) } : undefined;
  let memory;
  let isClosed = false;

  const calls = new WebAssembly.Instance(callModule, {
    r: {
      frame: crossing.memory,
      object: addon.address(handle),
      enter: isObserved(options) ? observed(handle, options) : crossing.enter,
      refresh(pages) { addon.refresh(handle, new Uint8Array(bufferOf.call(memory)), pages); },
      unwind,
      unbound() { throw isClosed ? closed() : notStarted(); },
    },
  }).exports;

  function setMemory(newMemory) {
    const buffer = bufferOfMemory(newMemory);
    if (isClosed) {
      throw closed();
    }
    const shared = isShared(buffer);
    const guest = instanceAt(newMemory, shared, strings);
    addon.bind(handle, new Uint8Array(buffer), shared);
    memory = newMemory;
    calls.size.value = -1; // so that the next call asks
    calls.table.set(slot.size, guest.size);
    served.forEach((name, i) => calls.table.set(slot.served + i, guest[name] ?? calls[`${name}.c`]));
  }

  function close() {
    isClosed = true;
    calls.table.set(slot.size, calls['unbound.size']);
    served.forEach((name, i) => calls.table.set(slot.served + i, calls['unbound.served']));
    addon.close(handle);
  }

  return {
    functions: calls,
    setMemory,
    close,
    taken: (fd) => (options.capture[fd] === true && !isClosed ? addon.take(handle, fd, true) : undefined),
  };
}

module.exports = { addon, bind, names: functions.map(({ name }) => name) };
