// The errors of the class: texts, codes and shapes as in Node 26, on every runtime.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { isBun, thrownBy } from './support/host.mjs';

const errors = createRequire(import.meta.url)('../../node/lib/errors.cjs');
const nullPrototype = (object) => Object.setPrototypeOf(object, null);
const face = '\u{1F600}';

const received = [
  [undefined, 'undefined'],
  [null, 'null'],
  [true, 'type boolean (true)'],
  [1, 'type number (1)'],
  [-0, 'type number (-0)'],
  [NaN, 'type number (NaN)'],
  [1e300, 'type number (1e+300)'],
  [5n, 'type bigint (5n)'],
  [10n ** 40n, `type bigint (1${'0'.repeat(40)}n)`],
  [Symbol('v'), 'type symbol (Symbol(v))'],
  [Symbol(), 'type symbol (Symbol())'],
  [Symbol('x'.repeat(40)), `type symbol (Symbol(${'x'.repeat(40)}))`],
  ['', "type string ('')"],
  ['x'.repeat(28), `type string ('${'x'.repeat(28)}')`],
  ['x'.repeat(29), `type string ('${'x'.repeat(25)}...')`],
  [face.repeat(20), `type string ('${face.repeat(12)}\ud83d...')`],
  ["it's", 'type string ("it\'s")'],
  ['a"b', 'type string (\'a"b\')'],
  ['it\'s "q"', 'type string ("it\'s \\"q\\"")'],
  ["'" + 'x'.repeat(40), `type string ("'${'x'.repeat(24)}...")`],
  ['x'.repeat(40) + "'", `type string ('${'x'.repeat(25)}...')`],
  ['a\nb\\', "type string ('a\nb\\')"],
  [function named() {}, 'function named'],
  [() => {}, 'function '],
  [class Named {}, 'function Named'],
  [nullPrototype(function bare() {}), 'function bare'],
  [[], 'an instance of Array'],
  [new Map(), 'an instance of Map'],
  [Object('x'), 'an instance of String'],
  [new Uint8Array(3), 'an instance of Uint8Array'],
  [new (class Foo {})(), 'an instance of Foo'],
  [{ constructor: { name: 'Given' } }, 'an instance of Given'],
  [{ constructor: { name: 5 } }, '[Object]'],
  [{ constructor: { name: '' } }, '[Object]'],
  [{ constructor: null }, '[Object]'],
  [{ constructor: 1 }, '[Object]'],
  [new (class {})(), '{}'],
  [nullPrototype({}), '[Object: null prototype] {}'],
  [nullPrototype({ a: 1 }), '[Object: null prototype]'],
  [nullPrototype(new Map()), '[Map(0): null prototype] {}'],
];

for (const [value, text] of received) {
  test(`a wrong type says: Received ${JSON.stringify(text)}`, () => {
    const wrong = typeof value === 'string' ? errors.validateInt32 : errors.validateString;
    const type = typeof value === 'string' ? 'number' : 'string';
    const error = thrownBy(() => wrong(value, 'options.x'));
    assert.equal(error.message, `The "options.x" property must be of type ${type}. Received ${text}`);
    assert.equal(error.code, 'ERR_INVALID_ARG_TYPE');
  });
}

test('a value whose constructor cannot be read throws what reading it throws', () => {
  const reason = new EvalError('no');
  const value = Object.defineProperty({}, 'constructor', { get() { throw reason; } });
  assert.equal(thrownBy(() => errors.validateString(value, 'x')), reason);
});

const wrongTypes = [
  ['validateObject', [null, 1, 'x', [], () => {}], 'of type object'],
  ['validateString', [null, 1, Object('x'), []], 'of type string'],
  ['validateArray', [null, {}, 'x', new Uint8Array(1), { length: 0 }], 'an instance of Array'],
  ['validateInt32', [null, '1', 1n, true, Object(1)], 'of type number'],
  ['validateBoolean', [null, 0, 'true', Object(true)], 'of type boolean'],
  ['validateFunction', [null, {}, 'x', undefined], 'of type function'],
  ['validateUndefined', [null, 0, '', () => {}], 'undefined'],
];

for (const [validate, values, expected] of wrongTypes) {
  test(`${validate} refuses what is not ${expected}, as an argument and as a property`, () => {
    for (const value of values) {
      const argument = thrownBy(() => errors[validate](value, 'instance'));
      const property = thrownBy(() => errors[validate](value, 'instance.exports'));
      assert.ok(argument.message.startsWith(`The "instance" argument must be ${expected}. Received `));
      assert.ok(property.message.startsWith(`The "instance.exports" property must be ${expected}. Received `));
      assert.equal(argument.code, 'ERR_INVALID_ARG_TYPE');
      assert.equal(argument.constructor, TypeError);
    }
  });
}

const accepted = [
  ['validateObject', [{}, nullPrototype({}), new Proxy({}, {}), new Map(), Object('x')]],
  ['validateString', ['', 'x']],
  ['validateArray', [[], [1], new Proxy([], {})]],
  ['validateInt32', [0, -0, 1, 2147483647]],
  ['validateBoolean', [true, false]],
  ['validateFunction', [() => {}, class {}, new Proxy(() => {}, {})]],
  ['validateUndefined', [undefined]],
];

for (const [validate, values] of accepted) {
  test(`${validate} accepts what it names`, () => {
    for (const value of values) {
      assert.equal(errors[validate](value, 'x'), undefined);
    }
  });
}

const integer = 'an integer';
const range = '>= 0 && <= 2147483647';
const outOfRange = [
  [1.5, integer, '1.5'],
  [NaN, integer, 'NaN'],
  [-Infinity, integer, '-Infinity'],
  [12345678901.5, integer, '12345678901.5'],
  [-1, range, '-1'],
  [2 ** 31, range, '2147483648'],
  [2 ** 32, range, '4294967296'],
  [2 ** 32 + 1, range, '4_294_967_297'],
  [-5e9, range, '-5_000_000_000'],
  [-5e11, range, '-500_000_000_000'],
  [5e11, range, '500_000_000_000'],
  [1e21, range, '1e_+21'],
  [1e300, range, '1e+_300'],
];

for (const [value, must, text] of outOfRange) {
  test(`${value} is out of the range of descriptors`, () => {
    const error = thrownBy(() => errors.validateInt32(value, 'options.stdin'));
    assert.equal(error.message, `The value of "options.stdin" is out of range. It must be ${must}. Received ${text}`);
    assert.equal(error.code, 'ERR_OUT_OF_RANGE');
    assert.equal(error.constructor, RangeError);
  });
}

const versions = [
  ['preview2', "'preview2'"],
  ['', "''"],
  ["it's", '"it\'s"'],
  ['it\'s "q"', '`it\'s "q"`'],
  ['a\nb', "'a\\nb'"],
  ['a'.repeat(126), `'${'a'.repeat(126)}'`],
  ['a'.repeat(127), `'${'a'.repeat(127)}...`],
];

for (const [version, text] of versions) {
  test(`the version ${JSON.stringify(version)} is shown as ${text}`, () => {
    const error = errors.invalidArgValue('options.version', version, 'unsupported WASI version');
    assert.equal(error.message, `The property 'options.version' unsupported WASI version. Received ${text}`);
    assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
  });
}

test('a value out of range that is no number is shown as it is written', () => {
  const error = errors.invalidRange('options.readOnly', 'x', 'names of options.preopens');
  assert.equal(
    error.message,
    'The value of "options.readOnly" is out of range. It must be names of options.preopens. Received \'x\'',
  );
});

test('an argument that has no dot in its name is called an argument', () => {
  assert.equal(errors.invalidArgValue('version', 1, 'is odd').message, "The argument 'version' is odd. Received 1");
});

// The braces are so that these frames are seen: JavaScriptCore drops that of a function which ends in a call.
const wrongType = () => thrownBy(() => { errors.validateObject(null, 'options'); });
const wrongRange = () => thrownBy(() => { errors.validateInt32(-1, 'options.stdin'); });
const wrongValue = () => errors.invalidArgValue('options.version', 'x', 'unsupported WASI version');

// make, class, own keys in order, enumerable properties, message; those with [CODE] in String(error) come first.
const shapes = [
  [wrongType, TypeError, ['stack', 'code', 'message'], { code: 'ERR_INVALID_ARG_TYPE' },
    'The "options" argument must be of type object. Received null', true],
  [wrongRange, RangeError, ['stack', 'code', 'message'], { code: 'ERR_OUT_OF_RANGE' },
    'The value of "options.stdin" is out of range. It must be >= 0 && <= 2147483647. Received -1', true],
  [wrongValue, TypeError, ['stack', 'code', 'message'], { code: 'ERR_INVALID_ARG_VALUE' },
    "The property 'options.version' unsupported WASI version. Received 'x'", true],
  [() => errors.invalidArgType('options.x', 1, 'of type boolean or function'), TypeError, ['stack', 'code', 'message'],
    { code: 'ERR_INVALID_ARG_TYPE' },
    'The "options.x" property must be of type boolean or function. Received type number (1)', true],
  [() => errors.invalidRange('options.x', 0, '>= 1'), RangeError, ['stack', 'code', 'message'],
    { code: 'ERR_OUT_OF_RANGE' }, 'The value of "options.x" is out of range. It must be >= 1. Received 0', true],
  [errors.alreadyStarted, Error, ['stack', 'message', 'code'], { code: 'ERR_WASI_ALREADY_STARTED' },
    'WASI instance has already started', true],
  [errors.notStarted, Error, ['stack', 'message', 'code'], { code: 'ERR_WASI_NOT_STARTED' },
    'wasi.start() has not been called', false],
  [errors.invalidMemory, TypeError, ['stack', 'message', 'code'], { code: 'ERR_INVALID_ARG_TYPE' },
    '"instance.exports.memory" property must be a WebAssembly.Memory object', false],
  [() => errors.uvwasiError('UVWASI_ENOENT', 44), Error, ['stack', 'message', 'errno', 'code', 'syscall'],
    { errno: 44, code: 'UVWASI_ENOENT', syscall: 'uvwasi_init' }, 'UVWASI_ENOENT, uvwasi_init', false],
  [errors.accessDenied, Error, ['stack', 'message', 'code', 'permission', 'resource'],
    { code: 'ERR_ACCESS_DENIED', permission: 'WASI', resource: '' },
    'Access to this API has been restricted. Use --allow-wasi to manage permissions.', false],
  [errors.closed, Error, ['stack', 'message', 'code'], { code: 'ERR_WASI_CLOSED' },
    'The WASI object is closed; make a new one', false],
  [errors.interrupted, Error, ['stack', 'message', 'code'], { code: 'ERR_WASI_INTERRUPTED' },
    'The call was interrupted', false],
  [() => errors.ended({ limit: 'wall-time', value: 5 }), Error, ['stack', 'message', 'code', 'limit', 'value'],
    { code: 'ERR_WASI_INTERRUPTED', limit: 'wall-time', value: 5 },
    'The guest is ended: it has reached limits.wallTime, 5 ms', false],
  [() => errors.ended({ limit: 'memory', value: 65536 }), Error, ['stack', 'message', 'code', 'limit', 'value'],
    { code: 'ERR_WASI_INTERRUPTED', limit: 'memory', value: 65536 },
    'The guest is ended: it has reached limits.memory, 65536 bytes', false],
  [errors.notAlone, Error, ['stack', 'message', 'code'], { code: 'ERR_WASI_NOT_ALONE' },
    'The WASI object shares its descriptors with others that are bound to the same memory; ' +
    'make a new one for another memory', false],
];

for (const [make, Class, keys, properties, message, saysCode] of shapes) {
  test(`${properties.code} of ${Class.name} has Node's shape: ${message}`, () => {
    const error = make();
    const first = `${Class.name}${saysCode ? ` [${properties.code}]` : ''}: ${message}`;
    assert.ok(error instanceof Class);
    assert.equal(error.constructor, Class);
    assert.equal(error.name, Class.name);
    assert.equal(error.message, message);
    assert.equal(String(error), first);
    assert.equal(error.stack.split('\n')[0], first);
    assert.deepEqual({ ...error }, properties);
    assert.equal(JSON.stringify(error), JSON.stringify(properties));
    // JavaScriptCore keeps line, column and more beside the stack, in an order of its own.
    const own = Reflect.ownKeys(error);
    assert.deepEqual(isBun ? own.filter((key) => keys.includes(key)).sort() : own, isBun ? keys.toSorted() : keys);
  });

  test(`the stack begins where it was made: ${message}`, () => {
    const frames = make().stack.split('\n').slice(1);
    assert.match(frames[0], /errors\.test\.mjs/);
    assert.ok(!frames.some((frame) => frame.includes('errors.cjs')), frames.join('\n'));
  });
}
