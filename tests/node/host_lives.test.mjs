// What a guest must not do to its host: end it, block it past its time, take its descriptors. See guests/host_lives.c.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20 node26 bun deno
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { WASI } from './support/impl.mjs';

const module = new WebAssembly.Module(readFileSync(join(process.env.WASM_GUESTS, 'host_lives.wasm')));
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const stdin = openSync('/dev/null');
const boxes = [];

// A tree of 3,000 levels is more than rmSync can name.
after(() => spawnSync('rm', ['-rf', ...boxes]));

/** The exit code of a case that runs in a box with a FIFO, on an object of its own. */
function attempt(name, options = {}) {
  const box = mkdtempSync(join(place, 'ringfort-test-'));
  boxes.push(box);
  assert.equal(spawnSync('mkfifo', [join(box, 'fifo')]).status, 0);
  const wasi = new WASI({ version: 'preview1', args: ['host_lives', name], preopens: { box }, stdin, ...options });
  return wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
}

const cases = [
  'signals', 'descriptor_numbers', 'opens_20000', 'sockets_that_are_none', 'poll_counts', 'poll_of_bad_descriptors',
  'times_and_sizes_at_the_ends', 'deep_tree', 'many_links', 'fifo_is_opened', 'closed_stdio',
];

for (const name of cases) {
  test(`the process lives on after ${name}`, () => assert.equal(attempt(name), 0));
}

for (const name of ['poll_for_ever', 'fifo_read_for_ever', 'fifo_write_for_ever']) {
  test(`${name} ends at the limit of time`, () => {
    const start = performance.now();
    assert.throws(() => attempt(name, { limits: { wallTime: 200 } }), { code: 'ERR_WASI_INTERRUPTED' });
    assert.ok(performance.now() - start < 10000);
  });
}
