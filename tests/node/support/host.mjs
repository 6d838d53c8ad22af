// What the tests of the class share: temporary folders, child processes, and looking at errors and symbols.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { importSpecifier } from './impl.mjs';

export const isBun = typeof globalThis.Bun !== 'undefined';
export const isDeno = typeof globalThis.Deno !== 'undefined';
export const isNode = !isBun && !isDeno;
export const nodeMajor = isNode ? Number(process.versions.node.split('.')[0]) : 0;

const folders = [];
after(() => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A fresh folder that goes with the process; `tree` is { 'name': 'content', 'folder/': '' }. */
export function folder(tree = {}) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ringfort-')));
  folders.push(root);
  for (const [name, content] of Object.entries(tree)) {
    if (name.endsWith('/')) {
      mkdirSync(join(root, name), { recursive: true });
    } else {
      writeFileSync(join(root, name), content);
    }
  }
  return root;
}

/** What `action` throws; fails where it throws nothing. */
export function thrownBy(action) {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Checks an error that the engine itself makes: no code, and V8's text where the engine is V8. */
export function assertPlainTypeError(error, message) {
  assert.equal(Object.prototype.toString.call(error), '[object Error]');
  assert.equal(error.name, 'TypeError');
  assert.equal('code' in error, false);
  if (!isBun) {
    assert.match(error.message, message);
  }
}

/** The own symbol of `object` with this description. */
export const symbolOf = (object, description) =>
  Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description);

/** The command line that runs a script in this very runtime. */
export function runtime(flags = []) {
  return [process.execPath, ...(isDeno ? ['run', '-A'] : []), ...flags];
}

const supportModule = (name) => new URL(name, import.meta.url).href;

/**
 * Writes a module that has WASI, encode, instantiate, fs and assert at hand, then `source`; returns its path.
 */
export function script(source) {
  const file = join(folder(), 'child.mjs');
  writeFileSync(file, `
    import * as fs from 'node:fs';
    import assert from 'node:assert/strict';
    import { WASI } from ${JSON.stringify(importSpecifier)};
    import { encode, instantiate } from ${JSON.stringify(supportModule('wasm.mjs'))};
    import { guest } from ${JSON.stringify(supportModule('guest.mjs'))};
    ${source}`);
  return file;
}

/** Runs `source` (see script) in a child of the same runtime and waits for it; `shell` is put before the command. */
export function run(source, { command = runtime(), shell, timeout = 30000, ...options } = {}) {
  const words = [...command, script(source)];
  const [file, ...rest] = shell === undefined ? words : ['/bin/sh', '-c', `${shell} "$@"`, 'sh', ...words];
  return spawnSync(file, rest, { timeout, maxBuffer: 64 << 20, encoding: 'utf8', ...options });
}
