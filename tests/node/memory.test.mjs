// Addresses and counts that a host must not trust, by every function: see tests/guests/memory_attacks.c.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20 node26 bun deno
import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from './support/host.mjs';
import { WASI } from './support/impl.mjs';

const NO_SUCH_ATTACK = 1 << 8;

function attacker(version, file) {
  const none = openSync('/dev/null', 'r+');
  const wasi = new WASI({
    version, args: ['f'], env: { f: '1' }, preopens: { box: folder() }, stdin: none, stdout: none, stderr: none,
  });
  const module = new WebAssembly.Module(readFileSync(join(process.env.WASM_GUESTS, file)));
  const instance = new WebAssembly.Instance(module, wasi.getImportObject());
  wasi.initialize(instance);
  return instance.exports;
}

/** Runs every attack; none throws, for this class answers a bad address with an errno. */
function attackAll(guest, inTheMiddle) {
  const problems = [];
  let index = 0;
  for (; ; index += 1) {
    const start = performance.now();
    const verdict = guest.attack(index, inTheMiddle);
    if (verdict === NO_SUCH_ATTACK) {
      break;
    }
    if (verdict >> 8 !== 0 || performance.now() - start > 5000) {
      problems.push({ index, form: guest.form_of(index).toString(16), problem: verdict >> 8, errno: verdict & 0xff });
    }
  }
  assert.deepEqual(problems, []);
  assert.ok(index > 2000);
}

/** The most memory that this process ever held, in MiB. */
const peak = () => Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

for (const [version, file] of [['preview1', 'memory_attacks.wasm'], ['unstable', 'memory_attacks_unstable.wasm']]) {
  test(`addresses and counts of ${version} harm neither memory nor host`, () => {
    const guest = attacker(version, file);
    assert.equal(guest.attack(0, 0), 0);
    const before = peak();
    attackAll(guest, 0);
    assert.equal(guest.grow(), 1);
    attackAll(guest, 0);
    attackAll(guest, 1);
    assert.ok(peak() - before < 64, `the host grew by ${peak() - before} MiB`);
  });
}
