// One WASI object's way to C: its functions, the memory they work on, its end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { attach } = require('./crossing.cjs');
const { closed, ended, interrupted, invalidMemory, notAlone, notStarted, uvwasiError } = require('./errors.cjs');
const { load } = require('./load.cjs');
const { limitNames } = require('./options.cjs');

const native = load();
const { addon } = native;
const crossing = attach(native);
const frameValue = 12; // the offset of struct frame's value, addon/frame.h
const answer = new Int32Array(crossing.memory.buffer, frameValue, 1);
const callModule = new WebAssembly.Module(addon.trampolines());

const abis = { unstable: 1, preview1: 2 };
const noFreeDescriptor = ['mfile', 'nfile'];
const unwindClosed = -2;
const pageSize = 65536;
const servedMax = 65536; // bytes of args and env: with more, a module of their own does not pay

// As C reads them: UTF-8, each cut at its first NUL, which ends it.
function cStrings(list) {
  return new TextEncoder().encode(list.map((text) => `${text.split('\0', 1)[0]}\0`).join(''));
}

// ---- Making ----

// Objects that nobody can reach any more may hold the descriptors that are missing. V8 has no function for this, but
// gives new contexts one while the flag is set.
function collectGarbage() {
  if (globalThis.Bun !== undefined) {
    globalThis.Bun.gc(true);
    return;
  }
  const v8 = require('node:v8'); // here: both take a millisecond to load
  const vm = require('node:vm');
  try {
    v8.setFlagsFromString('--expose-gc');
    vm.runInNewContext('gc')();
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}

// Guests open files too, and nothing can be collected while one runs: room is made for them beforehand. Where all that
// is open is still in use, that is tried once in a while only.
let madeSince = 0;
function makeRoom() {
  madeSince += 1;
  if (madeSince >= 16 && addon.crowded()) {
    madeSince = 0;
    collectGarbage();
    addon.sweep();
  }
}

function createHandle(options) {
  makeRoom();
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

function create({ version, args, env, preopens, stdio, listeners, limits, stdinData, capture, trace }) {
  try {
    return createHandle([
      abis[version], args, env, cStrings(preopens.flatMap(({ guest, host }) => [guest, host])),
      Uint8Array.from(preopens, ({ flags }) => flags), stdio,
      listeners.flatMap(({ fd, flags }) => [fd, flags]), limitNames.map((name) => limits[name]), stdinData,
      [1, 2].reduce((bits, fd) => bits | (capture[fd] === undefined ? 0 : 1 << fd), 0), trace !== undefined,
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

// The numbers of addon/modules.h.
const memoryKinds = { unshared: 0, shared: 1, unshared64: 2 };
const noStrings = new Uint8Array(0);

// The modules made last; most programs make one kind of object.
const modules = new Map();
function memoryModule(kind, strings) {
  const key = `${kind} ${strings}`;
  const found = modules.get(key) ?? new WebAssembly.Module(addon.memoryModule(memoryKinds[kind], ...strings));
  modules.delete(key);
  modules.set(key, found);
  if (modules.size > 8) {
    modules.delete(modules.keys().next().value);
  }
  return found;
}

function instanceAt(memory, shared, strings) {
  const instantiate = (kind) =>
    new WebAssembly.Instance(memoryModule(kind, strings), { r: { memory } }).exports;
  if (shared) {
    return instantiate('shared');
  }
  try {
    return instantiate('unshared');
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
 * @returns {{ exit, functions, setMemory, close, taken, refusal }}  the functions of wasiImport but proc_exit, by name
 */
function bind(options) {
  const args = cStrings(options.args);
  const env = cStrings(options.env);
  const handle = create({ ...options, args, env });
  const isServed = options.trace === undefined && args.length + env.length <= servedMax;
  const preopens = options.preopens.slice(0, addon.preopensServed);
  const strings = isServed ? [args, env, cStrings(preopens.map(({ guest }) => guest))] : Array(3).fill(noStrings);
  const memoryMax = options.limits.memory ?? Infinity;
  let memory;
  let isClosed = false;
  let lastRefusal; // what nothing can follow

  const calls = new WebAssembly.Instance(callModule, {
    r: {
      frame: crossing.memory,
      object: addon.address(handle),
      enter: isObserved(options) ? observed(handle, options) : crossing.enter,
      refresh(pages) {
        checkSize(pages * pageSize);
        addon.refresh(handle, new Uint8Array(bufferOf.call(memory)), pages);
      },
      unwind(value) {
        const met = refusal();
        const isLate = value !== unwindClosed && met?.limit === 'wall-time';
        throw isLate ? ended(met) : value === unwindClosed ? closed() : interrupted();
      },
      unbound() { throw isClosed ? closed() : notStarted(); },
    },
  }).exports;

  function refusal() {
    return lastRefusal ?? addon.refusal(handle);
  }

  // The engine lets it grow; the first call after that finds out.
  function checkSize(bytes) {
    if (bytes > memoryMax) {
      lastRefusal = { limit: 'memory', value: memoryMax };
      throw ended(lastRefusal);
    }
  }

  function setMemory(newMemory) {
    const buffer = bufferOfMemory(newMemory);
    if (isClosed) {
      throw closed();
    }
    checkSize(buffer.byteLength);
    const shared = isShared(buffer);
    const guest = instanceAt(newMemory, shared, strings);
    if (!addon.bind(handle, new Uint8Array(buffer), shared)) {
      throw notAlone();
    }
    memory = newMemory;
    calls.size.value = -1; // so that the next call asks
    calls.preopens.value = isServed && !shared ? preopens.length : 0; // others may close what is shared
    fillTable(guest.size, (name) => (isServed ? guest[name] : undefined) ?? calls[`${name}.c`]);
  }

  function fillTable(size, functionOf) {
    calls.table.set(0, size);
    addon.served.forEach((name, i) => calls.table.set(i + 1, functionOf(name)));
  }

  function close() {
    isClosed = true;
    lastRefusal = refusal();
    calls.preopens.value = 0;
    const unbound = (name) => calls[name === 'fd_prestat_dir_name' ? 'unbound.three' : 'unbound.pair'];
    fillTable(calls['unbound.size'], unbound);
    addon.close(handle);
  }

  // Ends the process; as in Node, not before there is a memory.
  function exit(code) {
    if (memory === undefined || isClosed) {
      throw isClosed ? closed() : notStarted();
    }
    addon.exit(code);
  }

  return {
    exit,
    functions: calls,
    setMemory,
    close,
    refusal,
    taken: (fd) => (options.capture[fd] === true && !isClosed ? addon.take(handle, fd, true) : undefined),
  };
}

module.exports = { addon, bind };
