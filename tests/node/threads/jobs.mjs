// Longer work that a Worker does in one go, on its Thread.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { BADF } from './driver.mjs';

/** Opens, writes, reads and closes a file of its own again and again; gives how often. */
export function files(thread, name, rounds) {
  for (let i = 0; i < rounds; i++) {
    const text = `${name} ${i} `.repeat(1 + (i % 7));
    const fd = thread.create(`${name}-${i % 3}`);
    assert.equal(thread.write(fd, text), text.length);
    assert.equal(thread.seek(fd, 0), 0);
    assert.equal(thread.read(fd, text.length), text);
    assert.equal(thread.tell(fd), text.length);
    thread.close(fd);
    thread.unlink(`${name}-${i % 3}`);
  }
  return rounds;
}

/** Opens `count` files and gives their numbers. */
export function numbers(thread, name, count) {
  return Array.from({ length: count }, (_, i) => thread.create(`${name}-${i}`));
}

/** Adds a line `count` times to a file that others write too. */
export function lines(thread, fd, line, count) {
  for (let i = 0; i < count; i++) {
    assert.equal(thread.write(fd, line), line.length);
  }
}

/** Closes, moves and opens whatever numbers it finds, as others do; anything but an errno is thrown. */
export function disorder(thread, name, rounds, seed) {
  let state = seed;
  const random = (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % end;
  };
  const any = () => 4 + random(12);
  const steps = [
    () => thread.create(`${name}-${random(4)}`),
    () => thread.close(any()),
    () => thread.renumber(any(), any()),
    () => thread.write(any(), 'disorder'),
    () => thread.read(any(), 8),
    () => thread.seek(any(), random(64)),
  ];
  for (let i = 0; i < rounds; i++) {
    try {
      steps[random(steps.length)]();
    } catch (error) {
      if (error.errno === undefined) {
        throw error;
      }
    }
  }
}

/** Writes from a range of the memory that ends beyond it, at it or within it, as others make it grow. */
export function bigWrites(thread, fd, rounds) {
  const answers = new Set();
  const { memory, view, base, instance } = thread;
  for (let i = 0; i < rounds; i++) {
    const size = memory.buffer.byteLength;
    view.setUint32(16, 0, true);
    view.setUint32(20, Math.min(size + (i % 3 === 0 ? 65536 : 0), 0xffffffff), true);
    answers.add(instance.exports.fd_write(fd, base + 16, 1, base));
  }
  return [...answers];
}

export function grow(thread, pages) {
  for (let i = 0; i < pages; i++) {
    thread.memory.grow(1);
  }
  return thread.memory.buffer.byteLength;
}

/** Waits in calls to BADF: reads from a descriptor until someone closes it. */
export function readUntilClosed(thread, fd) {
  for (let reads = 0; ; reads++) {
    try {
      thread.seek(fd, 0);
      thread.read(fd, 16);
    } catch (error) {
      assert.equal(error.errno, BADF);
      return reads;
    }
  }
}
