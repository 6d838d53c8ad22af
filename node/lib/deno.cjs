// Leads Deno's `import` of node:wasi to the replaced class, which changing the built-in module's object does not reach.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const Module = require('node:module');

// The bindings of node:wasi are fixed; these are read from its object. (node:worker_threads needs no such face: Deno
// makes its bindings of the object when it is first imported.)
const face = "const it = process.getBuiltinModule('node:wasi');\nexport default it;\nexport const { WASI } = it;\n";
const faceUrl = `data:text/javascript,${encodeURIComponent(face)}`;

const hooks = {
  resolve(specifier, context, next) {
    const isWasi = specifier === 'node:wasi' || specifier === 'wasi';
    return isWasi ? { url: faceUrl, format: 'module', shortCircuit: true } : next(specifier, context);
  },
};

let registered;

function unhooked(action) {
  if (registered === undefined) {
    return action();
  }
  registered.deregister();
  registered = undefined;
  try {
    return action();
  } finally {
    registered = Module.registerHooks(hooks);
  }
}

// An ES module that `require` has found or loads while there are hooks can't import another: Deno knows nothing of what
// it depends on. The hooks are not for `require`, so they are off while it finds and while it loads such a module.
function unhookRequire() {
  const { _resolveFilename: find, prototype: { _compile: compile }, _extensions: extensions } = Module;
  const loadModule = extensions['.mjs'];
  Module._resolveFilename = (...args) => unhooked(() => find(...args));
  Module.prototype._compile = function _compile(content, file, format, ...rest) {
    const action = () => compile.call(this, content, file, format, ...rest);
    return format === 'module' ? unhooked(action) : action();
  };
  extensions['.mjs'] = (module, file) => unhooked(() => loadModule(module, file));
}

// A module that was loaded while the hooks were off has the original class. It must not pass a policy by unseen.
function disable(Stock) {
  for (const name of Object.getOwnPropertyNames(Stock.prototype)) {
    if (name === 'constructor') {
      continue;
    }
    const get = () => {
      throw new Error('ringfort/register does not reach the import of node:wasi in an ES module that is loaded by ' +
        'require() in Deno. Load that module by import.');
    };
    Object.defineProperty(Stock.prototype, name, { get, configurable: true });
  }
}

/** To be called after the replacement, with the class that was replaced. */
function replaceImports(Stock) {
  disable(Stock);
  unhookRequire();
  registered = Module.registerHooks(hooks);
}

module.exports = { replaceImports };
