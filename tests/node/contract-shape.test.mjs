// The shape of module and class is node:wasi's: exports, prototype, the instance's symbols, and what is done with them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest } from './support/guest.mjs';
import { assertPlainTypeError, symbolOf, thrownBy } from './support/host.mjs';
import { WASI, namespace, required } from './support/impl.mjs';
import { instantiate } from './support/wasm.mjs';

const version = 'preview1';
const symbols = ['kBindingName', 'kSetMemory', 'kStarted', 'kExitCode', 'kInstance'];
const methods = { constructor: 0, finalizeBindings: 1, start: 1, initialize: 1, getImportObject: 0 };
const extensions = ['close', 'stdoutData', 'stderrData', 'refusal', Symbol.dispose];

test('the ES module exports WASI, and a default with WASI alone', () => {
  assert.deepEqual(Object.keys(namespace).sort(), ['WASI', 'default']);
  assert.deepEqual(Object.keys(namespace.default), ['WASI']);
  assert.equal(namespace.default.WASI, WASI);
});

test('the CommonJS module exports the same WASI alone', () => {
  assert.deepEqual(Object.keys(required), ['WASI']);
  assert.equal(required.WASI, WASI);
});

test('the class is called WASI, takes no obligatory argument and has no statics', () => {
  assert.equal(WASI.name, 'WASI');
  assert.equal(WASI.length, 0);
  assert.deepEqual(Reflect.ownKeys(WASI).sort(), ['length', 'name', 'prototype']);
});

test('the class cannot be called without new', () => {
  assertPlainTypeError(thrownBy(() => WASI({ version })), /^Class constructor WASI cannot be invoked without 'new'$/);
});

test('new WASI() without options is the error of a missing version', () => {
  assert.throws(() => new WASI(), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('an object has no tag of its own', () => {
  assert.equal(Object.prototype.toString.call(new WASI({ version })), '[object Object]');
  assert.equal(Symbol.toStringTag in new WASI({ version }), false);
});

test('the prototype has the four methods in their order, and beyond them documented extensions only', () => {
  const keys = Reflect.ownKeys(WASI.prototype);
  assert.deepEqual(keys.filter((key) => !extensions.includes(key)), Object.keys(methods));
});

for (const [name, length] of Object.entries(methods)) {
  test(`the prototype's ${name} is a hidden, writable function of ${length} arguments`, () => {
    const { value, ...rest } = Object.getOwnPropertyDescriptor(WASI.prototype, name);
    assert.equal(typeof value, 'function');
    assert.equal(value.length, length);
    assert.equal(value.name, name === 'constructor' ? 'WASI' : name);
    assert.deepEqual(rest, { writable: true, enumerable: false, configurable: true });
  });
}

test('an object has one own string key, wasiImport, and five own symbols in their order', () => {
  const keys = Reflect.ownKeys(new WASI({ version }));
  assert.deepEqual(keys.map((key) => (typeof key === 'symbol' ? key.description : key)), ['wasiImport', ...symbols]);
});

for (const name of ['wasiImport', ...symbols]) {
  test(`an object's ${name} is a plain writable data property`, () => {
    const wasi = new WASI({ version });
    const key = name === 'wasiImport' ? name : symbolOf(wasi, name);
    const { value, ...rest } = Object.getOwnPropertyDescriptor(wasi, key);
    assert.deepEqual(rest, { writable: true, enumerable: true, configurable: true });
    assert.equal(typeof value, {
      wasiImport: 'object',
      kBindingName: 'string',
      kSetMemory: 'function',
      kStarted: 'boolean',
      kExitCode: 'number',
      kInstance: 'undefined',
    }[name]);
  });
}

test('the symbols are those of the class, not of the object', () => {
  const [one, other] = [new WASI({ version }), new WASI({ version })];
  assert.deepEqual(Object.getOwnPropertySymbols(one), Object.getOwnPropertySymbols(other));
});

test('kBindingName is the module that the version names', () => {
  const bindingName = (wasi) => wasi[symbolOf(wasi, 'kBindingName')];
  assert.equal(bindingName(new WASI({ version })), 'wasi_snapshot_preview1');
  assert.equal(bindingName(new WASI({ version: 'unstable' })), 'wasi_unstable');
});

test('kStarted, kExitCode and kInstance are the real state', () => {
  const { wasi, instance } = guest();
  assert.equal(wasi[symbolOf(wasi, 'kStarted')], true);
  assert.equal(wasi[symbolOf(wasi, 'kInstance')], instance);
  assert.equal(wasi[symbolOf(wasi, 'kExitCode')], 0);
  assert.throws(() => wasi.wasiImport.proc_exit(9));
  assert.equal(wasi[symbolOf(wasi, 'kExitCode')], 9);
});

test('kSetMemory binds a memory without marking the object started', () => {
  const wasi = new WASI({ version, args: ['one'] });
  const memory = new WebAssembly.Memory({ initial: 1 });
  wasi[symbolOf(wasi, 'kSetMemory')](memory);
  assert.equal(wasi.wasiImport.args_sizes_get(0, 4), 0);
  assert.deepEqual([...new Uint32Array(memory.buffer, 0, 2)], [1, 4]);
  assert.equal(wasi[symbolOf(wasi, 'kStarted')], false);
});

test('kSetMemory refuses what is no memory', () => {
  const wasi = new WASI({ version });
  const error = thrownBy(() => wasi[symbolOf(wasi, 'kSetMemory')]({ buffer: new ArrayBuffer(8) }));
  assert.equal(error.name, 'TypeError');
  assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
});

test('kSetMemory binds another memory in the place of the first', () => {
  const wasi = new WASI({ version, args: ['one'] });
  const memories = [new WebAssembly.Memory({ initial: 1 }), new WebAssembly.Memory({ initial: 1 })];
  memories.forEach((memory) => wasi[symbolOf(wasi, 'kSetMemory')](memory));
  assert.equal(wasi.wasiImport.args_sizes_get(0, 4), 0);
  assert.deepEqual(memories.map((memory) => new Uint32Array(memory.buffer)[0]), [0, 1]);
});

test('an object whose kStarted was set back to false starts again', () => {
  const wasi = new WASI({ version });
  const shape = { calls: ['proc_exit'], bodies: { _start: [['proc_exit', 5]] } };
  assert.equal(wasi.start(instantiate(wasi, shape)), 5);
  assert.throws(() => wasi.start(instantiate(wasi, shape)), { code: 'ERR_WASI_ALREADY_STARTED' });
  wasi[symbolOf(wasi, 'kStarted')] = false;
  assert.equal(wasi.start(instantiate(wasi, shape)), 5);
});

test('an object whose kStarted was set to true does not start', () => {
  const wasi = new WASI({ version });
  wasi[symbolOf(wasi, 'kStarted')] = true;
  assert.throws(() => wasi.initialize(instantiate(wasi)), { code: 'ERR_WASI_ALREADY_STARTED' });
});

test('the way of emnapi works: kInstance is set, kSetMemory is called, kStarted is set back', () => {
  const wasi = new WASI({ version, args: ['one', 'two'] });
  const bodies = { _start: [['proc_exit', 3]] };
  const instance = instantiate(wasi, { calls: ['args_sizes_get', 'proc_exit'], bodies });
  wasi[symbolOf(wasi, 'kInstance')] = instance;
  wasi[symbolOf(wasi, 'kSetMemory')](instance.exports.memory);
  wasi[symbolOf(wasi, 'kStarted')] = false;
  assert.equal(instance.exports.args_sizes_get(16, 20), 0);
  assert.equal(new Uint32Array(instance.exports.memory.buffer)[4], 2);
  assert.equal(wasi.start(instance), 3);
});

test('what start returns is the object\'s kExitCode', () => {
  const wasi = new WASI({ version });
  wasi[symbolOf(wasi, 'kExitCode')] = 77;
  assert.equal(wasi.start(instantiate(wasi, { bodies: { _start: [] } })), 77);
});

test('a frozen object does not start, by an ordinary TypeError', () => {
  const wasi = Object.freeze(new WASI({ version }));
  const instance = instantiate(wasi, { bodies: { _start: [] } });
  const error = thrownBy(() => wasi.start(instance));
  assertPlainTypeError(error, /^Cannot assign to read only property 'Symbol\(kInstance\)'/);
});

test('the methods need their object', () => {
  const { getImportObject, start } = new WASI({ version });
  assertPlainTypeError(
    thrownBy(() => getImportObject()), /^Cannot read properties of undefined \(reading 'Symbol\(kBindingName\)'\)$/);
  assertPlainTypeError(
    thrownBy(() => start({})), /^Cannot read properties of undefined \(reading 'finalizeBindings'\)$/);
});

for (const [method, shape] of [['start', { bodies: { _start: [] } }], ['initialize', {}]]) {
  test(`${method} calls the finalizeBindings of a subclass with the instance alone`, () => {
    const seen = [];
    class Observed extends WASI {
      finalizeBindings(...given) {
        seen.push(given);
        return super.finalizeBindings(...given);
      }
    }
    const wasi = new Observed({ version });
    const instance = instantiate(wasi, shape);
    wasi[method](instance);
    assert.deepEqual(seen.map((given) => given.length), [1]);
    assert.equal(seen[0][0], instance);
    assert.ok(wasi instanceof WASI);
    assert.equal(wasi.constructor.name, 'Observed');
  });
}

test('an object cannot be cloned', () => {
  assert.throws(() => structuredClone(new WASI({ version })), { name: 'DataCloneError' });
});
