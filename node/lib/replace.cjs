// Puts ringfort's class into node:wasi, for all of a thread's code and for the Workers it starts; under a policy, for
// the processes it starts too.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The built-in module's own object is changed, and then what ES modules have bound to it. That reaches import, require,
// import(), process.getBuiltinModule and createRequire alike, and holds in Node 20 to 26 and Bun; hooks into the loader
// would each reach some of these. Deno alone has ES bindings that do not follow: see deno.cjs.
'use strict';

const { syncBuiltinESMExports } = require('node:module');
const { addon } = require('./binding.cjs');
const { registerChildren } = require('./children.cjs');
const { replaceImports } = require('./deno.cjs');
const { narrowed } = require('./narrow.cjs');
const { policyText, processPolicy } = require('./policy.cjs');
const { registerWorkers } = require('./workers.cjs');
const { WASI } = require('../index.cjs');

function runtimeName() {
  return ['bun', 'deno'].find((name) => name in process.versions) ?? 'node';
}

/** Node warns when node:wasi is first loaded that its class is experimental; the one to be used is not. */
function loadQuietly() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return require('node:wasi');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function replace() {
  const runtime = runtimeName();
  const policy = processPolicy();
  const builtin = loadQuietly();
  const Stock = builtin.WASI;
  builtin.WASI = policy === undefined ? WASI : narrowed(WASI, policy);
  registerWorkers(runtime);
  if (policy !== undefined) {
    registerChildren(policyText(policy));
  }
  syncBuiltinESMExports();
  if (runtime === 'deno') {
    replaceImports(Stock);
  }
}

replace();

module.exports = {
  /** How many objects of ringfort's class the process has made, in all its threads. */
  served: () => addon.created(),
};
