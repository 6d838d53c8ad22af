// A guest that is driven from JavaScript: its memory, its calls through WebAssembly, and readers of WASI's layouts.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { names } from './functions.mjs';
import { WASI } from './impl.mjs';
import { instantiate } from './wasm.mjs';

/** Where a guest puts what it passes: apart from each other, and clear of address 0. */
export const at = { result: 64, iovecs: 128, path: 512, path2: 1024, data: 2048 };

/** Rights of everything preview1 has. */
export const everyRight = 0x0fffffffn;

class Guest {
  constructor(wasi, instance) {
    this.wasi = wasi;
    this.instance = instance;
    this.memory = instance.exports.memory;
    this.call = instance.exports;
  }

  get view() {
    return new DataView(this.memory.buffer);
  }

  get bytes() {
    return new Uint8Array(this.memory.buffer);
  }

  u32(address) {
    return this.view.getUint32(address, true);
  }

  u64(address) {
    return this.view.getBigUint64(address, true);
  }

  /** Writes text or bytes; returns [address, length], as paths are passed. */
  put(address, content) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    this.bytes.set(bytes, address);
    return [address, bytes.length];
  }

  /** The bytes at an address, as text; copied, for shared memories cannot be decoded in place. */
  text(address, length) {
    return new TextDecoder().decode(this.bytes.slice(address, address + length));
  }

  /** Writes iovecs of [address, length] at at.iovecs; returns [address, count]. */
  iovecs(...ranges) {
    ranges.forEach(([address, length], index) => {
      this.view.setUint32(at.iovecs + index * 8, address, true);
      this.view.setUint32(at.iovecs + index * 8 + 4, length, true);
    });
    return [at.iovecs, ranges.length];
  }

  /** fd_write of a text; the errno. How much was written lies at at.result. */
  write(fd, content) {
    return this.call.fd_write(fd, ...this.iovecs(this.put(at.data, content)), at.result);
  }

  /** fd_read of at most `length` bytes as text, or the errno. */
  read(fd, length = 1024) {
    const errno = this.call.fd_read(fd, ...this.iovecs([at.data, length]), at.result);
    return errno === 0 ? this.text(at.data, this.u32(at.result)) : errno;
  }

  /** path_open; { errno, fd }. */
  open(path, { dir = 3, lookup = 1, oflags = 0, rights = everyRight, inheriting = everyRight, flags = 0 } = {}) {
    const errno = this.call.path_open(
      dir, lookup, ...this.put(at.path, path), oflags, rights & everyRight, inheriting, flags, at.result);
    return { errno, fd: errno === 0 ? this.u32(at.result) : -1 };
  }

  /** The strings that a pair of calls such as args_sizes_get and args_get hands over. */
  strings(kind) {
    const sizes = this.call[`${kind}_sizes_get`](at.result, at.result + 4);
    const [count, size] = [this.u32(at.result), this.u32(at.result + 4)];
    if (sizes !== 0 || count === 0) {
      return [];
    }
    const errno = this.call[`${kind}_get`](at.iovecs, at.data);
    if (errno !== 0) {
      throw new Error(`${kind}_get: ${errno}`);
    }
    const found = this.text(at.data, size).split('\0');
    if (found.pop() !== '') {
      throw new Error(`${kind}_get: not ended by a NUL`);
    }
    return found;
  }

  /** { type, flags, base, inheriting } of a descriptor. */
  fdstat(fd) {
    const errno = this.call.fd_fdstat_get(fd, at.result);
    if (errno !== 0) {
      return { errno };
    }
    const { view } = this;
    return {
      errno,
      type: view.getUint8(at.result),
      flags: view.getUint16(at.result + 2, true),
      base: this.u64(at.result + 8),
      inheriting: this.u64(at.result + 16),
    };
  }
}

/** A guest with all 46 functions that is bound to its object (through initialize) and ready to be driven. */
export function guest(options = {}, shape = {}) {
  const wasi = new WASI({ version: 'preview1', ...options });
  return drive(wasi, shape);
}

/** The same on an object that exists. */
export function drive(wasi, shape = {}) {
  const { version = 'preview1', ...rest } = shape;
  const module = version === 'preview1' ? 'wasi_snapshot_preview1' : 'wasi_unstable';
  const instance = instantiate(wasi, { calls: names, module, ...rest });
  wasi.initialize(instance);
  return new Guest(wasi, instance);
}
