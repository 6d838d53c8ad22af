// Hands the policy of a process down to the processes of Node, Bun and Deno that it starts.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A child reads three variables: RINGFORT_POLICY, and NODE_OPTIONS (Node, Deno) or BUN_OPTIONS (Bun), which register
// ringfort. They are put into the environment of this process, from which children inherit them, and into each that
// node:child_process is given in its place.
'use strict';

const childProcess = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { variable } = require('./policy.cjs');

const replacement = path.join(__dirname, 'replace.cjs');
const registration = path.join(__dirname, '..', 'register.mjs');

const starters = ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'];

/** A word of NODE_OPTIONS or BUN_OPTIONS, in quotes where blanks would divide it. */
function word(text) {
  return /[\s"'\\]/.test(text) ? JSON.stringify(text) : text;
}

const nodeWords = `--require ${word(replacement)}`;
const bunWords = word(`--preload=${registration}`); // Bun knows quotes around a whole word only

function withWords(options, words) {
  const given = options === undefined ? '' : String(options);
  return given.includes(words) ? given : `${given} ${words}`.trim();
}

/** The environment `env` with what hands the policy down. */
function handingDown(env, text) {
  return {
    ...env,
    [variable]: text,
    NODE_OPTIONS: withWords(env.NODE_OPTIONS, nodeWords),
    BUN_OPTIONS: withWords(env.BUN_OPTIONS, bunWords),
  };
}

// The functions take (file[, args][, options][, callback]); exec and execSync have no args. What they would refuse is
// left to them.
function withEnvironment(args, text) {
  const isOptions = (arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg);
  const at = args.findIndex((arg, index) => index > 0 && isOptions(arg));
  if (at > 0) {
    const env = args[at].env ?? process.env;
    const options = typeof env === 'object' ? { ...args[at], env: handingDown(env, text) } : args[at];
    return [...args.slice(0, at), options, ...args.slice(at + 1)];
  }
  const end = args.findIndex((arg, index) => index > 0 && !Array.isArray(arg));
  const place = end === -1 ? args.length : end;
  // null and undefined may stand for options that are not given; a callback stays.
  const rest = args[place] === null || args[place] === undefined ? args.slice(place + 1) : args.slice(place);
  return [...args.slice(0, place), { env: handingDown(process.env, text) }, ...rest];
}

function starter(start, text) {
  return function (...args) {
    return Reflect.apply(start, this, args.length > 0 ? withEnvironment(args, text) : args);
  };
}

// Not a Proxy: what promisify finds at exec and execFile cannot be another there.
function wrapped(start, text) {
  const { prototype, [promisify.custom]: custom, ...properties } = Object.getOwnPropertyDescriptors(start);
  const wrapper = Object.defineProperties(starter(start, text), properties);
  if (typeof custom?.value === 'function') {
    Object.defineProperty(wrapper, promisify.custom, { ...custom, value: starter(custom.value, text) });
  }
  return wrapper;
}

/** Puts the policy, as text, into this process's environment and into those that it gives to children. */
function registerChildren(text) {
  Object.assign(process.env, handingDown(process.env, text));
  for (const name of starters) {
    childProcess[name] = wrapped(childProcess[name], text);
  }
}

module.exports = { registerChildren };
