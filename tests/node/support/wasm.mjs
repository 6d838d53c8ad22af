// Makes the small WebAssembly modules of the tests: forwarders to the host's functions, and a _start of a few calls.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { signatures } from './functions.mjs';

const I32 = 0x7f;
const I64 = 0x7e;

/** LEB128, signed or unsigned; takes Numbers and BigInts. */
function leb(value, signed) {
  const bytes = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const ends = signed ? (rest === 0n && low < 64) || (rest === -1n && low >= 64) : rest === 0n;
    bytes.push(ends ? low : low | 0x80);
    if (ends) {
      return bytes;
    }
  }
}

const number = (value) => leb(value, false);
const text = (value) => counted([...new TextEncoder().encode(value)]);
const counted = (bytes) => [...number(bytes.length), ...bytes];
const list = (items) => [...number(items.length), ...items.flat()];
const section = (id, items) => (items.length === 0 ? [] : [id, ...counted(list(items))]);
const letters = (params) => [...params].map((letter) => (letter === 'I' ? I64 : I32));

function limits({ initial, maximum, shared = false, memory64 = false }) {
  const flags = (maximum === undefined ? 0 : 1) | (shared ? 2 : 0) | (memory64 ? 4 : 0);
  return [flags, ...number(initial), ...(maximum === undefined ? [] : number(maximum))];
}

const signatureOf = (name) => ({ params: signatures[name], results: name === 'proc_exit' ? '' : 'i' });

/** Instructions that put one argument on the stack. */
function constant(value, letter) {
  return letter === 'I' ? [0x42, ...leb(BigInt.asIntN(64, BigInt(value)), true)] : [0x41, ...leb(value | 0, true)];
}

/** Instructions that call the import `index` with constants and drop its errno. */
function callOf(index, name, args) {
  const { params, results } = signatureOf(name);
  const pushes = [...params].flatMap((letter, at) => constant(args[at], letter));
  return [...pushes, 0x10, ...number(index), ...(results === '' ? [] : [0x1a])];
}

/**
 * The bytes of a module that imports `calls` (names of WASI functions) from `module` and exports a forwarder of each
 * under the same name, its memory as `memory`, and functions made of calls with constant arguments:
 * `bodies` is { _start: [['proc_exit', 3], ['unreachable']], … }. With `caught`, those calls stand in a try that
 * catches everything; with `startSection`, the body of that name runs at instantiation.
 */
export function encode({
  calls = [],
  module = 'wasi_snapshot_preview1',
  memory = { initial: 1 },
  importMemory = false,
  bodies = {},
  caught = false,
  startSection,
  data = [],
} = {}) {
  const types = [[0x60, 0, 0]];
  const imports = calls.map((name, index) => {
    const { params, results } = signatureOf(name);
    types.push([0x60, ...counted(letters(params)), ...counted(letters(results))]);
    return [...text(module), ...text(name), 0x00, ...number(index + 1)];
  });
  const exports = [];
  const functions = [];
  const code = [];
  const define = (name, type, body) => {
    exports.push([...text(name), 0x00, ...number(calls.length + functions.length)]);
    functions.push(number(type));
    code.push(counted([0, ...body, 0x0b]));
  };
  calls.forEach((name, index) => {
    const gets = [...signatures[name]].flatMap((_, at) => [0x20, ...number(at)]);
    define(name, index + 1, [...gets, 0x10, ...number(index)]);
  });
  const indexOf = (name) => calls.length * 2 + Object.keys(bodies).indexOf(name);
  for (const [name, steps] of Object.entries(bodies)) {
    const body = steps.flatMap(([callee, ...args]) =>
      (callee === 'unreachable' ? [0x00] : callOf(calls.indexOf(callee), callee, args)));
    define(name, 0, caught ? [0x06, 0x40, ...body, 0x19, 0x0b] : body);
  }
  if (memory !== null) {
    exports.push([...text('memory'), 0x02, 0]);
  }
  const memoryImport = [...text('env'), ...text('memory'), 0x02, ...limits(memory ?? { initial: 0 })];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, importMemory ? [...imports, memoryImport] : imports),
    ...section(3, functions),
    ...section(5, memory === null || importMemory ? [] : [limits(memory)]),
    ...section(7, exports),
    ...(startSection === undefined ? [] : [8, ...counted(number(indexOf(startSection)))]),
    ...section(10, code),
    ...section(11, data.map(([at, bytes]) => [0, ...constant(at, 'i'), 0x0b, ...counted([...bytes])])),
  ]);
}

/** An instance of such a module on the imports of `wasi`. */
export function instantiate(wasi, { env, ...shape } = {}) {
  const imports = env === undefined ? wasi.getImportObject() : { ...wasi.getImportObject(), env };
  return new WebAssembly.Instance(new WebAssembly.Module(encode(shape)), imports);
}
