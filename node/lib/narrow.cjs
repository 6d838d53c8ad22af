// Makes the class whose objects hold to a policy: it narrows the options and is otherwise the class it is made from.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { defaultLimit, isLimit, limitNames } = require('./options.cjs');
const { contains } = require('./policy.cjs');

const O_PATH = 0x200000; // <fcntl.h> of Linux on x64 and arm64; Node has no name for it

function denied(policy, host, guest, cause) {
  const error = new Error(`The policy in ${policy.source} does not allow '${host}', which is to be '${guest}' ` +
    `of a WASI guest. If it may be, add '${host}', or directories inside it, to "allow".`, cause && { cause });
  error.code = 'ERR_ACCESS_DENIED';
  error.path = host;
  return error;
}

/** Node reads options' texts as C strings. */
function cString(value) {
  return String(value).split('\0', 1)[0];
}

function isOptionsObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * One object's preopens, narrowed. A directory is opened first and then looked at, and the class gets that very
 * descriptor: between a look at a path and its opening, a guest that may write there could put a link to elsewhere.
 */
class Preopens {
  #policy;
  #fds = [];
  #entries = new Map();

  constructor(policy) {
    this.#policy = policy;
  }

  get paths() {
    return Object.fromEntries([...this.#entries].map(([guest, { host }]) => [guest, host]));
  }

  /**
   * The guest's names of what is read-only, be it by the policy or by `wish`, the option of the program. Names that no
   * preopen has are kept: the class refuses them.
   */
  readOnly(wish) {
    const names = Array.isArray(wish) ? wish.map(String) : [];
    const entries = [...this.#entries];
    const unknown = names.filter((name) => !entries.some(([, { origin }]) => origin === name));
    const readOnly = entries.filter(([, { readOnly, origin }]) => readOnly || wish === true || names.includes(origin));
    return [...readOnly.map(([guest]) => guest), ...unknown];
  }

  add(preopens) {
    for (const [name, value] of Object.entries(preopens)) {
      const guest = cString(name);
      for (const [narrowed, entry] of this.#narrow(guest, cString(value))) {
        // What the program names itself goes before what is found inside another directory.
        if (narrowed === guest || !(Object.hasOwn(preopens, narrowed) || this.#entries.has(narrowed))) {
          this.#entries.set(narrowed, { ...entry, origin: name });
        }
      }
    }
  }

  #narrow(guest, host) {
    let found;
    try {
      found = this.#open(host);
    } catch (error) {
      if (error.code === 'ENOENT') {
        return [[guest, { host: '' }]]; // the class says ENOENT of this as well, and it can't come to exist
      }
      throw denied(this.#policy, host, guest, error);
    }
    const rules = this.#policy.allow;
    const around = rules.filter((rule) => contains(rule.path, found.real));
    const closest = around.reduce((best, rule) => (best && contains(rule.path, best.path) ? best : rule), undefined);
    const inside = rules.filter((rule) => !around.includes(rule) && contains(found.real, rule.path) &&
      (closest === undefined || (closest.readOnly && !rule.readOnly)));
    if (closest === undefined && inside.length === 0) {
      throw denied(this.#policy, host, guest);
    }
    const kept = closest === undefined ? [] : [[guest, { host: found.host, readOnly: closest.readOnly }]];
    return [...kept, ...inside.map((rule) => this.#inside(guest, found.real, rule))];
  }

  #inside(guest, outer, rule) {
    const { host, real } = this.#open(rule.path);
    if (real !== rule.path) {
      throw denied(this.#policy, real, guest);
    }
    return [path.posix.join(guest, path.relative(outer, rule.path)), { host, readOnly: rule.readOnly }];
  }

  #open(host) {
    const fd = fs.openSync(host, O_PATH);
    this.#fds.push(fd);
    const link = `/proc/self/fd/${fd}`;
    return { host: link, real: fs.readlinkSync(link) };
  }

  close() {
    for (const fd of this.#fds) {
      fs.closeSync(fd);
    }
  }
}

/**
 * The options as the class is to see them. Each is narrowed when the class asks for it and only where it is of the
 * right type, so that what is wrong is found in the class's order and told in its words.
 */
class Options {
  #policy;
  #given;
  #preopens;

  constructor(policy, given) {
    this.#policy = policy;
    this.#given = given;
  }

  get view() {
    if (!isOptionsObject(this.#given)) {
      return this.#given;
    }
    return new Proxy({}, {
      get: (_, key) => this.#read(key),
      has: (_, key) => key === 'readOnly' || key === 'limits' || key in this.#given,
    });
  }

  #read(key) {
    const value = this.#given[key];
    switch (key) {
      case 'env':
        return isOptionsObject(value) ? this.#env(value) : value;
      case 'preopens':
        return isOptionsObject(value) ? this.#paths(value) : value;
      case 'readOnly':
        return this.#readOnly(value);
      case 'limits':
        return value === undefined || isOptionsObject(value) ? this.#limits(value) : value;
      default:
        return value;
    }
  }

  // Lower, never higher; what is no limit is left for the class to refuse.
  #limits(wish) {
    const limits = { ...wish, ...Object.fromEntries(limitNames.map((name) => [name, wish?.[name]])) };
    for (const [name, most] of Object.entries(this.#policy.limits ?? {})) {
      const asked = limits[name] ?? defaultLimit(name, this.#given) ?? Infinity;
      if (asked > most && (limits[name] === undefined || isLimit(name, asked))) {
        limits[name] = most;
      }
    }
    return limits;
  }

  #env(env) {
    const names = this.#policy.env;
    return names === undefined ? env : Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
  }

  #paths(preopens) {
    if (this.#policy.allow === undefined) {
      return preopens;
    }
    if (this.#preopens === undefined) {
      this.#preopens = new Preopens(this.#policy);
      this.#preopens.add(preopens);
    }
    return this.#preopens.paths;
  }

  #readOnly(wish) {
    const isRight = (wish ?? true) === true || wish === false || Array.isArray(wish);
    if (isRight && this.#policy.readOnly) {
      return true;
    }
    return isRight && this.#preopens !== undefined ? this.#preopens.readOnly(wish) : wish;
  }

  close() {
    this.#preopens?.close();
  }
}

/** The class `Base` under a policy. */
function narrowed(Base, policy) {
  return class WASI extends Base {
    constructor(options = {}) {
      const narrow = new Options(policy, options);
      try {
        super(narrow.view);
      } finally {
        narrow.close();
      }
    }
  };
}

module.exports = { narrowed };
