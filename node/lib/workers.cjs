// Makes every Worker of the thread begin with the registration, where its runtime alone would not see to it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Worker with options of its own loses what was said on the command line or in NODE_OPTIONS: Node's with `execArgv`
// or `env`, and all of Bun's and Deno's. The loaders of napi-rs make such Workers; their guests would run on the
// original class, and past the policy.
'use strict';

const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const threads = require('node:worker_threads');
const { dataKey, processPolicy } = require('./policy.cjs');

const replacement = path.join(__dirname, 'replace.cjs');
const registration = path.join(__dirname, '..', 'register.mjs');

// Source text does not wait for what --import names; what it is strict or not by stays first.
function evaluated(source) {
  const directive = /^\s*(['"])use strict\1/.test(source) ? "'use strict'; " : '';
  return `${directive}if (typeof require === 'function') { require(${JSON.stringify(replacement)}); } ${source}`;
}

// `env` replaces NODE_OPTIONS too, but Node reads them only where they differ from the process's: text that is the
// same stays the same, for a Worker refuses many options that a process may have.
function forNode(file, options) {
  const entry = options?.eval && typeof file === 'string' ? evaluated(file) : file;
  if (Array.isArray(options?.execArgv)) {
    return [entry, { ...options, execArgv: [...options.execArgv, '--require', replacement] }];
  }
  const env = options?.env;
  if (typeof env === 'object' && env !== null && env.NODE_OPTIONS !== process.env.NODE_OPTIONS) {
    const words = [env.NODE_OPTIONS ?? '', '--require', JSON.stringify(replacement)];
    return [entry, { ...options, env: { ...env, NODE_OPTIONS: words.join(' ').trim() } }];
  }
  return [entry, options];
}

function forBun(file, options) {
  return [file, { ...options, preload: [registration, ...[options?.preload ?? []].flat()] }];
}

/** A module that does `first`, registers, and then is the one at `url`. */
function denoEntry(first, url) {
  const modules = [pathToFileURL(registration).href, url].map((it) => `await import(${JSON.stringify(it)});\n`);
  return new URL(`data:text/javascript,${encodeURIComponent(`${first};\n${modules.join('')}`)}`);
}

// The entry's own file is what programs find in process.argv: the loaders of napi-rs look for packages from there.
function denoThreadEntry(url) {
  const name = url.protocol === 'file:' ? fileURLToPath(url) : url.href;
  return denoEntry(`process.argv[1] = ${JSON.stringify(name)}`, url.href);
}

// What Deno would refuse is left to it.
function forDenoThread(file, options) {
  if (options?.eval && typeof file === 'string') {
    return [evaluated(file), options];
  }
  if (file instanceof URL) {
    return [denoThreadEntry(file), options];
  }
  const isPath = typeof file === 'string' && /^\.{0,2}\//.test(file);
  return [isPath ? denoThreadEntry(pathToFileURL(path.resolve(file))) : file, options];
}

// Web Workers are not handed what threads are: the policy goes with the text.
function forDenoWeb(url, options) {
  const data = [dataKey, processPolicy()].map((it) => JSON.stringify(it)).join();
  const first = `process.getBuiltinModule('node:worker_threads').setEnvironmentData(${data})`;
  return [URL.canParse(url) ? denoEntry(first, String(url)) : url, options];
}

/** The same class, but `prepare` makes a constructor's arguments of those given. */
function prepared(Worker, prepare) {
  return new Proxy(Worker, {
    construct: (target, args, newTarget) => Reflect.construct(target, prepare(...args), newTarget),
  });
}

/** Replaces Worker in node:worker_threads, and the global one where there is one. */
function registerWorkers(runtime) {
  const prepare = { node: [forNode], bun: [forBun, forBun], deno: [forDenoThread, forDenoWeb] }[runtime];
  threads.Worker = prepared(threads.Worker, prepare[0]);
  if (typeof globalThis.Worker === 'function' && prepare[1] !== undefined) {
    globalThis.Worker = prepared(globalThis.Worker, prepare[1]);
  }
}

module.exports = { registerWorkers };
