// What the errors of the class look like from outside: class, code, text, own keys and the first line of the stack.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { thrownBy } from './host.mjs';

/** Own keys that are not Node's: those that engines give to every error, and a hidden cause that says more. */
const others = ['stack', 'line', 'column', 'sourceURL', 'originalLine', 'originalColumn', 'cause'];

function assertError(error, { type = TypeError, code, message, keys, tagged }) {
  assert.equal(error.message, message);
  assert.equal(error.code, code);
  assert.ok(error instanceof type);
  assert.equal(error.constructor, type);
  assert.equal(error.name, type.name);
  assert.equal(Object.hasOwn(error, 'name'), false);
  assert.deepEqual(Reflect.ownKeys(error).filter((key) => !others.includes(key)), keys);
  assert.deepEqual(Object.keys(error), keys.filter((key) => key !== 'message'));
  const header = `${type.name}${tagged ? ` [${code}]` : ''}: ${message}`;
  assert.equal(String(error), header);
  assert.equal(error.stack.slice(0, header.length + 1), `${header}\n`);
}

/** An error that Node makes in JavaScript, of a wrong argument. */
export function assertArgumentError(action, code, message, type = TypeError) {
  assertError(thrownBy(action), { type, code, message, keys: ['code', 'message'], tagged: true });
}

/** A check that an action throws what is expected. */
const throws = (expected) => (action) => assertError(thrownBy(action), expected);

/** ERR_WASI_ALREADY_STARTED. */
export const assertAlreadyStarted = throws({
  type: Error,
  code: 'ERR_WASI_ALREADY_STARTED',
  message: 'WASI instance has already started',
  keys: ['message', 'code'],
  tagged: true,
});

/** ERR_WASI_NOT_STARTED, which Node makes in C++: no code in the stack. */
export const assertNotStarted = throws({
  type: Error,
  code: 'ERR_WASI_NOT_STARTED',
  message: 'wasi.start() has not been called',
  keys: ['message', 'code'],
  tagged: false,
});

/** The error of a memory that is none, also made in C++. */
export const assertInvalidMemory = throws({
  code: 'ERR_INVALID_ARG_TYPE',
  message: '"instance.exports.memory" property must be a WebAssembly.Memory object',
  keys: ['message', 'code'],
  tagged: false,
});

/** The error of a descriptor or folder that uvwasi_init cannot take. */
export function assertInitError(action, code, errno) {
  const error = thrownBy(action);
  assertError(error, {
    type: Error,
    code,
    message: `${code}, uvwasi_init`,
    keys: ['message', 'errno', 'code', 'syscall'],
    tagged: false,
  });
  assert.equal(error.errno, errno);
  assert.equal(error.syscall, 'uvwasi_init');
}
