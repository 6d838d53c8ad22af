// A table goes with the last object that has it: its descriptors are closed, and no later guest ever sees them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { Thread, rebind, sharedMemory } from './driver.mjs';
import { allClosed, collected, folder, openBeneath } from './host.mjs';
import { remote, remotes } from './workers.mjs';

const CHURN = 500;

/** A guest in a scope of its own, so that nothing here refers to it afterwards; checks that it begins with nothing. */
function shortLife(root, round, memory = sharedMemory(2)) {
  const thread = new Thread({ memory, root });
  assert.deepEqual(thread.descriptors(), [0, 1, 2, 3], `in round ${round}`);
  const other = new Thread({ memory, root, area: 1 });
  const fd = thread.create(`file-${round % 5}`);
  other.create(`other-${round % 5}`);
  assert.equal(other.write(fd, 'x'), 1);
}

export const cases = {
  async the_last_to_go_closes_everything() {
    const root = folder();
    shortLife(root, 0);
    assert.ok(openBeneath(root).length > 0);
    await allClosed(root);
  },

  async a_memory_that_outlives_its_objects_begins_anew() {
    const root = folder();
    const memory = sharedMemory(2);
    for (let round = 0; round < 5; round++) {
      shortLife(root, round, memory);
      await allClosed(root);
    }
  },

  async a_fresh_memory_never_sees_the_descriptors_of_one_that_is_gone() {
    const root = folder();
    for (let round = 0; round < CHURN; round++) {
      shortLife(root, round);
      if (round % 10 === 0) {
        await collected(1);
      }
    }
    await allClosed(root);
  },

  async a_fresh_memory_never_sees_those_of_a_Worker_that_was_terminated() {
    const root = folder();
    for (let round = 0; round < 40; round++) {
      const [one, two] = await remotes(2, { memory: sharedMemory(3), root });
      assert.deepEqual(await one.call('descriptors'), [0, 1, 2, 3], `in round ${round}`);
      const fd = await one.call('create', 'file');
      assert.equal(await two.call('tell', fd), 0);
      await Promise.all([one.terminate(), two.terminate()]);
      await collected(1);
    }
    await allClosed(root);
  },

  async a_fresh_memory_never_sees_those_of_an_object_that_was_bound_elsewhere_since() {
    const root = folder();
    const keeper = new Thread({ memory: sharedMemory(2), root });
    const fd = keeper.create('kept');
    for (let round = 0; round < 100; round++) {
      rebind(keeper.wasi, sharedMemory(2));
      if (round % 5 === 0) {
        await collected(1);
      }
      assert.deepEqual(new Thread({ memory: sharedMemory(2), root }).descriptors(), [0, 1, 2, 3], `in round ${round}`);
    }
    assert.ok(fd > 3);
  },

  async closing_one_object_leaves_the_others_what_they_have() {
    const root = folder();
    const memory = sharedMemory(3);
    const [one, two] = [0, 1].map((area) => new Thread({ memory, root, area }));
    const far = await remote({ memory, root, area: 2 });
    const fd = one.create('kept');
    one.wasi.close();
    assert.equal(two.write(fd, 'x'), 1);
    assert.equal(await far.call('tell', fd), 1);
    two.wasi.close();
    assert.equal(await far.call('write', fd, 'y'), 1);
    await far.ask('closeObject');
    assert.deepEqual(openBeneath(root), []);
    await far.end();
  },

  async the_end_of_the_last_Worker_closes_everything() {
    const root = folder();
    const threads = await remotes(3, { memory: sharedMemory(4), root });
    await threads[0].call('create', 'kept');
    for (const thread of threads) {
      assert.ok(openBeneath(root).length > 0);
      await thread.end();
    }
    await allClosed(root);
  },
};
