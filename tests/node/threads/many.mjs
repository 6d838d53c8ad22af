// Many threads of one guest at once: each has its results right, and the process has no more descriptors afterwards.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sharedMemory, Thread } from './driver.mjs';
import { allClosed, eventually, folder, openAtAll } from './host.mjs';
import { endAll, idle, remotes } from './workers.mjs';

const WORKERS = 64;
const ROUNDS = 100;

async function idleWorkers() {
  await endAll(await idle(WORKERS));
}

async function busyWorkers(count, rounds) {
  const root = folder();
  const memory = sharedMemory(count + 1);
  const threads = await remotes(count, { memory, root });
  const done = await Promise.all(threads.map((thread, i) => thread.job('files', `worker-${i}`, rounds)));
  assert.deepEqual(done, Array(count).fill(rounds));
  assert.deepEqual(await threads[0].call('descriptors', 256), [0, 1, 2, 3]);
  assert.deepEqual(readdirSync(root), []);
  await endAll(threads);
  await allClosed(root);
}

/** How many descriptors the process has more after `work`, when what ends late has ended. */
async function growth(work, expected) {
  const before = openAtAll();
  await work();
  await eventually(() => openAtAll() - before <= expected, 5000);
  return openAtAll() - before;
}

export const cases = {
  async sixty_four_Workers_have_their_files_right_and_leave_no_descriptor() {
    await busyWorkers(2, 2); // what a runtime opens once
    const atRest = await growth(idleWorkers, 0); // Deno leaves two for each Worker that loaded an addon, whichever
    const busy = await growth(() => busyWorkers(WORKERS, ROUNDS), atRest);
    assert.ok(busy <= atRest, `${busy} descriptors more, ${atRest} where no object was made`);
  },

  async Workers_that_open_at_once_never_get_the_same_number() {
    const root = folder();
    const threads = await remotes(16, { memory: sharedMemory(17), root });
    const given = await Promise.all(threads.map((thread, i) => thread.job('numbers', `worker-${i}`, 12)));
    assert.equal(new Set(given.flat()).size, 16 * 12);
    assert.deepEqual(await threads[3].call('descriptors', 256), [0, 1, 2, 3, ...given.flat().sort((a, b) => a - b)]);
    await endAll(threads);
    await allClosed(root);
  },

  async what_many_write_to_one_descriptor_is_all_there() {
    const root = folder();
    const memory = sharedMemory(9);
    const main = new Thread({ memory, root });
    const fd = main.create('lines');
    const threads = await remotes(8, { memory, root });
    await Promise.all(threads.map((thread, i) => thread.job('lines', fd, `line of ${i}\n`, 500)));
    const lines = readFileSync(join(root, 'lines'), 'utf8').split('\n').slice(0, -1).sort();
    assert.deepEqual(lines, Array.from({ length: 8 * 500 }, (_, i) => `line of ${Math.floor(i / 500)}`));
    assert.equal(main.tell(fd), lines.join('').length + lines.length);
    await endAll(threads);
  },
};
