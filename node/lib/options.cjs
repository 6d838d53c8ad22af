// The options that node:wasi does not have; all may be left out, and then an object is as node:wasi's.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const {
  invalidArgType, invalidArgValue, invalidRange, validateArray, validateBoolean, validateFunction, validateInt32,
  validateObject,
} = require('./errors.cjs');

const flag = { readOnly: 1, systemFiles: 2 }; // RINGFORT_READ_ONLY, RINGFORT_SYSTEM_FILES

// Only what is there is read: a getter of another name is none of ours.
function given(options, name, missing) {
  const value = name in options ? options[name] : undefined;
  return value === undefined ? missing : value;
}

function readOnlyNames(value) {
  if (Array.isArray(value)) {
    return new Set(value.map(String));
  }
  validateBoolean(value, 'options.readOnly');
  return value ? { has: () => true } : new Set();
}

// A name that no preopen has would leave writable what was meant to be read-only.
function checkNames(names, preopens) {
  for (const name of names instanceof Set ? names : []) {
    if (!preopens.some(({ guest }) => guest === name)) {
      throw invalidRange('options.readOnly', name, 'names of options.preopens');
    }
  }
}

function preopenFlags(options, preopens) {
  const names = readOnlyNames(given(options, 'readOnly', false));
  const systemFiles = given(options, 'systemFiles', false);
  validateBoolean(systemFiles, 'options.systemFiles');
  checkNames(names, preopens);
  return preopens.map(({ guest, host }) => ({
    guest,
    host,
    flags: (names.has(guest) ? flag.readOnly : 0) | (systemFiles ? flag.systemFiles : 0),
  }));
}

const nonblock = 1; // RINGFORT_NONBLOCK

// Sockets that listen already: who gives one had the right to open it.
function listenersOf(options) {
  const listeners = given(options, 'listeners', []);
  validateArray(listeners, 'options.listeners');
  return Array.from(listeners, (listener, index) => {
    const name = `options.listeners[${index}]`;
    validateObject(listener, name);
    const { fd, nonblock: isNonblock = false } = listener;
    validateInt32(fd, `${name}.fd`);
    validateBoolean(isNonblock, `${name}.nonblock`);
    return { fd, flags: isNonblock ? nonblock : 0 };
  });
}

// The largest that each may be, in the order of the core's enum ringfort_limit; the last is binding.cjs's to hold.
const limitMaxima = {
  openFiles: 2 ** 20,
  subscriptions: 2 ** 20,
  bytesWritten: Number.MAX_SAFE_INTEGER,
  fileSize: Number.MAX_SAFE_INTEGER,
  entriesCreated: Number.MAX_SAFE_INTEGER,
  output: Number.MAX_SAFE_INTEGER,
  pathLength: 4095,
  wallTime: Number.MAX_SAFE_INTEGER,
  memory: Number.MAX_SAFE_INTEGER,
};
const defaultLimits = { openFiles: 256, subscriptions: 4096, pathLength: 4095 }; // the core's; the others have none
const limitNames = Object.keys(limitMaxima);
const capturedOutput = 64 << 20; // what is captured is memory of the host's

/** The limit that an object has which asks for none; undefined for none. */
function defaultLimit(name, { captureStdout, captureStderr }) {
  return name === 'output' && (captureStdout || captureStderr) ? capturedOutput : defaultLimits[name];
}

const isLimit = (name, value) => Number.isInteger(value) && value >= 1 && value <= limitMaxima[name];

function limitsOf(options) {
  const limits = given(options, 'limits', {});
  validateObject(limits, 'options.limits');
  // What nobody holds must not look as if it were held.
  const unknown = Object.keys(limits).find((name) => !limitNames.includes(name) && limits[name] !== undefined);
  if (unknown !== undefined) {
    throw invalidArgValue(`options.limits.${unknown}`, limits[unknown], `is none of ${limitNames.join(', ')}`);
  }
  const result = {};
  for (const [name, max] of Object.entries(limitMaxima)) {
    const value = limits[name];
    if (value === undefined) {
      continue;
    }
    if (typeof value !== 'number') {
      throw invalidArgType(`options.limits.${name}`, value, 'of type number');
    }
    if (!isLimit(name, value)) {
      throw invalidRange(`options.limits.${name}`, value, `an integer >= 1 && <= ${max}`);
    }
    result[name] = value;
  }
  return result;
}

function stdinOf(options) {
  const data = given(options, 'stdinData');
  if (typeof data === 'string') {
    return new TextEncoder().encode(data);
  }
  if (data !== undefined && !(data instanceof Uint8Array)) {
    throw invalidArgType('options.stdinData', data, 'of type string or an instance of Uint8Array');
  }
  return data && new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function captureOf(options, name) {
  const value = given(options, name);
  if (value === undefined || value === false) {
    return undefined;
  }
  if (value !== true && typeof value !== 'function') {
    throw invalidArgType(`options.${name}`, value, 'of type boolean or function');
  }
  return value;
}

function traceOf(options) {
  const trace = given(options, 'trace');
  if (trace !== undefined) {
    validateFunction(trace, 'options.trace');
  }
  return trace;
}

/** What binding.cjs's bind wants beside the options of node:wasi; `preopens` are [{ guest, host }]. */
function extensions(options, preopens) {
  const result = {
    preopens: preopenFlags(options, preopens),
    listeners: listenersOf(options),
    limits: limitsOf(options),
    trace: traceOf(options),
    stdinData: stdinOf(options),
    capture: { 1: captureOf(options, 'captureStdout'), 2: captureOf(options, 'captureStderr') },
  };
  const { 1: captureStdout, 2: captureStderr } = result.capture;
  result.limits.output ??= defaultLimit('output', { captureStdout, captureStderr });
  return result;
}

module.exports = { defaultLimit, extensions, isLimit, limitNames };
