// Paths of a guest stay inside its box while a process, or another guest, changes where they lead.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20 node26 bun deno
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runtime } from './support/host.mjs';

const races = join(process.env.RINGFORT_BUILD, 'tests/test-sandbox-races');
const guest = fileURLToPath(new URL('./races/guest.mjs', import.meta.url));

for (const shape of ['native-x', 'native-m', 'guest-x', 'guest-d', 'guest-r', 'guest-m']) {
  test(`the race ${shape} is held`, () => {
    const args = ['--milliseconds', '100', '--guest-path', 'box', shape, '--', ...runtime(), guest];
    const { status, stdout, stderr } = spawnSync(races, args, { encoding: 'utf8', timeout: 60000 });
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, new RegExp(`^held ${shape} in box: .* 0 escapes\n$`));
  });
}
