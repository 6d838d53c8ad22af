// A Worker that is terminated in the middle of a call leaves nothing locked, nothing open and nobody waiting.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Thread, sharedMemory } from './driver.mjs';
import { allClosed, folder } from './host.mjs';
import { beginning, pause, remote, remotes } from './workers.mjs';

const HOUR = 3600;

/** The promise's value; fails where it takes longer than what a person would wait. */
async function soon(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than 10 seconds`)), 10000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Deno's terminate() resolves at once, and lets go on what runs: loops of JavaScript as well as calls that wait. */
const endsWhatRuns = !globalThis.Deno;

const terminated = (...threads) => soon(Promise.all(threads.map((thread) => thread.terminate())), 'terminate()');

function folderWithPipe() {
  const root = folder();
  execFileSync('mkfifo', [join(root, 'pipe')]);
  return root;
}

/** A Worker that waits for a pipe that nobody writes to, and another thread on the same memory. */
async function blockedReader() {
  const root = folderWithPipe();
  const memory = sharedMemory();
  const main = new Thread({ memory, root });
  const pipe = main.open('pipe');
  const blocked = await remote({ memory, root, area: 1 });
  await blocked.block('read', pipe);
  return { root, memory, main, pipe, blocked };
}

function assertWorks(thread) {
  const fd = thread.create('after');
  assert.equal(thread.write(fd, 'goes on'), 7);
  assert.equal(thread.seek(fd, 0), 0);
  assert.equal(thread.read(fd), 'goes on');
  thread.close(fd);
}

export const cases = {
  async others_go_on_while_one_is_blocked() {
    const { main, pipe, blocked } = await blockedReader();
    assertWorks(main);
    assert.equal(main.write(pipe, 'at last'), 7);
    await pause(50);
    assert.equal(await soon(blocked.call('tell', 99).catch(({ errno }) => errno), 'the read'), 8);
    await blocked.end();
  },

  async a_Worker_in_fd_read_can_be_terminated() {
    const { root, memory, main, pipe, blocked } = await blockedReader();
    await terminated(blocked);
    assertWorks(main);
    const next = await remote({ memory, root, area: 1 });
    assert.equal(await next.call('write', pipe, 'x'), 1);
    if (endsWhatRuns) {
      assert.equal(main.read(pipe), 'x');
    }
    main.close(pipe);
    await allClosed(join(root, 'pipe'));
    await next.end();
  },

  async a_Worker_in_poll_oneoff_can_be_terminated() {
    const root = folder();
    const memory = sharedMemory();
    const main = new Thread({ memory, root });
    const sleeper = await remote({ memory, root, area: 1 });
    await sleeper.block('sleep', HOUR);
    await terminated(sleeper);
    assertWorks(main);
  },

  async the_Worker_whose_object_came_first_can_be_terminated_while_others_wait() {
    const root = folderWithPipe();
    const memory = sharedMemory();
    const first = await remote({ memory, root, area: 1 });
    const pipe = await first.call('open', 'pipe');
    const second = await remote({ memory, root, area: 2 });
    await second.block('read', pipe);
    await terminated(first);
    await pause(500); // what the first thread had for its waits is gone by now
    const third = await remote({ memory, root, area: 1 });
    assert.equal(await third.call('write', pipe, 'wake up'), 7);
    assert.equal(await soon(second.call('write', pipe, 'awake'), 'the read'), 5);
    await terminated(second);
    await third.end();
  },

  async eight_blocked_Workers_can_be_terminated_at_once() {
    const root = folderWithPipe();
    const memory = sharedMemory(9);
    const main = new Thread({ memory, root });
    const pipe = main.open('pipe');
    const threads = await remotes(8, { memory, root });
    await Promise.all(threads.map((thread, i) => (i % 2 ? thread.block('read', pipe) : thread.block('sleep', HOUR))));
    await terminated(...threads);
    assertWorks(main);
    assert.deepEqual(main.descriptors(), [0, 1, 2, 3, pipe]);
  },

  async a_process_can_exit_while_a_Worker_is_blocked() {
    await blockedReader();
    const sleeper = await remote({ memory: sharedMemory(), area: 1 });
    await sleeper.block('sleep', HOUR);
    setTimeout(() => process.exit(0), 50);
  },

  async terminated_at_any_time_leaves_nothing_locked() {
    const root = folder();
    const memory = sharedMemory(1 + 6 * 4);
    const main = new Thread({ memory, root });
    for (let round = 0; round < 6; round++) {
      const threads = await remotes(4, { memory, root, first: 1 + round * 4 });
      threads.forEach((thread, i) => thread.job('files', `worker-${round}-${i}`, 3000).catch(() => {}));
      await pause(10 + round * 6);
      await terminated(...threads);
      assertWorks(main);
    }
    main.wasi.close();
    await allClosed(root);
  },

  async terminated_while_it_begins_leaves_no_descriptor() {
    const root = folder();
    for (let round = 0; round < 6; round++) {
      const threads = beginning(4, { memory: sharedMemory(5), root });
      await pause(round * 20);
      await terminated(...threads);
    }
    await allClosed(root);
  },
};
