// Reads RINGFORT_POLICY: what the objects of a replaced node:wasi may give to their guests.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// { "allow": ["/path", { "path": "/path", "readOnly": true }], "readOnly": false, "env": ["NAME"],
// "limits": { "openFiles": 64 } }: each key may be absent, and what is absent narrows nothing. A policy that is not
// understood to the letter is refused, never guessed.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const threads = require('node:worker_threads');
const { load } = require('./load.cjs');
const { isLimit, limitNames } = require('./options.cjs');

const variable = 'RINGFORT_POLICY';
const dataKey = 'ringfort.policy'; // of worker_threads' environment data
const LINKS_MAX = 40; // as the kernel follows

/** True where `inner` is `outer` or lies inside it; both are real paths. */
function contains(outer, inner) {
  return inner === outer || inner.startsWith(outer === '/' ? '/' : `${outer}/`);
}

/** The real directories in which the parts of an absolute path are looked up, those of its links' targets too. */
function lookups(given) {
  const found = new Set();
  const rest = given.split('/');
  let at = '/';
  for (let links = 0; rest.length > 0 && links < LINKS_MAX;) {
    const part = rest.shift();
    if (part === '..') {
      at = path.dirname(at);
    } else if (part !== '' && part !== '.') {
      found.add(at);
      const target = linkTarget(path.join(at, part));
      links += target === undefined ? 0 : 1;
      at = target === undefined ? path.join(at, part) : path.isAbsolute(target) ? '/' : at;
      rest.unshift(...(target ?? '').split('/'));
    }
  }
  return found;
}

function linkTarget(name) {
  try {
    return fs.readlinkSync(name);
  } catch {
    return undefined; // it is no link
  }
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// The texts below say what is wrong and how it is put right; this adds where.
class Reader {
  constructor(source) {
    this.source = source;
  }

  fail(problem, cause) {
    const error = new Error(`The policy in ${this.source} can't be used: ${problem}`, cause && { cause });
    error.code = 'ERR_RINGFORT_POLICY';
    throw error;
  }

  parse(text) {
    try {
      return JSON.parse(text);
    } catch (error) {
      return this.fail(`it is not JSON (${error.message}). Write it as { "allow": ["/path"] }.`, error);
    }
  }

  onlyKeys(value, keys, name) {
    if (!isObject(value)) {
      this.fail(`${name} must be an object with some of the keys ${keys.join(', ')}.`);
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) {
        this.fail(`${name} has the unknown key ${JSON.stringify(key)}. It may have ${keys.join(', ')}.`);
      }
    }
  }

  boolean(value, name) {
    if (value !== undefined && typeof value !== 'boolean') {
      this.fail(`${name} is ${JSON.stringify(value)}. Make it true or false.`);
    }
    return value;
  }

  list(value, name, isItem, what) {
    if (value !== undefined && !(Array.isArray(value) && value.every(isItem))) {
      this.fail(`${name} must be an array of ${what}.`);
    }
    return value;
  }

  directory(given, name) {
    if (!path.isAbsolute(given) || given.includes('\0')) {
      this.fail(`${name} is ${JSON.stringify(given)}, which is not an absolute path. Write it from "/" on.`);
    }
    try {
      const real = fs.realpathSync(given);
      if (fs.statSync(real).isDirectory()) {
        return real;
      }
    } catch (error) {
      this.fail(`${name}, '${given}', can't be found (${error.message}). Create it, or take it out.`, error);
    }
    return this.fail(`${name}, '${given}', is not a directory. Name the directory it lies in.`);
  }

  rule(item, name, allReadOnly) {
    const value = typeof item === 'string' ? { path: item } : item;
    this.onlyKeys(value, ['path', 'readOnly'], name);
    if (typeof value.path !== 'string') {
      this.fail(`${name} has no "path". Write "/path" or { "path": "/path", "readOnly": true }.`);
    }
    const readOnly = this.boolean(value.readOnly, `${name}.readOnly`);
    if (readOnly === false && allReadOnly) {
      this.fail(`${name}.readOnly is false, but "readOnly" makes all so. Take one of them out.`);
    }
    const directory = this.directory(value.path, name);
    return { given: value.path, path: directory, readOnly: readOnly === true || allReadOnly };
  }

  // Whoever may write a directory can put a link in the place of what it holds: a path through it would be another at
  // the next start.
  notThrough(rules, given, name) {
    for (const directory of lookups(given)) {
      const open = rules.find((rule) => !rule.readOnly && contains(rule.path, directory));
      if (open !== undefined) {
        this.fail(`${name}, '${given}', lies in '${open.path}', where guests may write, and could lead it elsewhere. ` +
          `Make '${open.path}' read-only, or keep '${given}' out of it.`);
      }
    }
  }

  // A directory that may be written lets its guest write in all that lies inside: a rule that says otherwise would
  // look like a protection and be none.
  rules(items, allReadOnly) {
    const rules = items.map((item, index) => this.rule(item, `"allow[${index}]"`, allReadOnly));
    for (const inner of rules) {
      const outer = rules.find((rule) => rule !== inner && !rule.readOnly && contains(rule.path, inner.path));
      if (outer !== undefined && inner.readOnly) {
        this.fail(`'${inner.path}' is read-only inside '${outer.path}', which is not, and can't be kept so. ` +
          `Make '${outer.path}' read-only, and allow what may be written in it.`);
      }
    }
    items.forEach((item, index) => this.notThrough(rules, rules[index].given, `"allow[${index}]"`));
    return rules.map((rule) => ({ path: rule.path, readOnly: rule.readOnly }));
  }

  limits(value) {
    if (value === undefined) {
      return {};
    }
    this.onlyKeys(value, limitNames, '"limits"');
    for (const [name, limit] of Object.entries(value)) {
      if (!isLimit(name, limit)) {
        this.fail(`"limits".${name} is ${JSON.stringify(limit)}. Make it a whole number from 1 on that can be held.`);
      }
    }
    return { limits: value };
  }

  policy(value) {
    this.onlyKeys(value, ['allow', 'readOnly', 'env', 'limits'], 'it');
    const readOnly = this.boolean(value.readOnly, '"readOnly"') === true;
    const items = this.list(value.allow, '"allow"', (item) => typeof item === 'string' || isObject(item),
      'paths and of objects with a "path"');
    const isName = (item) => typeof item === 'string';
    return {
      source: this.source,
      allow: items === undefined ? undefined : this.rules(items, readOnly),
      readOnly,
      env: this.list(value.env, '"env"', isName, "variables' names"),
      ...this.limits(value.limits),
    };
  }

  file(name) {
    try {
      return fs.readFileSync(name, 'utf8');
    } catch (error) {
      return this.fail(`the file can't be read (${error.message}). Give ${variable} the path of a JSON file, or JSON.`,
        error);
    }
  }
}

function isText(value) {
  return value.trimStart().startsWith('{');
}

function readerOf(value) {
  return new Reader(isText(value) ? variable : `'${path.resolve(value)}' (${variable})`);
}

/**
 * The policy that a value of RINGFORT_POLICY stands for: JSON, or the path of a JSON file. Its paths are real ones.
 *
 * @throws {Error} ERR_RINGFORT_POLICY, with what is wrong, where, and the remedy
 */
function readPolicy(value) {
  const reader = readerOf(value);
  return reader.policy(reader.parse(isText(value) ? value : reader.file(value)));
}

// A guest that could write these would choose the policy of the next start.
function checkOutOfReach(policy, value) {
  const reader = readerOf(value);
  const rules = policy.allow ?? [];
  if (!isText(value)) {
    reader.notThrough(rules, path.resolve(value), "the policy's own file");
  }
  for (const file of [__filename, load().file]) {
    reader.notThrough(rules, file, 'a file of ringfort itself');
  }
}

// Read once for the process, and handed down to its Workers: they may have an environment of their own, and a program
// that changes the variable later must not change what holds.
/** The policy of this process, or undefined where it has none. */
function processPolicy() {
  const value = process.env[variable];
  let policy = threads.getEnvironmentData(dataKey);
  if (policy === undefined && value !== undefined) {
    policy = readPolicy(value);
    checkOutOfReach(policy, value);
    threads.setEnvironmentData(dataKey, policy);
  }
  return policy;
}

/** The policy as a value of RINGFORT_POLICY, which means the same wherever it is read. */
function policyText({ allow, readOnly, env, limits }) {
  return JSON.stringify({ allow, readOnly, env, limits });
}

module.exports = { contains, dataKey, policyText, processPolicy, readPolicy, variable };
