// wasiImport and getImportObject() are node:wasi's: 46 bound functions in order, which a program may replace in place.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drive } from './support/guest.mjs';
import { thrownBy } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { names, signatures } from './support/functions.mjs';
import { instantiate } from './support/wasm.mjs';

const version = 'preview1';
const exits = { calls: ['proc_exit'], bodies: { _start: [['proc_exit', 4]] } };

test('wasiImport is an ordinary, extensible object of a class called WASI', () => {
  const { wasiImport } = new WASI({ version });
  assert.equal(Object.isExtensible(wasiImport), true);
  assert.equal(Object.prototype.toString.call(wasiImport), '[object Object]');
  assert.equal(wasiImport.constructor.name, 'WASI');
  assert.notEqual(wasiImport.constructor, WASI);
});

test('wasiImport has the 46 functions as own properties, in the order of their names', () => {
  assert.deepEqual(Reflect.ownKeys(new WASI({ version }).wasiImport), names);
  assert.equal(names.length, 46);
});

test('the prototype of wasiImport carries the 46 functions too', () => {
  const prototype = Object.getPrototypeOf(new WASI({ version }).wasiImport);
  assert.deepEqual(names.filter((name) => typeof prototype[name] !== 'function'), []);
});

for (const name of names) {
  test(`wasiImport.${name} is a replaceable bound function of its own object`, () => {
    const { wasiImport } = new WASI({ version });
    const { value, ...rest } = Object.getOwnPropertyDescriptor(wasiImport, name);
    assert.deepEqual(rest, { writable: true, enumerable: true, configurable: true });
    assert.equal(typeof value, 'function');
    assert.equal(value.name, name === 'proc_exit' ? 'bound wasiReturnOnProcExit' : `bound ${name}`);
    assert.equal(value.length, signatures[name].length);
    assert.equal(Object.hasOwn(value, 'prototype'), false);
    assert.notEqual(value, new WASI({ version }).wasiImport[name]);
  });
}

test('proc_exit is another function where returnOnExit is false', () => {
  const { proc_exit: exit } = new WASI({ version, returnOnExit: false }).wasiImport;
  assert.equal(exit.name, 'bound proc_exit');
  assert.equal(exit.length, 1);
});

test('a function of wasiImport takes no heed of its this', () => {
  const { wasi } = drive(new WASI({ version }));
  const { sched_yield: yields, fd_close: closes } = wasi.wasiImport;
  for (const self of [undefined, null, {}, wasi, 1]) {
    assert.equal(yields.call(self), 0);
    assert.equal(closes.call(self, 99), 8);
  }
});

test('a function of wasiImport that is replaced in place is the one the guest calls', () => {
  const wasi = new WASI({ version });
  const seen = [];
  wasi.wasiImport.sched_yield = () => {
    seen.push('yielded');
    return 7;
  };
  assert.equal(drive(wasi).call.sched_yield(), 7);
  assert.deepEqual(seen, ['yielded']);
});

test('proc_exit may be wrapped as emnapi does, whatever this is', () => {
  for (const self of ['wasiImport', undefined]) {
    const wasi = new WASI({ version });
    const codes = [];
    const { proc_exit: original } = wasi.wasiImport;
    wasi.wasiImport.proc_exit = function exit(code) {
      codes.push(code);
      return original.call(self === undefined ? undefined : this, code);
    };
    assert.equal(wasi.start(instantiate(wasi, exits)), 4);
    assert.deepEqual(codes, [4]);
  }
});

test('a function may be added to wasiImport, and a deleted one is still there by the prototype', () => {
  const wasi = new WASI({ version });
  wasi.wasiImport.thread_spawn = () => 1;
  delete wasi.wasiImport.sock_accept;
  const { wasi_snapshot_preview1: imports } = wasi.getImportObject();
  assert.equal(imports.thread_spawn(), 1);
  assert.equal(Object.hasOwn(imports, 'sock_accept'), false);
  assert.equal(typeof imports.sock_accept, 'function');
});

for (const [given, module] of [['preview1', 'wasi_snapshot_preview1'], ['unstable', 'wasi_unstable']]) {
  test(`getImportObject() of ${given} is a new object with ${module} alone`, () => {
    const wasi = new WASI({ version: given });
    const [one, other] = [wasi.getImportObject(), wasi.getImportObject()];
    assert.deepEqual(Reflect.ownKeys(one), [module]);
    assert.equal(Object.getPrototypeOf(one), Object.prototype);
    assert.equal(one[module], wasi.wasiImport);
    assert.notEqual(one, other);
  });
}

test('getImportObject() reads the wasiImport of the moment', () => {
  const wasi = new WASI({ version });
  const replacement = { ...wasi.wasiImport };
  wasi.wasiImport = replacement;
  assert.equal(wasi.getImportObject().wasi_snapshot_preview1, replacement);
  assert.equal(wasi.start(instantiate(wasi, exits)), 4);
});

test('a module links to all 46 functions, and to none that was taken away', () => {
  const wasi = new WASI({ version });
  const instance = instantiate(wasi, { calls: names });
  assert.deepEqual(names.filter((name) => typeof instance.exports[name] !== 'function'), []);
  wasi.wasiImport.fd_write = undefined;
  assert.equal(thrownBy(() => instantiate(wasi, { calls: names })).name, 'LinkError');
});
