// proc_exit ends the guest with its code: through start, past initialize as a symbol, or as the end of the process.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, symbolOf, thrownBy } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { encode, instantiate } from './support/wasm.mjs';

const fresh = (options) => new WASI({ version: 'preview1', ...options });
const exitCodeOf = (wasi) => wasi[symbolOf(wasi, 'kExitCode')];
const exitsWith = (code, shape) => ({ calls: ['proc_exit'], bodies: { _start: [['proc_exit', code]] }, ...shape });
const memory = () => new WebAssembly.Memory({ initial: 1 });

/** What the symbol of proc_exit is. */
const exitSymbol = thrownBy(() => fresh().wasiImport.proc_exit(0));

for (const code of [0, 1, 255, 256, 2147483647, -1, -2147483648]) {
  test(`start returns the code ${code} as the guest gave it`, () => {
    const wasi = fresh();
    assert.equal(wasi.start(instantiate(wasi, exitsWith(code))), code);
    assert.equal(exitCodeOf(wasi), code);
  });
}

test('start returns 0 where the guest does not exit', () => {
  const wasi = fresh();
  assert.equal(wasi.start(instantiate(wasi, { bodies: { _start: [] } })), 0);
});

test('nothing of the guest runs after proc_exit', () => {
  const wasi = fresh();
  assert.equal(wasi.start(instantiate(wasi, exitsWith(7, {
    bodies: { _start: [['proc_exit', 7], ['unreachable']] },
  }))), 7);
});

test('returnOnExit: true is the default', () => {
  const wasi = fresh({ returnOnExit: true });
  assert.equal(wasi.start(instantiate(wasi, exitsWith(7))), 7);
});

test('what is thrown is a symbol of all objects, kExitCode, and no Error', () => {
  assert.equal(typeof exitSymbol, 'symbol');
  assert.equal(exitSymbol.description, 'kExitCode');
  assert.notEqual(exitSymbol, Symbol.for('kExitCode'));
  assert.equal(thrownBy(() => fresh().wasiImport.proc_exit(1)), exitSymbol);
  const wasi = fresh();
  assert.equal(symbolOf(wasi, 'kExitCode'), exitSymbol);
});

test('proc_exit needs no memory and no start', () => {
  const wasi = fresh();
  assert.equal(thrownBy(() => wasi.wasiImport.proc_exit(11)), exitSymbol);
  assert.equal(exitCodeOf(wasi), 11);
  const { exports } = instantiate(wasi, exitsWith(12));
  assert.equal(thrownBy(() => exports.proc_exit(13)), exitSymbol);
  assert.equal(exitCodeOf(wasi), 13);
});

test('in initialize the symbol comes out to the caller', () => {
  const wasi = fresh();
  const instance = instantiate(wasi, { calls: ['proc_exit'], bodies: { _initialize: [['proc_exit', 9]] } });
  assert.equal(thrownBy(() => wasi.initialize(instance)), exitSymbol);
  assert.equal(exitCodeOf(wasi), 9);
});

test('in a later call of an export the symbol comes out to the caller', () => {
  const wasi = fresh();
  const instance = instantiate(wasi, { calls: ['proc_exit'], bodies: { later: [['proc_exit', 10]] } });
  wasi.initialize(instance);
  assert.equal(thrownBy(() => instance.exports.later()), exitSymbol);
  assert.equal(exitCodeOf(wasi), 10);
});

test('after a start, a later call gives the symbol too and changes the code that was recorded', () => {
  const wasi = fresh();
  const instance = instantiate(wasi, exitsWith(3));
  assert.equal(wasi.start(instance), 3);
  assert.equal(thrownBy(() => instance.exports._start()), exitSymbol);
  assert.equal(thrownBy(() => wasi.wasiImport.proc_exit(4)), exitSymbol);
  assert.equal(exitCodeOf(wasi), 4);
});

test('a direct call records a whole number as it is', () => {
  for (const code of [0, 5, -3, 256]) {
    const wasi = fresh();
    assert.equal(thrownBy(() => wasi.wasiImport.proc_exit(code)), exitSymbol);
    assert.equal(exitCodeOf(wasi), code);
  }
});

test('the exit of another object ends this start too, which returns a code of its own', () => {
  const [one, other] = [fresh(), fresh()];
  const exports = { memory: memory(), _start: () => other.wasiImport.proc_exit(8) };
  assert.equal(one.start({ exports }), 0);
  assert.equal(exitCodeOf(one), 0);
  assert.equal(exitCodeOf(other), 8);
});

test('starts may be nested, each with its code', () => {
  const codes = [];
  const _start = () => {
    const inner = fresh();
    codes.push(inner.start(instantiate(inner, exitsWith(21))));
    outer.wasiImport.proc_exit(22);
  };
  const outer = fresh();
  codes.push(outer.start({ exports: { memory: memory(), _start } }));
  assert.deepEqual(codes, [21, 22]);
});

test('a host function that catches the symbol goes on, and start returns the code at the end', () => {
  const wasi = fresh();
  let wentOn = false;
  const _start = () => {
    assert.throws(() => wasi.wasiImport.proc_exit(5));
    wentOn = true;
  };
  assert.equal(wasi.start({ exports: { memory: memory(), _start } }), 5);
  assert.equal(wentOn, true);
});

test('a guest that catches everything goes on, and start returns the code at the end', () => {
  const wasi = fresh();
  assert.equal(wasi.start(instantiate(wasi, exitsWith(6, { caught: true }))), 6);
});

test('another symbol of the same description comes out of start', () => {
  const impostor = Symbol('kExitCode');
  const exports = { memory: memory(), _start() { throw impostor; } };
  assert.equal(thrownBy(() => fresh().start({ exports })), impostor);
});

test('proc_exit works out of a start section, before there is an instance', () => {
  const wasi = fresh();
  const bytes = encode(exitsWith(14, { startSection: '_start' }));
  const module = new WebAssembly.Module(bytes);
  assert.equal(thrownBy(() => new WebAssembly.Instance(module, wasi.getImportObject())), exitSymbol);
  assert.equal(exitCodeOf(wasi), 14);
});

/** Ends the child by a guest's exit; what must not happen afterwards writes to stdout. */
const endsProcess = (code, inside = '') => `
  process.on('exit', () => fs.writeSync(1, 'exit event'));
  const wasi = new WASI({ version: 'preview1', returnOnExit: false });
  const shape = { calls: ['proc_exit'], bodies: { _start: [['proc_exit', ${code}]] } };
  try {
    ${inside || 'wasi.start(instantiate(wasi, shape));'}
  } finally {
    fs.writeSync(1, 'finally');
  }
  fs.writeSync(1, 'afterwards');`;

for (const [code, status] of [[0, 0], [7, 7], [255, 255], [256, 0], [-1, 255], [1000, 232]]) {
  test(`returnOnExit: false ends the process by ${code} with status ${status}, no event and no finally`, () => {
    const child = run(endsProcess(code));
    assert.equal(child.stdout, '');
    assert.deepEqual([child.status, child.signal], [status, null], child.stderr);
  });
}

test('returnOnExit: false ends the process by a direct call and out of a later export too', () => {
  const direct = run(endsProcess(33, `
    wasi.finalizeBindings(instantiate(wasi, shape));
    wasi.wasiImport.proc_exit(33);`));
  assert.deepEqual([direct.status, direct.stdout], [33, ''], direct.stderr);
  const later = run(endsProcess(34, `
    const started = instantiate(wasi, shape);
    wasi.finalizeBindings(started);
    started.exports._start();`));
  assert.deepEqual([later.status, later.stdout], [34, ''], later.stderr);
});

test('returnOnExit: false needs a memory before its proc_exit ends anything', () => {
  const child = run(`
    const wasi = new WASI({ version: 'preview1', returnOnExit: false });
    assert.throws(() => wasi.wasiImport.proc_exit(33), { code: 'ERR_WASI_NOT_STARTED' });
    fs.writeSync(1, 'done');`);
  assert.deepEqual([child.status, child.stdout], [0, 'done'], child.stderr);
});

test('returnOnExit: false in a Worker ends the whole process', () => {
  const child = run(`
    import { Worker, isMainThread } from 'node:worker_threads';
    import { fileURLToPath } from 'node:url';
    if (isMainThread) {
      new Worker(fileURLToPath(import.meta.url));
      setTimeout(() => process.exit(99), 20000);
    } else {
      const wasi = new WASI({ version: 'preview1', returnOnExit: false });
      wasi.start(instantiate(wasi, { calls: ['proc_exit'], bodies: { _start: [['proc_exit', 35]] } }));
    }`);
  assert.deepEqual([child.status, child.stdout], [35, ''], child.stderr);
});
