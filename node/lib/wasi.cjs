// The class WASI, as Node documents it and Node 26 has it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { addon, bind } = require('./binding.cjs');
const {
  accessDenied, alreadyStarted, invalidArgType, invalidArgValue, validateArray, validateBoolean, validateFunction,
  validateInt32, validateObject, validateString, validateUndefined,
} = require('./errors.cjs');
const { extensions } = require('./options.cjs');

// Programs find these by their descriptions, read kStarted and set it, and call kSetMemory: they are own properties.
const kBindingName = Symbol('kBindingName');
const kSetMemory = Symbol('kSetMemory');
const kStarted = Symbol('kStarted');
const kExitCode = Symbol('kExitCode');
const kInstance = Symbol('kInstance');

const modules = { unstable: 'wasi_unstable', preview1: 'wasi_snapshot_preview1' };

// What close() and the captured output need, beside what programs see.
const bindings = new WeakMap();

// ---- wasiImport ----

// In Node's order, which is the alphabet's but for one pair.
const order = addon.functions().sort();
const dirName = order.indexOf('fd_prestat_dir_name');
[order[dirName], order[dirName + 1]] = [order[dirName + 1], order[dirName]];

// The class of wasiImport objects: its prototype has the same functions, for whoever calls them on such an object.
const ImportObject = (() => class WASI {})();
const boundFunctions = new WeakMap();
for (const name of order) {
  const unbound = {
    [name](...args) {
      const functions = boundFunctions.get(this);
      if (functions === undefined) {
        throw new TypeError('Illegal invocation');
      }
      return functions[name](...args);
    },
  };
  Object.defineProperty(ImportObject.prototype, name, {
    value: unbound[name], writable: true, enumerable: true, configurable: true,
  });
}

function wasiReturnOnProcExit(rval) {
  this[kExitCode] = rval;
  throw kExitCode; // not an Error: start() knows it
}

const invalidArgument = 28; // the errno that Node gives for arguments of the wrong type

function procExitOf(exit) {
  const procExit = (code, ...more) => {
    const isValid = more.length === 0 && (code === (code | 0) || code === code >>> 0);
    return isValid ? exit(code | 0) : invalidArgument;
  };
  return Object.defineProperty(procExit, 'name', { value: 'bound proc_exit' });
}

function importObject({ exit, functions }) {
  const procExit = procExitOf(exit);
  const result = new ImportObject();
  const bound = Object.create(null);
  for (const name of order) {
    bound[name] = functions[name] ?? procExit;
    if (functions[name] !== undefined) {
      Object.defineProperty(functions[name], 'name', { value: `bound ${name}` });
    }
    result[name] = bound[name];
  }
  boundFunctions.set(result, bound);
  return result;
}

// ---- Options ----

function checkPermission() {
  if (process.permission !== undefined && !process.permission.has('wasi')) {
    throw accessDenied();
  }
}

// Each option is read as often as node:wasi reads it: getters and proxies see no difference.

// A hole would shift what follows it.
function argsOf(options) {
  if (options.args === undefined) {
    return [];
  }
  validateArray(options.args, 'options.args');
  const args = options.args.map((arg) => String(arg));
  const hole = Array.from(args).indexOf(undefined);
  if (hole >= 0) {
    throw invalidArgType(`options.args[${hole}]`, undefined, 'of type string');
  }
  return args;
}

// NAME=value
function environmentOf(options) {
  if (options.env === undefined) {
    return [];
  }
  validateObject(options.env, 'options.env');
  const entries = Object.entries(options.env);
  return entries.filter(([, value]) => value !== undefined).map(([key, value]) => `${key}=${value}`);
}

function preopensOf(options) {
  if (options.preopens === undefined) {
    return [];
  }
  validateObject(options.preopens, 'options.preopens');
  return Object.entries(options.preopens).map(([guest, host]) => ({ guest, host: String(host) }));
}

function stdioOf(options) {
  const { stdin = 0, stdout = 1, stderr = 2 } = options;
  validateInt32(stdin, 'options.stdin');
  validateInt32(stdout, 'options.stdout');
  validateInt32(stderr, 'options.stderr');
  return [stdin, stdout, stderr];
}

// ---- The class ----

class WASI {
  constructor(options = {}) {
    validateObject(options, 'options');
    validateString(options.version, 'options.version');
    const { version } = options;
    if (!Object.hasOwn(modules, version)) {
      throw invalidArgValue('options.version', options.version, 'unsupported WASI version');
    }
    this[kBindingName] = modules[version];

    const args = argsOf(options);
    const env = environmentOf(options);
    const preopens = preopensOf(options);
    const stdio = stdioOf(options);
    checkPermission();
    const binding = bind({ version, args, env, stdio, ...extensions(options, preopens) });

    const returnOnExit = returnOnExitOf(options, binding);
    const imports = importObject(binding);
    if (returnOnExit) {
      imports.proc_exit = wasiReturnOnProcExit.bind(this);
    }
    this[kSetMemory] = binding.setMemory;
    this.wasiImport = imports;
    this[kStarted] = false;
    this[kExitCode] = 0;
    this[kInstance] = undefined;
    bindings.set(this, binding);
  }

  finalizeBindings(instance, { memory = instance?.exports?.memory } = {}) {
    if (this[kStarted]) {
      throw alreadyStarted();
    }
    validateObject(instance, 'instance');
    validateObject(instance.exports, 'instance.exports');
    this[kSetMemory](memory);
    this[kInstance] = instance;
    this[kStarted] = true;
  }

  start(instance) {
    this.finalizeBindings(instance);
    const { _start, _initialize } = this[kInstance].exports;
    validateFunction(_start, 'instance.exports._start');
    validateUndefined(_initialize, 'instance.exports._initialize');
    try {
      _start();
    } catch (error) {
      if (error !== kExitCode) {
        throw error;
      }
    }
    return this[kExitCode];
  }

  initialize(instance) {
    this.finalizeBindings(instance);
    const { _start, _initialize } = this[kInstance].exports;
    validateUndefined(_start, 'instance.exports._start');
    if (_initialize !== undefined) {
      validateFunction(_initialize, 'instance.exports._initialize');
      _initialize();
    }
  }

  getImportObject() {
    return { [this[kBindingName]]: this.wasiImport };
  }

  close() {
    bindings.get(this)?.close();
  }

  get stdoutData() {
    return bindings.get(this)?.taken(1);
  }

  get stderrData() {
    return bindings.get(this)?.taken(2);
  }

  get refusal() {
    return bindings.get(this)?.refusal();
  }
}

if (Symbol.dispose !== undefined) {
  Object.defineProperty(WASI.prototype, Symbol.dispose, {
    value: WASI.prototype.close, writable: true, enumerable: false, configurable: true,
  });
}

// The last option that Node looks at: what was opened for the object is closed where it is wrong.
function returnOnExitOf(options, binding) {
  try {
    if (options.returnOnExit === undefined) {
      return true;
    }
    validateBoolean(options.returnOnExit, 'options.returnOnExit');
    return options.returnOnExit;
  } catch (error) {
    binding.close();
    throw error;
  }
}

module.exports = { WASI };
