// The two implementations, and a guest of one.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

export const specifiers = {
  stock: 'node:wasi',
  ringfort: new URL('../../node/index.mjs', import.meta.url).href,
};

// A custom section that names the implementation: an engine that knows modules by their bytes would otherwise give
// both guests the same code, compiled for what it saw of the one when it runs the other.
function marked(bytes, name) {
  const text = new TextEncoder().encode(name);
  return Uint8Array.from([...bytes, 0, text.length + 1, text.length, ...text]);
}

/** Compiles the guest's bytes for one implementation. */
export function compile(bytes, name) {
  return new WebAssembly.Module(marked(bytes, name));
}

/**
 * Starts a guest and returns its exports. Of the ways to bind a guest's memory, start() is the one that stock has in
 * every runtime; the guest's main returns, and its other exports can be called from then on.
 */
export function startGuest(WASI, options, module) {
  const wasi = new WASI(options);
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport });
  const code = wasi.start(instance);
  if (code !== 0 && code !== undefined) { // Bun's start() returns nothing
    throw new Error(`the guest's main returned ${code}`);
  }
  return instance.exports;
}
