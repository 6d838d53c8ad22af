// How WebAssembly reaches C in this thread: by the runtime's cheapest call without arguments.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const frameMemory = new WebAssembly.Memory({ initial: 1, maximum: 1 });

const symbolOf = (slot) => `ringfort_enter_${slot.toString(16).padStart(2, '0')}`;

// Each gives a function, or throws where its runtime does not let it.
const foreign = {
  bun(file, symbol) {
    return require('bun:ffi').dlopen(file, { [symbol]: { args: [], returns: 'void' } }).symbols[symbol];
  },
  deno(file, symbol) {
    const { symbols } = globalThis.Deno.dlopen(file, { [symbol]: { parameters: [], result: 'void' } });
    return () => { symbols[symbol](); };
  },
};

function runtime() {
  if (process.versions.bun !== undefined) {
    return 'bun';
  }
  return process.versions.deno !== undefined ? 'deno' : 'node';
}

function fastest(file, slot, enter) {
  const make = foreign[runtime()];
  if (make !== undefined && slot >= 0) {
    try {
      return make(file, symbolOf(slot));
    } catch {
      // not permitted here: Node-API does the same, a little slower
    }
  }
  return () => { enter(); }; // through a closure V8 inlines the call
}

/** @returns {{ memory: WebAssembly.Memory, enter: () => void, enterTraced: () => object }} */
function attach({ addon, file }) {
  // So a call that waits finds out whether its Worker is being terminated. Deno's foreign calls may not call back.
  const probe = runtime() === 'deno' ? undefined : () => {};
  const { slot, enter, enterTraced } = addon.attach(new Uint8Array(frameMemory.buffer), probe);
  return { memory: frameMemory, enter: fastest(file, slot, enter), enterTraced };
}

module.exports = { attach };
