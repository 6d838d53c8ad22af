// Writes WebAssembly modules: just what lib/calls.cjs needs of the binary format.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const types = { i: 0x7f, I: 0x7e };

// LEB128, of numbers up to 2^53.
function unsigned(value) {
  const bytes = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low + 128 : low);
  } while (value > 0);
  return bytes;
}

// The same of 32 or 64 bits with a sign: a Number or a BigInt.
function signed(value) {
  const bytes = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) {
      return [...bytes, low];
    }
    bytes.push(low + 128);
  }
}

const vector = (items) => [...unsigned(items.length), ...items.flat()];
const string = (text) => vector([...Buffer.from(text)]);
const functionType = ([params, results]) =>
  [0x60, ...vector([...params].map((t) => types[t])), ...vector([...results].map((t) => types[t]))];

// A body: its locals' types as letters, and its code.
function body(locals, code) {
  const content = [...vector([...locals].map((type) => [1, types[type]])), ...code, 0x0b];
  return [...unsigned(content.length), ...content];
}

const section = (id, content) => [id, ...unsigned(content.length), ...content];

// The order of the sections in a module.
const ids = {
  types: 1, imports: 2, functions: 3, tables: 4, globals: 6, exports: 7, elements: 9, dataCount: 12, code: 10, data: 11,
};

/**
 * A module of the given sections: arrays of encoded items, in the order of `ids`.
 * @returns {WebAssembly.Module}
 */
function assemble(sections) {
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  for (const [name, id] of Object.entries(ids)) {
    if (sections[name] !== undefined) {
      bytes.push(...section(id, name === 'dataCount' ? unsigned(sections[name]) : vector(sections[name])));
    }
  }
  return new WebAssembly.Module(Uint8Array.from(bytes));
}

module.exports = { assemble, body, functionType, signed, string, types, unsigned, vector };
