// Every call in every situation of docs/errnos.md, in Node's dialect.
// runtimes: node20 node26 bun deno
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, runtime } from './support/host.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const errnos = (...words) =>
  spawnSync(file('../support/errnos.py'), words, { encoding: 'utf8', maxBuffer: 64 << 20, timeout: 240000 });

test('each errno of the class is the one that docs/errnos.md says', () => {
  const place = folder();
  const command = [...runtime(), file('support/command.mjs')];
  const measured = errnos('measure', process.env.WASM_GUESTS, join(place, 'tree'), ...command);
  assert.equal(measured.status, 0, measured.stderr);
  writeFileSync(join(place, 'measured'), measured.stdout);
  const { status, stdout } = errnos('check', file('../../docs/errnos.md'), 'node', join(place, 'measured'));
  assert.equal(status, 0, stdout);
});
