// The constructor refuses wrong options as node:wasi does: in its order, with its errors, to the letter of their texts.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { assertArgumentError, assertInitError } from './support/errors.mjs';
import { drive, guest } from './support/guest.mjs';
import { assertPlainTypeError, folder, thrownBy } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { encode } from './support/wasm.mjs';

const version = 'preview1';
const made = (options) => () => new WASI({ version, ...options });

class Foo {}

function named() {}

/** The one export of a module: engines name such a function by its index. */
const wasmExport = new WebAssembly.Instance(
  new WebAssembly.Module(encode({ memory: null, bodies: { empty: [] } }))).exports.empty;

/** Values, and how the "Received" of a message speaks of them. */
const received = [
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a number', 1, 'type number (1)'],
  ['minus zero', -0, 'type number (-0)'],
  ['NaN', NaN, 'type number (NaN)'],
  ['a string', 'x', "type string ('x')"],
  ['an empty string', '', "type string ('')"],
  ['a string with a quote', "it's", 'type string ("it\'s")'],
  ['a string of 25', 'a'.repeat(25), `type string ('${'a'.repeat(25)}')`],
  ['a string of 28', 'a'.repeat(28), `type string ('${'a'.repeat(28)}')`],
  ['a string of 29', 'a'.repeat(29), `type string ('${'a'.repeat(25)}...')`],
  ['a symbol', Symbol('v'), 'type symbol (Symbol(v))'],
  ['a bigint', 1n, 'type bigint (1n)'],
  ['true', true, 'type boolean (true)'],
  ['false', false, 'type boolean (false)'],
  ['an array', [], 'an instance of Array'],
  ['an object', {}, 'an instance of Object'],
  ['an instance', new Foo(), 'an instance of Foo'],
  ['a Map', new Map(), 'an instance of Map'],
  ['a String', new String('preview1'), 'an instance of String'],
  ['a Uint8Array', new Uint8Array(1), 'an instance of Uint8Array'],
  ['an arguments object', (function list() { return arguments; })(), 'an instance of Object'],
  ['a function', named, 'function named'],
  ['a nameless function', (() => () => {})(), 'function '],
  ['a class', Foo, 'function Foo'],
  ['an export of wasm', wasmExport, 'function 0'],
  ['an object without prototype', Object.create(null), '[Object: null prototype] {}'],
];

const isPlain = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Each typed option: what it is called, how a value of it is given, which values it takes, and what it demands. */
const typed = [
  {
    what: 'The "options" argument must be of type object.',
    give: (value) => () => new WASI(value),
    takes: (value) => isPlain(value) || value === undefined,
  },
  {
    what: 'The "options.version" property must be of type string.',
    give: (value) => () => new WASI({ version: value }),
    takes: (value) => typeof value === 'string',
  },
  {
    what: 'The "options.args" property must be an instance of Array.',
    give: (value) => made({ args: value }),
    takes: (value) => Array.isArray(value) || value === undefined,
  },
  ...['env', 'preopens'].map((name) => ({
    what: `The "options.${name}" property must be of type object.`,
    give: (value) => made({ [name]: value }),
    takes: (value) => isPlain(value) || value === undefined,
  })),
  ...['stdin', 'stdout', 'stderr'].map((name) => ({
    what: `The "options.${name}" property must be of type number.`,
    give: (value) => made({ [name]: value }),
    takes: (value) => typeof value === 'number' || value === undefined,
  })),
  {
    what: 'The "options.returnOnExit" property must be of type boolean.',
    give: (value) => made({ returnOnExit: value }),
    takes: (value) => typeof value === 'boolean' || value === undefined,
  },
];

for (const { what, give, takes } of typed) {
  for (const [name, value, words] of received.filter((row) => !takes(row[1]))) {
    test(`${what} Not ${name}`, () => {
      assertArgumentError(give(value), 'ERR_INVALID_ARG_TYPE', `${what} Received ${words}`);
    });
  }
}

for (const value of ['preview2', '', 'PREVIEW1', 'Unstable', 'preview1 ', 'wasi_snapshot_preview1']) {
  test(`version '${value}' is unsupported`, () => {
    assertArgumentError(() => new WASI({ version: value }), 'ERR_INVALID_ARG_VALUE',
      `The property 'options.version' unsupported WASI version. Received '${value}'`);
  });
}

for (const name of ['stdin', 'stdout', 'stderr']) {
  for (const [value, words, must] of [
    [NaN, 'NaN', 'an integer'],
    [Infinity, 'Infinity', 'an integer'],
    [-Infinity, '-Infinity', 'an integer'],
    [1.5, '1.5', 'an integer'],
    [-1, '-1', '>= 0 && <= 2147483647'],
    [2 ** 31, '2147483648', '>= 0 && <= 2147483647'],
    [2 ** 53, '9_007_199_254_740_992', '>= 0 && <= 2147483647'],
  ]) {
    test(`${name}: ${words} is out of range`, () => {
      assertArgumentError(made({ [name]: value }), 'ERR_OUT_OF_RANGE',
        `The value of "options.${name}" is out of range. It must be ${must}. Received ${words}`, RangeError);
    });
  }

  test(`${name}: a descriptor that is not open is UVWASI_EBADF`, () => {
    assertInitError(made({ [name]: 1000000 }), 'UVWASI_EBADF', 8);
  });

  test(`${name}: minus zero is descriptor 0`, () => {
    assert.doesNotThrow(made({ [name]: -0 }));
  });
}

test('a preopen whose folder is missing is UVWASI_ENOENT', () => {
  assertInitError(made({ preopens: { '/a': '/no/such/folder' } }), 'UVWASI_ENOENT', 44);
});

test('a preopen without a path is UVWASI_ENOENT', () => {
  assertInitError(made({ preopens: { '/a': '' } }), 'UVWASI_ENOENT', 44);
});

test('a preopen of a file is UVWASI_ENOTDIR', () => {
  const root = folder({ file: '' });
  assertInitError(made({ preopens: { '/a': `${root}/file` } }), 'UVWASI_ENOTDIR', 54);
});

test('every option may be undefined but the version', () => {
  const names = ['args', 'env', 'preopens', 'stdin', 'stdout', 'stderr', 'returnOnExit'];
  assert.doesNotThrow(made(Object.fromEntries(names.map((name) => [name, undefined]))));
});

test('options may be without prototype, a Proxy, an instance, or inherited', () => {
  const plain = { version, args: ['one'] };
  const bare = Object.assign(Object.create(null), plain);
  for (const options of [bare, new Proxy(plain, {}), Object.create(plain), Object.assign(new Foo(), plain)]) {
    assert.deepEqual(drive(new WASI(options)).strings('args'), ['one']);
  }
});

test('options that nobody knows are taken no notice of', () => {
  assert.doesNotThrow(made({ nonsense: 1, [Symbol('s')]: 2 }));
});

test('options are read in their order, each as often as Node reads it', () => {
  const reads = [];
  const values = { version, args: [], env: {}, preopens: {}, stdin: 0, stdout: 1, stderr: 2, returnOnExit: true };
  const known = Object.keys(values);
  new WASI(new Proxy(values, {
    get(target, name) {
      reads.push(name);
      return target[name];
    },
  }));
  assert.deepEqual(reads.filter((name) => known.includes(name)), [
    'version', 'version', 'args', 'args', 'args', 'env', 'env', 'env', 'preopens', 'preopens', 'preopens',
    'stdin', 'stdout', 'stderr', 'returnOnExit', 'returnOnExit', 'returnOnExit',
  ]);
});

/** Wrong options in the order in which they are found out; of any two, the first is the error. */
const wrong = [
  ['version', { version: 1 }, /options\.version" property/],
  ['version', { version: 'x' }, /options\.version' unsupported/],
  ['args', { args: 1 }, /options\.args/],
  ['args', { args: [{ toString() { throw new Error('an argument'); } }] }, /an argument/],
  ['env', { env: 1 }, /options\.env/],
  ['env', { env: { A: { toString() { throw new Error('a variable'); } } } }, /a variable/],
  ['preopens', { preopens: 1 }, /options\.preopens/],
  ['preopens', { preopens: { '/': { toString() { throw new Error('a path'); } } } }, /a path/],
  ['stdin', { stdin: null }, /options\.stdin/],
  ['stdout', { stdout: null }, /options\.stdout/],
  ['stderr', { stderr: null }, /options\.stderr/],
  ['stderr', { stderr: 1000000 }, /UVWASI_EBADF/],
  ['preopens', { preopens: { '/': '/no/such/folder' } }, /UVWASI_ENOENT/],
  ['returnOnExit', { returnOnExit: null }, /options\.returnOnExit/],
];

wrong.forEach(([name, options, message], index) => {
  for (const [laterName, later, laterMessage] of wrong.slice(index + 1).filter((row) => row[0] !== name)) {
    test(`${message} is found out before ${laterMessage}`, () => {
      assert.match(thrownBy(made({ ...options, ...later, [name]: options[name] })).message, message, laterName);
    });
  }
});

test('args are mapped with String', () => {
  const own = { toString: () => 'own' };
  const args = ['text', 1, null, undefined, true, 2n, Symbol('s'), ['a', 'b'], {}, new Foo(), own];
  assert.deepEqual(guest({ args }).strings('args'), args.map(String));
});

test('an argument that cannot be a string is the error of its conversion', () => {
  assertPlainTypeError(thrownBy(made({ args: [Object.create(null)] })), /^Cannot convert object to primitive value$/);
});

test('env is its own enumerable string keys in the order of Object.entries, without the undefined ones', () => {
  const env = Object.create({ INHERITED: 'no' }, { HIDDEN: { value: 'no', enumerable: false } });
  Object.assign(env, { B: 'b', A: 1, 7: 'seven', N: null, U: undefined, F: false, E: '', 3: 'three' });
  env[Symbol('s')] = 'no';
  assert.deepEqual(guest({ env }).strings('environ'), ['3=three', '7=seven', 'B=b', 'A=1', 'N=null', 'F=false', 'E=']);
});

test('a variable whose value is a symbol is a plain TypeError', () => {
  assertPlainTypeError(
    thrownBy(made({ env: { A: Symbol('v') } })), /^Cannot convert a Symbol value to a string$/);
});

test('env that is a Map or another collection is empty', () => {
  assert.deepEqual(guest({ env: new Map([['A', 'a']]) }).strings('environ'), []);
  assert.deepEqual(guest({ env: new Set(['A']) }).strings('environ'), []);
});

test('names of variables pass as they are, with an = and empty too', () => {
  assert.deepEqual(guest({ env: { 'A=B': 'c', '': 'empty' } }).strings('environ'), ['A=B=c', '=empty']);
});

test('process.env is taken', () => {
  const found = guest({ env: process.env }, { memory: { initial: 16 } }).strings('environ');
  assert.ok(found.some((entry) => entry.startsWith('PATH=')));
  assert.equal(found.length, Object.keys(process.env).length);
});

test('strings are UTF-8, and a lone surrogate is U+FFFD', () => {
  const found = guest({ args: ['ä€😀', '\ud800', 'a\udc00b'], env: { 'Ü': '\ud83d' } });
  assert.deepEqual(found.strings('args'), ['ä€😀', '\ufffd', 'a\ufffdb']);
  assert.deepEqual(found.strings('environ'), ['Ü=\ufffd']);
});

test('strings are cut at their first NUL, and the sizes are those of what is left', () => {
  const root = folder({ 'in/': '', 'in/here': '' });
  const found = guest({
    args: ['a\0b', '\0', 'c'],
    env: { 'D\0E': 'f', G: 'h\0i' },
    preopens: { '/p\0q': `${root}/in\0/nowhere` },
  });
  assert.deepEqual(found.strings('args'), ['a', '', 'c']);
  assert.deepEqual(found.strings('environ'), ['D', 'G=h']);
  found.call.args_sizes_get(64, 68);
  assert.equal(found.u32(68), 5);
  assert.deepEqual(prestats(found), ['/p']);
  assert.equal(found.open('here').errno, 0);
});

/** The guest names of all preopens, from descriptor 3 on. */
function prestats(found) {
  const names = [];
  for (let fd = 3; found.call.fd_prestat_get(fd, 64) === 0; fd += 1) {
    assert.equal(found.u32(64), 0);
    const length = found.u32(68);
    assert.equal(found.call.fd_prestat_dir_name(fd, 2048, length), 0);
    names.push(found.text(2048, length));
  }
  return names;
}

test('preopens are descriptors from 3 on, in the order of Object.entries', () => {
  const root = folder();
  const preopens = { '/b': root, '/a': root, 5: root, 'relative/key': root, '/slash/': root, '': root, '.': root };
  assert.deepEqual(prestats(guest({ preopens })), Object.keys(preopens));
});

test('preopens that are the same when put in order are all there', () => {
  const root = folder({ file: 'here' });
  const found = guest({ preopens: { '/a': root, '/a/': root, '//a': root } });
  assert.deepEqual(prestats(found), ['/a', '/a/', '//a']);
  assert.equal(found.open('file', { dir: 5 }).errno, 0);
});

test('paths of preopens are mapped with String', () => {
  const root = folder({ file: '' });
  const found = guest({ preopens: { '/buffer': Buffer.from(root), '/own': { toString: () => root } } });
  assert.equal(found.open('file', { dir: 3 }).errno, 0);
  assert.equal(found.open('file', { dir: 4 }).errno, 0);
  assertInitError(made({ preopens: { '/': undefined } }), 'UVWASI_ENOENT', 44);
  assertInitError(made({ preopens: { '/': new URL(`file://${root}`) } }), 'UVWASI_ENOENT', 44);
});

test('a path of a preopen may be relative and may end in a slash', () => {
  assert.doesNotThrow(made({ preopens: { '/a': '.', '/b': `${folder()}/` } }));
});

test('preopens of a Map are none', () => {
  assert.deepEqual(prestats(guest({ preopens: new Map([['/', '/']]) })), []);
});

test('args, env and preopens are those of the time of construction', () => {
  const options = { args: ['a'], env: { A: 'a' }, preopens: { '/a': folder() } };
  const wasi = guest(options);
  options.args[0] = 'b';
  options.args.push('c');
  options.env.A = 'b';
  options.preopens['/b'] = folder();
  assert.deepEqual(wasi.strings('args'), ['a']);
  assert.deepEqual(wasi.strings('environ'), ['A=a']);
  assert.deepEqual(prestats(wasi), ['/a']);
});

test('preopens are opened at construction', () => {
  const root = folder({ 'first/': '' });
  const path = `${root}/first`;
  assertInitError(made({ preopens: { '/a': `${path}/later` } }), 'UVWASI_ENOENT', 44);
});

test('stdin, stdout and stderr may be any open descriptors', () => {
  const root = folder({ input: 'given' });
  const fds = [openSync(`${root}/input`, 'r'), openSync(`${root}/out`, 'w+'), openSync(`${root}/err`, 'w+')];
  const found = guest({ stdin: fds[0], stdout: fds[1], stderr: fds[2], preopens: { '/': root } });
  assert.equal(found.read(0), 'given');
  assert.equal(found.write(1, 'out'), 0);
  assert.equal(found.write(2, 'error'), 0);
  const { fd: out } = found.open('out', { rights: 2n, inheriting: 0n });
  const { fd: err } = found.open('err', { rights: 2n, inheriting: 0n });
  assert.equal(found.read(out), 'out');
  assert.equal(found.read(err), 'error');
  fds.forEach(closeSync);
});
