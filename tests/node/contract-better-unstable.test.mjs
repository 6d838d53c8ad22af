// version 'unstable' is the real snapshot_0: its own numbers of whence, its own filestat and its own subscription.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { linkSync } from 'node:fs';
import { test } from 'node:test';
import { inval, success } from './support/errno.mjs';
import { names } from './support/functions.mjs';
import { at, drive } from './support/guest.mjs';
import { folder } from './support/host.mjs';
import { WASI } from './support/impl.mjs';

const file = { rights: 0x08e001ffn, inheriting: 0n };

/** A guest of wasi_unstable on a folder with a file of seven bytes that has two names. */
function old() {
  const root = folder({ file: 'content' });
  linkSync(`${root}/file`, `${root}/second`);
  const wasi = new WASI({ version: 'unstable', args: ['one'], preopens: { '/': root } });
  const calls = names.filter((name) => name !== 'sock_accept');
  return drive(wasi, { version: 'unstable', calls });
}

test('whence is 0 for the offset of now, 1 for the end, 2 for the beginning', () => {
  const made = old();
  const { fd } = made.open('file', file);
  const seek = (offset, whence) => [made.call.fd_seek(fd, offset, whence, at.result), Number(made.u64(at.result))];
  assert.deepEqual(seek(3n, 2), [success, 3]);
  assert.deepEqual(seek(2n, 0), [success, 5]);
  assert.deepEqual(seek(-1n, 1), [success, 6]);
  assert.equal(seek(0n, 3)[0], inval);
});

test('a filestat is 56 bytes: the number of links is 32 bits at 20, the size is at 24', () => {
  const made = old();
  const { fd } = made.open('file', file);
  const path = made.put(at.path, 'file');
  for (const get of [
    () => made.call.fd_filestat_get(fd, at.data),
    () => made.call.path_filestat_get(3, 0, ...path, at.data),
  ]) {
    made.bytes.fill(0xee, at.data, at.data + 64);
    assert.equal(get(), success);
    assert.equal(made.bytes[at.data + 16], 4);
    assert.equal(made.u32(at.data + 20), 2);
    assert.equal(made.u64(at.data + 24), 7n);
    assert.deepEqual([...made.bytes.slice(at.data + 56, at.data + 64)], Array(8).fill(0xee));
  }
});

test('a subscription is 56 bytes: the clock is at 24, its time at 32, its flags at 48', () => {
  const made = old();
  made.bytes.fill(0, at.data, at.data + 112);
  [0, 1].forEach((index) => {
    const base = at.data + index * 56;
    made.view.setBigUint64(base, BigInt(index + 7), true);
    made.view.setBigUint64(base + 16, 99n, true);
    made.view.setUint32(base + 24, 1, true);
    made.view.setBigUint64(base + 32, BigInt(index * 3600) * 1000000000n, true);
  });
  assert.equal(made.call.poll_oneoff(at.data, at.data + 512, 2, at.result), success);
  assert.equal(made.u32(at.result), 1);
  assert.equal(made.u64(at.data + 512), 7n);
});

test('the other functions are those of preview1', () => {
  const made = old();
  assert.deepEqual(made.strings('args'), ['one']);
  assert.equal(made.fdstat(3).type, 3);
  const { fd } = made.open('file', file);
  assert.equal(made.read(fd), 'content');
});
