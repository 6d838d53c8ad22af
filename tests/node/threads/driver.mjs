// One thread of a guest, driven from JavaScript: an object bound to a memory, and calls through WebAssembly from it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { names } from '../support/functions.mjs';
import { WASI } from '../support/impl.mjs';
import { instantiate } from '../support/wasm.mjs';

/** What a thread has of its memory for itself, so that threads do not write over each other's arguments. */
export const AREA = 65536;
const DATA = 4096;
const DATA_MAX = AREA - DATA;

/** What files can have; the rights of directories are left out, for not every host gives a file those. */
const FILE_RIGHTS = 0x08e001ffn;
const READ_ONLY = FILE_RIGHTS & ~0x40n;

export const CREATE = 1;
export const BADF = 8;

/** A call that did not succeed. */
export class Errno extends Error {
  constructor(name, errno) {
    super(`${name}: errno ${errno}`);
    this.errno = errno;
  }
}

/** A memory that Workers can share; one area for each thread. */
export const sharedMemory = (areas = 4) =>
  new WebAssembly.Memory({ initial: areas, maximum: Math.max(areas, 1024), shared: true });

const symbolOf = (object, description) =>
  Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);

/** The ways in which an object is told its memory. */
const ways = {
  initialize: (wasi, instance) => wasi.initialize(instance),
  start: (wasi, instance) => wasi.start({ exports: { memory: instance.exports.memory, _start() {} } }),
  finalizeBindings: (wasi, { exports: { memory } }) => wasi.finalizeBindings({ exports: {} }, { memory }),
  kSetMemory: (wasi, { exports: { memory } }) => wasi[symbolOf(wasi, 'kSetMemory')](memory),
};

export const bindings = Object.keys(ways);

export function rebind(wasi, memory) {
  ways.kSetMemory(wasi, { exports: { memory } });
}

/** A WASI object on `memory`, with `root` as its descriptor 3. */
export class Thread {
  constructor({ memory, area = 0, root, way = 'initialize', options = {} }) {
    const preopens = root === undefined ? {} : { '/': root };
    const wasi = new WASI({ version: 'preview1', preopens, ...options });
    const shared = !(memory.buffer instanceof ArrayBuffer);
    const shape = shared ? { initial: 1, maximum: 65536, shared } : { initial: 1 };
    this.instance = instantiate(wasi, { calls: names, importMemory: true, memory: shape, env: { memory } });
    ways[way](wasi, this.instance);
    this.wasi = wasi;
    this.memory = memory;
    this.base = area * AREA;
  }

  get view() {
    return new DataView(this.memory.buffer, this.base, AREA);
  }

  /** Calls a function of WASI; whatever is not success is thrown. */
  call(name, ...args) {
    const errno = this.instance.exports[name](...args);
    if (errno !== 0) {
      throw new Errno(name, errno);
    }
  }

  result32() {
    return this.view.getUint32(0, true);
  }

  result64() {
    return Number(this.view.getBigUint64(0, true));
  }

  put(at, text) {
    const bytes = new TextEncoder().encode(text);
    new Uint8Array(this.memory.buffer, this.base + at, bytes.length).set(bytes);
    return [this.base + at, bytes.length];
  }

  iovec(at, length) {
    this.view.setUint32(16, at, true);
    this.view.setUint32(20, length, true);
    return [this.base + 16, 1];
  }

  open(path, { oflags = 0, readOnly = false } = {}) {
    const rights = readOnly ? READ_ONLY : FILE_RIGHTS;
    this.call('path_open', 3, 1, ...this.put(256, path), oflags, rights, 0n, 0, this.base);
    return this.result32();
  }

  create(path) {
    return this.open(path, { oflags: CREATE });
  }

  write(fd, text) {
    this.call('fd_write', fd, ...this.iovec(...this.put(DATA, text)), this.base);
    return this.result32();
  }

  read(fd, length = 1024) {
    this.call('fd_read', fd, ...this.iovec(this.base + DATA, Math.min(length, DATA_MAX)), this.base);
    const start = this.base + DATA;
    return new TextDecoder().decode(new Uint8Array(this.memory.buffer).slice(start, start + this.result32()));
  }

  seek(fd, offset, whence = 0) {
    this.call('fd_seek', fd, BigInt(offset), whence, this.base);
    return this.result64();
  }

  tell(fd) {
    this.call('fd_tell', fd, this.base);
    return this.result64();
  }

  close(fd) {
    this.call('fd_close', fd);
  }

  renumber(from, to) {
    this.call('fd_renumber', from, to);
  }

  unlink(path) {
    this.call('path_unlink_file', 3, ...this.put(256, path));
  }

  /** Waits for a clock. */
  sleep(seconds) {
    const { view } = this;
    for (let at = 64; at < 112; at += 8) {
      view.setBigUint64(at, 0n, true);
    }
    view.setUint32(64 + 16, 1, true);
    view.setBigUint64(64 + 24, BigInt(seconds) * 1_000_000_000n, true);
    this.call('poll_oneoff', this.base + 64, this.base + 128, 1, this.base);
  }

  /** The numbers below `end` that are open. */
  descriptors(end = 64) {
    const open = [];
    for (let fd = 0; fd < end; fd++) {
      if (this.instance.exports.fd_fdstat_get(fd, this.base) === 0) {
        open.push(fd);
      }
    }
    return open;
  }
}
