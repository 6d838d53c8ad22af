// Objects that are bound to one shared memory have one descriptor table, in one thread and in several; others have not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BADF, Thread, bindings, rebind, sharedMemory } from './driver.mjs';
import { folder } from './host.mjs';
import { endAll, remote, remotes } from './workers.mjs';

const badf = { errno: BADF };

/** Two objects in this thread on one memory. */
function pair(ways = ['initialize', 'initialize']) {
  const root = folder();
  const memory = sharedMemory();
  return ways.map((way, area) => new Thread({ memory, area, root, way }));
}

/** Checks that what `a` opens `b` reads, and that what `b` closes `a` has no more. */
function assertShared(a, b) {
  const fd = a.create('shared.txt');
  a.write(fd, 'one guest');
  assert.equal(b.tell(fd), 9);
  assert.equal(b.seek(fd, 4), 4);
  assert.equal(a.read(fd), 'guest');
  b.close(fd);
  assert.throws(() => a.read(fd), badf);
  assert.throws(() => b.read(fd), badf);
}

function assertApart(a, b) {
  const fd = a.create('apart.txt');
  assert.throws(() => b.write(fd, 'x'), badf);
  assert.deepEqual(b.descriptors(), [0, 1, 2, 3]);
  assert.deepEqual(a.descriptors(), [0, 1, 2, 3, fd]);
}

export const cases = {
  two_objects_in_one_thread_share: () => assertShared(...pair()),

  every_way_of_binding_shares_with_every_other() {
    for (const first of bindings) {
      for (const second of bindings) {
        assertShared(...pair([first, second]));
      }
    }
  },

  a_file_opened_before_another_object_was_bound_is_seen_by_it() {
    const root = folder();
    const memory = sharedMemory();
    const a = new Thread({ memory, root });
    const fd = a.create('early.txt');
    a.write(fd, 'before');
    assert.equal(a.seek(fd, 2), 2);
    const b = new Thread({ memory, area: 1, root });
    assert.equal(b.tell(fd), 2);
    assert.equal(b.read(fd), 'fore');
    assert.equal(a.tell(fd), 6);
  },

  a_file_opened_before_its_object_came_to_a_shared_memory_is_seen_by_others() {
    const root = folder();
    const a = new Thread({ memory: new WebAssembly.Memory({ initial: 1 }), root });
    const fd = a.create('private.txt');
    a.write(fd, 'alone at first');
    assert.equal(a.seek(fd, 6), 6);
    const memory = sharedMemory();
    rebind(a.wasi, memory);
    const b = new Thread({ memory, area: 1, root });
    assert.equal(b.tell(fd), 6);
    assert.equal(b.read(fd), 'at first');
    assert.equal(b.seek(fd, 0, 1), 14);
  },

  an_object_that_shares_with_others_moves_to_no_other_memory() {
    for (const other of [sharedMemory(), new WebAssembly.Memory({ initial: 1 })]) {
      const [a, b] = pair();
      const fd = a.create('stays.txt');
      assert.throws(() => rebind(a.wasi, other), { code: 'ERR_WASI_NOT_ALONE', message: /make a new one/ });
      assert.equal(b.write(fd, 'still one'), 9);
      assert.equal(a.tell(fd), 9);
      rebind(a.wasi, a.memory);
      assert.equal(a.tell(fd), 9);
    }
  },

  an_object_that_is_alone_again_takes_its_files_to_another_memory() {
    const [a, b] = pair();
    const fd = b.create('moves.txt');
    const memory = sharedMemory();
    b.wasi.close();
    rebind(a.wasi, memory);
    const c = new Thread({ memory, area: 2, root: folder() });
    assert.equal(c.write(fd, 'with a'), 6);
    const d = new Thread({ memory: b.memory, area: 3, root: folder() });
    assert.deepEqual(d.descriptors(), [0, 1, 2, 3]);
    assert.throws(() => d.tell(fd), badf);
  },

  an_object_that_is_alone_joins_others_at_another_memory() {
    const [a] = pair();
    const alone = new Thread({ memory: sharedMemory(), root: folder() });
    alone.close(alone.create('left.txt'));
    rebind(alone.wasi, a.memory);
    const fd = a.create('theirs.txt');
    assert.equal(alone.instance.exports.fd_close(fd), 0);
    assert.throws(() => a.tell(fd), badf);
  },

  numbers_are_given_once() {
    const [a, b] = pair();
    const numbers = Array.from({ length: 40 }, (_, i) => (i % 2 ? a : b).create(`file-${i}`));
    assert.equal(new Set(numbers).size, 40);
    assert.deepEqual(a.descriptors(256), b.descriptors(256));
  },

  renumber_moves_for_all() {
    const [a, b] = pair();
    const [one, two] = [a.create('one'), b.create('two')];
    a.write(one, '1');
    b.renumber(one, two);
    assert.throws(() => a.tell(one), badf);
    assert.equal(a.tell(two), 1);
    assert.deepEqual(a.descriptors(), [0, 1, 2, 3, two]);
  },

  the_preopens_are_the_first_objects() {
    const [mine, other] = [folder(), folder()];
    const memory = sharedMemory();
    const a = new Thread({ memory, root: mine });
    const b = new Thread({ memory, area: 1, root: other });
    b.close(b.create('where'));
    assert.equal(a.seek(a.open('where'), 0, 2), 0);
    assert.throws(() => readFileSync(join(other, 'where')), { code: 'ENOENT' });
  },

  two_memories_do_not_share() {
    const root = folder();
    const threads = [0, 1].map((area) => new Thread({ memory: sharedMemory(), area, root }));
    assertApart(...threads);
  },

  memories_that_are_not_shared_do_not_share() {
    const root = folder();
    const threads = [0, 1].map(() => new Thread({ memory: new WebAssembly.Memory({ initial: 1 }), root }));
    assertApart(...threads);
  },

  two_objects_on_one_memory_that_is_not_shared_do_not_share() {
    const root = folder();
    const memory = new WebAssembly.Memory({ initial: 2 });
    assertApart(...[0, 1].map((area) => new Thread({ memory, area, root })));
  },

  async a_file_opened_in_one_Worker_is_read_in_another() {
    const root = folder();
    const memory = sharedMemory(5);
    const [one, two, three] = await remotes(3, { memory, root });
    const fd = await one.call('create', 'shared.txt');
    assert.equal(await one.call('write', fd, 'one guest'), 9);
    assert.equal(await two.call('seek', fd, 4), 4);
    assert.equal(await one.call('tell', fd), 4);
    assert.equal(await two.call('read', fd), 'guest');
    await three.call('close', fd);
    for (const thread of [one, two, three]) {
      await assert.rejects(thread.call('read', fd), badf);
    }
    await endAll([one, two, three]);
  },

  async every_way_of_binding_shares_across_Workers() {
    const root = folder();
    const memory = sharedMemory(8);
    const main = new Thread({ memory, root });
    const fd = main.create('ways');
    const threads = await Promise.all(bindings.map((way, i) => remote({ memory, root, way, area: i + 1 })));
    for (const [i, thread] of threads.entries()) {
      assert.equal(await thread.call('tell', fd), i);
      assert.equal(await thread.call('write', fd, '.'), 1);
    }
    assert.equal(main.tell(fd), bindings.length);
    await endAll(threads);
  },

  async what_a_Worker_opened_stays_open_when_it_ends() {
    const root = folder();
    const memory = sharedMemory();
    const main = new Thread({ memory, root });
    const worker = await remote({ memory, root, area: 1 });
    const fd = await worker.call('create', 'kept');
    await worker.call('write', fd, 'kept');
    await worker.end();
    main.seek(fd, 0);
    assert.equal(main.read(fd), 'kept');
    assert.equal(main.create('more') === fd, false);
  },

  async the_first_object_may_end_before_the_others() {
    const root = folder();
    const memory = sharedMemory();
    const first = await remote({ memory, root, area: 1 });
    const second = await remote({ memory, root, area: 2 });
    const fd = await first.call('create', 'kept');
    await first.call('write', fd, 'kept');
    await first.end();
    await second.call('seek', fd, 0);
    assert.equal(await second.call('read', fd), 'kept');
    assert.deepEqual(await second.call('descriptors'), [0, 1, 2, 3, fd]);
    await second.end();
  },

  async Workers_on_two_memories_do_not_share() {
    const root = folder();
    const [one, two] = await Promise.all([0, 1].map(() => remote({ memory: sharedMemory(), root, area: 1 })));
    const fd = await one.call('create', 'apart');
    await assert.rejects(two.call('tell', fd), badf);
    assert.deepEqual(await two.call('descriptors'), [0, 1, 2, 3]);
    await endAll([one, two]);
  },
};
