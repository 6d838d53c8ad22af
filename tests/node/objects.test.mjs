// A process that made 10,000 objects and dropped them is as it was: descriptors, threads, memory.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node26 bun deno
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, isBun, isDeno, run, runtime } from './support/host.mjs';

const flags = isBun ? [] : [isDeno ? '--v8-flags=--expose-gc' : '--expose-gc'];

test('10,000 objects leave no descriptor, thread or memory behind', () => {
  const child = run(`
    const root = ${JSON.stringify(folder({ file: 'content' }))};
    const collect = globalThis.gc ?? (() => Bun.gc(true));
    const options = { version: 'preview1', preopens: { '/': root } };
    async function make(count) {
      for (let number = 0; number < count; number += 1) {
        if (number % 250 === 0) { /* not each, for it is the engine's instances that take the time */
          assert.equal(guest(options).open('file', { rights: 2n, inheriting: 0n }).errno, 0);
        } else {
          new WASI(options);
        }
      }
      for (let turn = 0; turn < 10; turn += 1) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return {
        files: fs.readdirSync('/proc/self/fd').length,
        threads: fs.readdirSync('/proc/self/task').length,
        mib: Number(/VmRSS:\\s*(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024,
      };
    }
    fs.writeSync(1, JSON.stringify([await make(10), await make(4000), await make(6000)]));`,
  { command: runtime(flags), timeout: 240000 });
  assert.equal(child.status, 0, child.stderr);
  const [first, early, last] = JSON.parse(child.stdout);
  const seen = JSON.stringify([first, early, last]);
  assert.ok(last.files <= first.files + 20, seen);
  assert.ok(last.threads <= Math.max(first.threads, early.threads) + 2, seen);
  assert.ok(last.mib - early.mib < 128, seen); // V8 alone lets its young heap grow by that much
});
