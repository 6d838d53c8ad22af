// Threads of one guest that get into each other's way: nothing crashes, and what is told is right.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { Thread, sharedMemory } from './driver.mjs';
import { allClosed, folder, openBeneath } from './host.mjs';
import { endAll, pause, remote, remotes } from './workers.mjs';

const OVERFLOW = 61;

export const cases = {
  async memory_that_grows_while_others_write_from_all_of_it() {
    const memory = sharedMemory(8);
    const devices = { preopens: { '/': '/dev' } };
    const main = new Thread({ memory, options: devices });
    const fd = main.open('null');
    const threads = await remotes(4, { memory, options: devices });
    const [growing, ...writing] = threads;
    const answers = writing.map((thread) => thread.job('bigWrites', fd, 3000));
    assert.equal(await growing.job('grow', 900), (8 + 900) * 65536);
    for (const seen of await Promise.all(answers)) {
      assert.deepEqual(seen.filter((errno) => errno !== 0 && errno !== OVERFLOW), []);
      assert.ok(seen.includes(0));
    }
    assert.deepEqual(await writing[0].job('bigWrites', fd, 3), [OVERFLOW, 0]);
    await endAll(threads);
  },

  async descriptors_that_all_close_and_move_at_once() {
    const root = folder();
    const memory = sharedMemory(9);
    const main = new Thread({ memory, root });
    const threads = await remotes(8, { memory, root });
    await Promise.all(threads.map((thread, i) => thread.job('disorder', `worker-${i}`, 4000, i + 1)));
    const left = main.descriptors(256).filter((fd) => fd > 3);
    assert.equal(openBeneath(root).filter((path) => path !== root).length, left.length);
    left.forEach((fd) => main.close(fd));
    assert.deepEqual(main.descriptors(256), [0, 1, 2, 3]);
    await endAll(threads);
  },

  async a_descriptor_closed_while_others_read_from_it() {
    const root = folder();
    const memory = sharedMemory(5);
    const main = new Thread({ memory, root });
    const threads = await remotes(4, { memory, root });
    for (let round = 0; round < 20; round++) {
      const fd = main.create('read');
      main.write(fd, 'read by all');
      const readers = threads.map((thread) => thread.job('readUntilClosed', fd));
      await pause(5);
      main.close(fd);
      await Promise.all(readers);
    }
    assert.deepEqual(openBeneath(root).filter((path) => path !== root), []);
    await endAll(threads);
  },

  async an_object_closed_while_others_are_in_calls() {
    const root = folder();
    const memory = sharedMemory(7);
    const threads = await remotes(6, { memory, root });
    const [closing, ...others] = threads;
    const work = others.map((thread, i) => thread.job('files', `worker-${i}`, 300));
    await closing.ask('closeObject');
    assert.deepEqual(await Promise.all(work), others.map(() => 300));
    await endAll(threads);
    await allClosed(root);
  },

  async objects_bound_to_a_new_memory_at_the_same_time_have_one_table() {
    const root = folder();
    for (let round = 0; round < 6; round++) {
      const threads = await remotes(8, { memory: sharedMemory(9), root });
      const given = await Promise.all(threads.map((thread, i) => thread.call('create', `file-${i}`)));
      assert.equal(new Set(given).size, threads.length);
      for (const thread of threads) {
        assert.deepEqual(await thread.call('descriptors'), [0, 1, 2, 3, ...[...given].sort((a, b) => a - b)]);
      }
      await endAll(threads);
    }
    await allClosed(root);
  },

  async Workers_that_come_and_go_while_one_stays() {
    const root = folder();
    const memory = sharedMemory(5);
    const stays = await remote({ memory, root, area: 1 });
    const work = stays.job('files', 'stays', 4000);
    for (let round = 0; round < 12; round++) {
      const guests = await Promise.all([2, 3, 4].map((area) => remote({ memory, root, area })));
      await Promise.all(guests.map((thread, i) => thread.job('files', `guest-${i}`, 20)));
      await Promise.all(guests.map((thread, i) => (i % 2 ? thread.terminate() : thread.end())));
    }
    assert.equal(await work, 4000);
    assert.deepEqual(await stays.call('descriptors'), [0, 1, 2, 3]);
    await stays.end();
  },
};
