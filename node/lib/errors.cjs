// Makes the errors of Node's WASI class: their classes, codes, messages and shapes, and the checks that throw them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { inspect } = require('node:util');

// Taken once, so that a program that replaces it later does not change what is thrown here.
const { captureStackTrace } = Error;

const INT32_MAX = 2147483647;

function hide(target, key, value) {
  Object.defineProperty(target, key, { value, writable: true, enumerable: false, configurable: true });
}

// Node's own errors say their code in String(error) and in the first line of the stack, yet `name`, `constructor` and
// the own keys are those of the plain class. Two of the three live in a prototype between the error and its class.
function prototypeWithCode(Base) {
  const prototype = Object.create(Base.prototype);
  hide(prototype, 'constructor', Base);
  hide(prototype, 'toString', function toString() {
    return `${this.name} [${this.code}]: ${this.message}`;
  });
  return prototype;
}

const prototypes = new Map([Error, TypeError, RangeError].map((Base) => [Base, prototypeWithCode(Base)]));

// The engine writes the stack's first line from `name`, some when it is captured and some when it is first read: both
// happen while the name has the code. `caller` is the outermost function that the stack leaves out; it must not end in
// the call that leads here, because JavaScriptCore drops the frame of a function that ends in a call.
function writeStack(error, caller) {
  hide(error, 'name', `${error.name} [${error.code}]`);
  captureStackTrace(error, caller);
  void error.stack;
  delete error.name;
}

// An error as Node makes it from a template: own keys stack, code, message.
function withCode(Base, code, message) {
  const error = Object.setPrototypeOf(new Base(), prototypes.get(Base));
  error.code = code;
  hide(error, 'message', message);
  return error;
}

// An error as Node makes it in C++: nothing but own properties after stack and message.
function native(Base, message, properties) {
  return Object.assign(new Base(message), properties);
}

function kindOf(name) {
  return name.includes('.') ? 'property' : 'argument';
}

function describeString(value) {
  const text = value.length > 28 ? `${value.slice(0, 25)}...` : value;
  return text.includes("'") ? JSON.stringify(text) : `'${text}'`;
}

function describePrimitive(value) {
  switch (typeof value) {
    case 'string':
      return describeString(value);
    case 'bigint':
      return `${value}n`;
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function describeObject(value) {
  const name = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : inspect(value, { depth: -1 });
}

// What Node says after "Received".
function describe(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  switch (typeof value) {
    case 'function':
      return `function ${value.name}`;
    case 'object':
      return describeObject(value);
    default:
      return `type ${typeof value} (${describePrimitive(value)})`;
  }
}

function invalidArgType(name, value, expected, caller = invalidArgType) {
  const message = `The "${name}" ${kindOf(name)} must be ${expected}. Received ${describe(value)}`;
  const error = withCode(TypeError, 'ERR_INVALID_ARG_TYPE', message);
  writeStack(error, caller);
  return error;
}

// Node groups the digits of large integers from the right, whatever stands there: 5_000_000_000, and 1e_+21 too.
function groupDigits(value) {
  return String(value).replace(/(?<=[^-])(?=(?:...)+$)/g, '_');
}

function invalidRange(name, value, range, caller = invalidRange) {
  const isLarge = Number.isInteger(value) && Math.abs(value) > 2 ** 32;
  const received = isLarge ? groupDigits(value) : inspect(value);
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${received}`;
  const error = withCode(RangeError, 'ERR_OUT_OF_RANGE', message);
  writeStack(error, caller);
  return error;
}

function validateObject(value, name) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalidArgType(name, value, 'of type object', validateObject);
  }
}

function validateString(value, name) {
  if (typeof value !== 'string') {
    throw invalidArgType(name, value, 'of type string', validateString);
  }
}

function validateArray(value, name) {
  if (!Array.isArray(value)) {
    throw invalidArgType(name, value, 'an instance of Array', validateArray);
  }
}

// A descriptor's number: an integer from 0 to the largest int32.
function validateInt32(value, name) {
  if (typeof value !== 'number') {
    throw invalidArgType(name, value, 'of type number', validateInt32);
  }
  if (!Number.isInteger(value)) {
    throw invalidRange(name, value, 'an integer', validateInt32);
  }
  if (value < 0 || value > INT32_MAX) {
    throw invalidRange(name, value, `>= 0 && <= ${INT32_MAX}`, validateInt32);
  }
}

function validateBoolean(value, name) {
  if (typeof value !== 'boolean') {
    throw invalidArgType(name, value, 'of type boolean', validateBoolean);
  }
}

function validateFunction(value, name) {
  if (typeof value !== 'function') {
    throw invalidArgType(name, value, 'of type function', validateFunction);
  }
}

function validateUndefined(value, name) {
  if (value !== undefined) {
    throw invalidArgType(name, value, 'undefined', validateUndefined);
  }
}

function invalidArgValue(name, value, reason) {
  const shown = inspect(value);
  const received = shown.length > 128 ? `${shown.slice(0, 128)}...` : shown;
  const message = `The ${kindOf(name)} '${name}' ${reason}. Received ${received}`;
  const error = withCode(TypeError, 'ERR_INVALID_ARG_VALUE', message);
  writeStack(error, invalidArgValue);
  return error;
}

// Node makes this one from a fixed text, so its own keys are in another order: stack, message, code.
function alreadyStarted() {
  const message = 'WASI instance has already started';
  const error = Object.setPrototypeOf(new Error(message), prototypes.get(Error));
  error.code = 'ERR_WASI_ALREADY_STARTED';
  writeStack(error, alreadyStarted);
  return error;
}

function notStarted() {
  const properties = { code: 'ERR_WASI_NOT_STARTED' };
  const error = native(Error, 'wasi.start() has not been called', properties);
  captureStackTrace(error, notStarted);
  return error;
}

function invalidMemory() {
  const message = '"instance.exports.memory" property must be a WebAssembly.Memory object';
  const error = native(TypeError, message, { code: 'ERR_INVALID_ARG_TYPE' });
  captureStackTrace(error, invalidMemory);
  return error;
}

function accessDenied() {
  const message = 'Access to this API has been restricted. Use --allow-wasi to manage permissions.';
  const properties = { code: 'ERR_ACCESS_DENIED', permission: 'WASI', resource: '' };
  const error = native(Error, message, properties);
  captureStackTrace(error, accessDenied);
  return error;
}

// Ours: for what node:wasi does not have.

function closed() {
  const error = native(Error, 'The WASI object is closed; make a new one', { code: 'ERR_WASI_CLOSED' });
  captureStackTrace(error, closed);
  return error;
}

function interrupted() {
  const error = native(Error, 'The call was interrupted', { code: 'ERR_WASI_INTERRUPTED' });
  captureStackTrace(error, interrupted);
  return error;
}

function notAlone() {
  const message = 'The WASI object shares its descriptors with others that are bound to the same memory; ' +
    'make a new one for another memory';
  const error = native(Error, message, { code: 'ERR_WASI_NOT_ALONE' });
  captureStackTrace(error, notAlone);
  return error;
}

const units = { 'wall-time': ['wallTime', 'ms'], memory: ['memory', 'bytes'] };

/** For the limits that end a guest; `refusal` is as in WASI's. */
function ended({ limit, value }) {
  const [name, unit] = units[limit];
  const message = `The guest is ended: it has reached limits.${name}, ${value} ${unit}`;
  const error = native(Error, message, { code: 'ERR_WASI_INTERRUPTED', limit, value });
  captureStackTrace(error, ended);
  return error;
}

// `codeName` is "UVWASI_ENOENT", `errno` WASI's number of it: 44.
function uvwasiError(codeName, errno) {
  const syscall = 'uvwasi_init';
  const error = native(Error, `${codeName}, ${syscall}`, { errno, code: codeName, syscall });
  captureStackTrace(error, uvwasiError);
  return error;
}

module.exports = {
  accessDenied,
  alreadyStarted,
  closed,
  ended,
  interrupted,
  invalidArgType,
  invalidArgValue,
  invalidMemory,
  invalidRange,
  notAlone,
  notStarted,
  uvwasiError,
  validateArray,
  validateBoolean,
  validateFunction,
  validateInt32,
  validateObject,
  validateString,
  validateUndefined,
};
