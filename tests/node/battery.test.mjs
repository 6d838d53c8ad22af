// The battery of attacks on paths (tests/sandbox/battery), through the class in this runtime: as the user that runs the
// tests and as nobody, with openat2 and without.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20 node26 bun deno
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isBun, isDeno, nodeMajor, runtime } from './support/host.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const build = process.env.RINGFORT_BUILD;
const name = isBun ? 'bun' : isDeno ? 'deno' : `node${nodeMajor}`;
const without = { openat2: [], walk: [`${build}/without-openat2`] };

// A run takes seconds. Each runtime sees both users and both resolvers, and all runtimes together every pair.
const runs = ['node26', 'bun'].includes(name)
  ? [['self', 'openat2'], ['nobody', 'walk']]
  : [['nobody', 'openat2'], ['self', 'walk']];

for (const [user, resolver] of runs) {
  test(`every attempt is held, as ${user}, with ${resolver}`, () => {
    const child = spawnSync(here('../sandbox/battery/battery.sh'), [
      `${name}-${user}-${resolver}`, user, 'node', ...without[resolver], ...runtime(), here('battery/face.mjs'), 'USER',
      `${build}/tests/battery`, `${build}/guests/battery_preview1.wasm`, 'ROOT',
    ], { encoding: 'utf8' });
    assert.equal(child.status, 0, child.stdout + child.stderr);
    assert.match(child.stdout, /^[0-9]{4} held, 0 escaped, 0 wrong$/m);
  });
}
