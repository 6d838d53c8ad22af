// start, initialize and finalizeBindings check in Node's order, share one state, and take every real memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { test } from 'node:test';
import vm from 'node:vm';
import { assertAlreadyStarted, assertArgumentError, assertInvalidMemory } from './support/errors.mjs';
import { assertPlainTypeError, symbolOf, thrownBy } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { instantiate } from './support/wasm.mjs';

const fresh = (options) => new WASI({ version: 'preview1', ...options });
const memory = () => new WebAssembly.Memory({ initial: 1 });
const noop = () => {};
const isStarted = (wasi) => wasi[symbolOf(wasi, 'kStarted')];
const typeError = (action, message) => assertArgumentError(action, 'ERR_INVALID_ARG_TYPE', message);

/** The three methods, each with exports that it takes. */
const methods = {
  finalizeBindings: () => ({ memory: memory() }),
  start: () => ({ memory: memory(), _start: noop }),
  initialize: () => ({ memory: memory(), _initialize: noop }),
};

/** What is no object to a validator of objects, and how "Received" speaks of it. */
const notObjects = [
  [undefined, 'undefined'],
  [null, 'null'],
  [1, 'type number (1)'],
  ['x', "type string ('x')"],
  [true, 'type boolean (true)'],
  [1n, 'type bigint (1n)'],
  [Symbol('s'), 'type symbol (Symbol(s))'],
  [[], 'an instance of Array'],
  [noop, 'function noop'],
];

for (const [method, exports] of Object.entries(methods)) {
  for (const [value, words] of notObjects) {
    test(`${method}: an instance must be an object, not ${words}`, () => {
      const wasi = fresh();
      typeError(() => wasi[method](value), `The "instance" argument must be of type object. Received ${words}`);
      assert.equal(isStarted(wasi), false);
    });

    test(`${method}: its exports must be an object, not ${words}`, () => {
      const wasi = fresh();
      typeError(() => wasi[method]({ exports: value }),
        `The "instance.exports" property must be of type object. Received ${words}`);
      assert.equal(isStarted(wasi), false);
    });
  }

  test(`${method}: what is no memory is refused`, () => {
    const impostors = [
      undefined, null, 1, {}, new ArrayBuffer(65536), { buffer: new ArrayBuffer(65536) }, noop,
      Object.create(WebAssembly.Memory.prototype), new Proxy(memory(), {}), Object.setPrototypeOf({}, memory()),
      new WebAssembly.Table({ initial: 1, element: 'anyfunc' }),
    ];
    for (const impostor of impostors) {
      const wasi = fresh();
      assertInvalidMemory(() => wasi[method]({ exports: { ...exports(), memory: impostor } }));
      assert.equal(isStarted(wasi), false);
      assert.equal(wasi[symbolOf(wasi, 'kInstance')], undefined);
    }
  });

  test(`${method}: after a failure up to the memory another try may succeed`, () => {
    const wasi = fresh();
    assert.throws(() => wasi[method](1));
    assert.throws(() => wasi[method]({ exports: 1 }));
    assert.throws(() => wasi[method]({ exports: {} }));
    assert.doesNotThrow(() => wasi[method]({ exports: exports() }));
    assert.equal(isStarted(wasi), true);
  });

  test(`${method}: started counts before wrong arguments, whichever method started`, () => {
    for (const [first, firstExports] of Object.entries(methods)) {
      const wasi = fresh();
      wasi[first]({ exports: firstExports() });
      for (const argument of [undefined, 1, { exports: 1 }, { exports: {} }, { exports: exports() }]) {
        assertAlreadyStarted(() => wasi[method](argument));
      }
    }
  });
}

test('finalizeBindings: null as its options is a plain TypeError, before everything else', () => {
  for (const wasi of [fresh(), started()]) {
    assertPlainTypeError(
      thrownBy(() => wasi.finalizeBindings(1, null)), /^Cannot read properties of null \(reading 'memory'\)$/);
  }
});

function started() {
  const wasi = fresh();
  wasi.finalizeBindings({ exports: { memory: memory() } });
  return wasi;
}

test('finalizeBindings: the getter of options.memory runs before everything else', () => {
  const options = { get memory() { throw new Error('read'); } };
  assert.throws(() => fresh().finalizeBindings(1, options), /^Error: read$/);
  assert.throws(() => started().finalizeBindings(1, options), /^Error: read$/);
});

test('finalizeBindings: where options have no memory, that of the exports is read before anything is checked', () => {
  const instance = { exports: { get memory() { throw new Error('read'); } } };
  assert.throws(() => started().finalizeBindings(instance), /^Error: read$/);
  assert.throws(() => started().finalizeBindings(instance, {}), /^Error: read$/);
  assertAlreadyStarted(() => started().finalizeBindings(instance, { memory: memory() }));
});

test('finalizeBindings: options.memory goes before the memory of the exports, which is not read', () => {
  const wasi = fresh({ args: ['one'] });
  const own = memory();
  const instance = { exports: { get memory() { throw new Error('read'); } } };
  assert.equal(wasi.finalizeBindings(instance, { memory: own }), undefined);
  assert.equal(wasi.wasiImport.args_sizes_get(0, 4), 0);
  assert.equal(new Uint32Array(own.buffer)[1], 4);
  assert.equal(wasi[symbolOf(wasi, 'kInstance')], instance);
});

test('finalizeBindings: an options.memory that is undefined stands for that of the exports, null does not', () => {
  assert.doesNotThrow(() => fresh().finalizeBindings({ exports: { memory: memory() } }, { memory: undefined }));
  assertInvalidMemory(() => fresh().finalizeBindings({ exports: { memory: memory() } }, { memory: null }));
});

test('finalizeBindings returns undefined, marks started, keeps the instance and leaves the exports alone', () => {
  const wasi = fresh();
  const instance = { exports: { memory: memory(), get _start() { throw new Error('read'); } } };
  assert.equal(wasi.finalizeBindings(instance), undefined);
  assert.equal(isStarted(wasi), true);
  assert.equal(wasi[symbolOf(wasi, 'kInstance')], instance);
});

for (const [value, words] of notObjects.filter(([value]) => value !== noop)) {
  test(`start: _start must be a function, not ${words}; the object stays started`, () => {
    const wasi = fresh();
    const instance = { exports: { memory: memory(), _start: value } };
    typeError(() => wasi.start(instance),
      `The "instance.exports._start" property must be of type function. Received ${words}`);
    assertAlreadyStarted(() => wasi.start({ exports: methods.start() }));
  });

  if (value !== undefined) {
    test(`start: _initialize must be undefined, not ${words}`, () => {
      typeError(() => fresh().start({ exports: { ...methods.start(), _initialize: value } }),
        `The "instance.exports._initialize" property must be undefined. Received ${words}`);
    });

    test(`initialize: _start must be undefined, not ${words}; the object stays started`, () => {
      const wasi = fresh();
      typeError(() => wasi.initialize({ exports: { ...methods.initialize(), _start: value } }),
        `The "instance.exports._start" property must be undefined. Received ${words}`);
      assertAlreadyStarted(() => wasi.initialize({ exports: methods.initialize() }));
    });

    test(`initialize: _initialize must be a function or undefined, not ${words}`, () => {
      typeError(() => fresh().initialize({ exports: { memory: memory(), _initialize: value } }),
        `The "instance.exports._initialize" property must be of type function. Received ${words}`);
    });
  }
}

test('start: a module with both entries is refused for its _initialize, initialize refuses it for its _start', () => {
  const exports = { memory: memory(), _start: noop, _initialize: noop };
  typeError(() => fresh().start({ exports }),
    'The "instance.exports._initialize" property must be undefined. Received function noop');
  typeError(() => fresh().initialize({ exports }),
    'The "instance.exports._start" property must be undefined. Received function noop');
});

test('start calls _start without arguments and returns the exit code, whatever _start returns', () => {
  for (const result of [5, 'x', undefined, Promise.resolve(1)]) {
    const calls = [];
    const _start = (...given) => {
      calls.push(given);
      return result;
    };
    assert.equal(fresh().start({ exports: { memory: memory(), _start } }), 0);
    assert.deepEqual(calls, [[]]);
  }
});

test('initialize calls _initialize without arguments and returns undefined', () => {
  const calls = [];
  const _initialize = (...given) => {
    calls.push(given);
    return 5;
  };
  assert.equal(fresh().initialize({ exports: { memory: memory(), _initialize } }), undefined);
  assert.deepEqual(calls, [[]]);
});

test('initialize does without an _initialize', () => {
  assert.equal(fresh().initialize({ exports: { memory: memory() } }), undefined);
});

for (const method of ['start', 'initialize']) {
  test(`${method} reads the exports in Node's order`, () => {
    const reads = [];
    const exports = methods[method]();
    const spy = (label, target) => new Proxy(target, {
      get(_, name) {
        reads.push(label === '' ? name : `${label}.${String(name)}`);
        return name === 'exports' ? spied : target[name];
      },
    });
    const spied = spy('', exports);
    fresh()[method](spy('i', { exports: spied }));
    assert.deepEqual(reads, ['i.exports', 'memory', 'i.exports', 'i.exports', '_start', '_initialize']);
  });

  test(`${method} lets exceptions through as they are, also a thrown undefined`, () => {
    const entry = method === 'start' ? '_start' : '_initialize';
    for (const thrown of [new Error('own'), undefined, null, 1, Symbol('own'), Symbol('kExitCode')]) {
      let caught = 'nothing';
      try {
        fresh()[method]({ exports: { memory: memory(), [entry]() { throw thrown; } } });
      } catch (error) {
        caught = error;
      }
      assert.equal(caught, thrown);
    }
  });
}

test('a trap of the guest comes out of start as it is', () => {
  const instance = instantiate(fresh(), { bodies: { _start: [['unreachable']] } });
  assert.throws(() => fresh().start(instance), WebAssembly.RuntimeError);
});

/** Shapes of an instance, each around real exports. */
const instances = {
  'a WebAssembly.Instance': (exports) => exports,
  'a plain object': (instance) => ({ exports: instance.exports }),
  'a Proxy of a plain object': (instance) => new Proxy({ exports: instance.exports }, {}),
  'an instance of a class': (instance) => new (class { exports = instance.exports; })(),
  'an object whose exports are inherited': (instance) => Object.create({ exports: instance.exports }),
  'an object with exports without prototype': (instance) => ({
    exports: Object.assign(Object.create(null), instance.exports),
  }),
  'a Proxy as emnapi makes it, with exports by a Proxy over nothing': (instance) => new Proxy(instance, {
    get(target, name) {
      return name === 'exports'
        ? new Proxy(Object.create(null), { get: (_, key) => target.exports[key] })
        : Reflect.get(target, name, target);
    },
  }),
};

for (const [what, wrap] of Object.entries(instances)) {
  test(`start takes ${what}`, () => {
    const wasi = fresh();
    const shape = { calls: ['proc_exit'], bodies: { _start: [['proc_exit', 6]] } };
    const instance = wrap(instantiate(wasi, shape));
    assert.equal(wasi.start(instance), 6);
    assert.equal(wasi[symbolOf(wasi, 'kInstance')], instance);
  });
}

/** Memories that are real, each checked by what the host writes there. */
const memories = {
  'a plain one': () => memory(),
  'a shared one': () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }),
  'one of another realm': () => vm.runInNewContext('new WebAssembly.Memory({ initial: 1 })'),
  'a shared one of another realm': () =>
    vm.runInNewContext('new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })'),
  'a subclassed one': () => new (class extends WebAssembly.Memory {})({ initial: 1 }),
  'one with a foreign prototype': () => Object.setPrototypeOf(memory(), null),
};

/** Engines without 64-bit memories take no notice of `address`, or refuse the count as a BigInt. */
function memory64() {
  try {
    const made = new WebAssembly.Memory({ initial: 1n, address: 'i64' });
    return made.grow(0n) === 1n ? made : undefined;
  } catch {
    return undefined;
  }
}

if (memory64() !== undefined) {
  memories['one of 64-bit addresses'] = memory64;
}

const bufferOf = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer').get;

for (const [what, make] of Object.entries(memories)) {
  test(`a memory may be ${what}`, () => {
    const wasi = fresh({ args: ['one', 'two'] });
    const given = make();
    wasi.finalizeBindings({ exports: { memory: given } });
    assert.equal(wasi.wasiImport.args_sizes_get(0, 4), 0);
    assert.deepEqual([...new Uint32Array(bufferOf.call(given), 0, 2)], [2, 8]);
  });
}

test('a memory may have no page at all; every pointer is out of its bounds', () => {
  const wasi = fresh();
  wasi.finalizeBindings({ exports: { memory: new WebAssembly.Memory({ initial: 0 }) } });
  assert.equal(wasi.wasiImport.sched_yield(), 0);
  assert.equal(wasi.wasiImport.args_sizes_get(0, 4), 61);
});

test('the memory of the object is used, not that of the instance that calls', () => {
  const wasi = fresh({ args: ['one'] });
  const calling = instantiate(wasi, { calls: ['args_sizes_get'] });
  const bound = memory();
  wasi.finalizeBindings(calling, { memory: bound });
  assert.equal(calling.exports.args_sizes_get(0, 4), 0);
  assert.equal(new Uint32Array(bound.buffer)[0], 1);
  assert.equal(new Uint32Array(calling.exports.memory.buffer)[0], 0);
});

test('a memory that grows between calls is followed', () => {
  const wasi = fresh({ args: ['one'] });
  const instance = instantiate(wasi, { calls: ['args_sizes_get', 'random_get'] });
  wasi.initialize(instance);
  const { args_sizes_get: sizes, memory: grown, random_get: random } = instance.exports;
  assert.equal(sizes(65536, 65540), 61);
  grown.grow(1);
  assert.equal(sizes(65536, 65540), 0);
  assert.equal(new Uint32Array(grown.buffer)[16385], 4);
  assert.equal(random(131068, 8), 61);
  grown.grow(20);
  assert.equal(random(131068, 8), 0);
  assert.notEqual(new BigUint64Array(grown.buffer.slice(131064, 131080))[0], 0n);
  assert.equal(wasi.wasiImport.args_sizes_get(65536, 65540), 0);
});

test('two objects have memories and worlds of their own', () => {
  const [one, other] = ['one', 'the other'].map((arg) => {
    const wasi = fresh({ args: [arg] });
    const instance = instantiate(wasi, { calls: ['args_sizes_get'] });
    wasi.initialize(instance);
    return instance.exports;
  });
  assert.equal(one.args_sizes_get(0, 4), 0);
  assert.equal(other.args_sizes_get(0, 4), 0);
  assert.equal(new Uint32Array(one.memory.buffer)[1], 4);
  assert.equal(new Uint32Array(other.memory.buffer)[1], 10);
});
