// The trampolines: how a guest's calls leave WebAssembly. Two small modules, written here byte by byte.
//
// S is made with a WASI object and exports its functions. Each lays its arguments into the frame, a memory that C
// knows by its address, and crosses over by one call without arguments. G is made when the guest's memory is known:
// it tells S the memory's size, so that C is told when it grew, and serves what needs no host at all.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { assemble, body, functionType, signed, string, types, unsigned, vector } = require('./encoder.cjs');

// Offsets of struct frame, addon/frame.h.
const frame = { object: 0, function: 8, value: 12, args: 16 };

const op = {
  if: [0x04, 0x40], end: 0x0b, return: 0x0f, call: 0x10, callIndirect: 0x11,
  get: 0x20, set: 0x21, tee: 0x22, getGlobal: 0x23, setGlobal: 0x24,
  load32: (offset) => [0x28, 0, ...unsigned(offset)],
  store32: (offset) => [0x36, 0, ...unsigned(offset)],
  store64: (offset) => [0x37, 0, ...unsigned(offset)],
  memorySize: [0x3f, 0], memoryInit: (segment) => [0xfc, 8, segment, 0],
  i32: (value) => [0x41, ...signed(value)],
  i64: (value) => [0x42, ...signed(value)],
  i32ne: 0x47, i32lt: 0x48, i64gtu: 0x56, i32add: 0x6a, i32or: 0x72, i64add: 0x7c, i64shl: 0x86,
  wrap: 0xa7, extend: 0xad,
};

const kind = { function: 0, table: 1, memory: 2, global: 3 };
const overflow = 61; // the errno of a pointer that leaves the memory

// What G serves, beside the size of its memory; all take two pointers.
const served = ['args_get', 'args_sizes_get', 'environ_get', 'environ_sizes_get'];

// ---- S ----

// The order of S's imports and of its own first functions; own functions follow the imported ones.
const imports = { enter: 0, refresh: 1, unwind: 2, unbound: 3 };
const own = { unboundSize: 4, unboundServed: 5, first: 6 };
const globals = { object: 0, size: 1 };
const slot = { size: 0, served: 1 };

// Types by their text, such as "ii:i", each once.
function typeTable() {
  const list = [];
  const index = (params, results) => {
    const key = `${params}:${results}`;
    return list.includes(key) ? list.indexOf(key) : list.push(key) - 1;
  };
  return { index, encoded: () => list.map((key) => functionType(key.split(':'))) };
}

// One call: size check, frame, crossing, answer. The local after the parameters is a scratch register.
function crossing(number, params, sizeType) {
  const scratch = params.length;
  const store = { i: op.store32, I: op.store64 };
  const args = [...params].flatMap((type, i) =>
    [...op.i32(0), op.get, i, ...store[type](frame.args + 8 * i)]);
  return body('i', [
    ...op.i32(slot.size), op.callIndirect, sizeType, 0, op.tee, scratch, op.getGlobal, globals.size, op.i32ne,
    ...op.if, op.get, scratch, op.call, imports.refresh, op.get, scratch, op.setGlobal, globals.size, op.end,
    ...op.i32(0), op.getGlobal, globals.object, ...op.store64(frame.object),
    ...op.i32(0), ...op.i32(number), ...op.store32(frame.function),
    ...args,
    op.call, imports.enter,
    ...op.i32(0), ...op.load32(frame.value), op.tee, scratch, ...op.i32(0), op.i32lt,
    ...op.if, op.get, scratch, op.call, imports.unwind, op.end,
    op.get, scratch,
  ]);
}

const forward = (index, type) =>
  body('', [op.get, 0, op.get, 1, ...op.i32(slot.served + index), op.callIndirect, type, 0]);

// `functions` is what the addon's functions() gives. A served function has its crossing too, as "NAME.c".
function trampolines(functions) {
  const table = typeTable();
  const none = table.index('', '');
  const one = table.index('i', '');
  const size = table.index('', 'i');
  const pair = table.index('ii', 'i');
  const all = []; // [name, type, body]
  functions.forEach(({ name, params }, number) => {
    if (name === 'proc_exit') {
      return; // needs no host
    }
    const type = table.index(params, 'i');
    const isServed = served.includes(name);
    all.push([isServed ? `${name}.c` : name, type, crossing(number, params, size)]);
    if (isServed) {
      all.push([name, pair, forward(served.indexOf(name), pair)]);
    }
  });
  const unboundThen = [op.call, imports.unbound, ...op.i32(0)];
  return assemble({
    types: table.encoded(),
    imports: [
      ...[['enter', none], ['refresh', one], ['unwind', one], ['unbound', none]]
        .map(([name, type]) => [...string('r'), ...string(name), kind.function, type]),
      [...string('r'), ...string('frame'), kind.memory, 0, 1],
      [...string('r'), ...string('object'), kind.global, types.I, 0],
    ],
    functions: [size, pair, ...all.map(([, type]) => type)].map((type) => [type]),
    tables: [[0x70, 0, 1 + served.length]],
    globals: [[types.i, 1, ...op.i32(-1), op.end]],
    exports: [
      [...string('table'), kind.table, 0],
      [...string('size'), kind.global, globals.size],
      [...string('unbound.size'), kind.function, own.unboundSize],
      [...string('unbound.served'), kind.function, own.unboundServed],
      ...all.map(([name], i) => [...string(name), kind.function, ...unsigned(own.first + i)]),
    ],
    elements: [[0, ...op.i32(0), op.end, ...vector([own.unboundSize, ...served.map(() => own.unboundServed)]
      .map((index) => [index]))]],
    code: [body('', unboundThen), body('', unboundThen), ...all.map(([, , code]) => code)],
  });
}

// ---- G ----

// Whether `length` bytes at the pointer in a parameter leave the memory, in 64 bits.
const leaves = (parameter, length) => [
  op.get, parameter, op.extend, ...op.i64(length), op.i64add,
  ...op.memorySize, op.extend, ...op.i64(16), op.i64shl, op.i64gtu,
];

const unlessInside = (first, second) => [
  ...leaves(0, first), ...leaves(1, second), op.i32or,
  ...op.if, ...op.i32(overflow), op.return, op.end,
];

// The bytes of each string, its NUL included, one after the other; pointers to them in an array.
function writeStrings({ bytes, offsets }, segment) {
  return body('', [
    ...unlessInside(4 * offsets.length, bytes.length),
    op.get, 1, ...op.i32(0), ...op.i32(bytes.length), ...op.memoryInit(segment),
    ...offsets.flatMap((offset, i) => [op.get, 0, op.get, 1, ...op.i32(offset), op.i32add, ...op.store32(4 * i)]),
    ...op.i32(0),
  ]);
}

const writeSizes = ({ bytes, offsets }) => body('', [
  ...unlessInside(4, 4),
  op.get, 0, ...op.i32(offsets.length), ...op.store32(0),
  op.get, 1, ...op.i32(bytes.length), ...op.store32(0),
  ...op.i32(0),
]);

// A guest's memory: [flags, minimum, maximum]; a maximum is said where the type must have one.
const memories = {
  unshared: [0, 0],
  shared: [3, 0, ...unsigned(65536)],
  unshared64: [4, 0],
};

/**
 * @param {keyof memories} memory
 * @param {undefined | {args, env}} strings  what is served: { bytes, offsets } each; none for "unshared64"
 */
function memoryModule(memory, strings) {
  const size = memory === 'unshared64' ? [...op.memorySize, op.wrap] : op.memorySize;
  const code = [body('', size)];
  const data = [];
  if (strings !== undefined) {
    data.push(strings.args.bytes, strings.env.bytes);
    code.push(writeStrings(strings.args, 0), writeSizes(strings.args),
      writeStrings(strings.env, 1), writeSizes(strings.env));
  }
  const names = ['size', ...served].slice(0, code.length);
  return assemble({
    types: [functionType(['', 'i']), functionType(['ii', 'i'])],
    imports: [[...string('r'), ...string('memory'), kind.memory, ...memories[memory]]],
    functions: names.map((name, i) => [i === 0 ? 0 : 1]),
    exports: names.map((name, i) => [...string(name), kind.function, i]),
    dataCount: data.length,
    code,
    data: data.map((bytes) => [1, ...vector([...bytes].map((byte) => [byte]))]),
  });
}

module.exports = { frame, memoryModule, served, slot, trampolines };
