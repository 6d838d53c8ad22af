// Files as WASI means them, where node:wasi does otherwise: flags, rights, inodes, links that lead out, listings.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { loop, notcapable, success } from './support/errno.mjs';
import { at, guest } from './support/guest.mjs';
import { folder } from './support/host.mjs';

const creat = 1;
const trunc = 8;
const setSize = 1n << 22n;
const file = { rights: 0x08e001ffn, inheriting: 0n };
const reading = { rights: 2n, inheriting: 0n };

test('fd_fdstat_get reports WASI\'s flags and none of the host\'s', () => {
  const made = guest({ preopens: { '/': folder({ file: '' }) } });
  assert.equal(made.fdstat(3).flags, 0);
  for (const flags of [0, 1, 4, 5]) {
    const { fd } = made.open('file', { ...file, flags });
    assert.equal(made.fdstat(fd).flags, flags);
  }
  const { fd } = made.open('file', file);
  assert.equal(made.call.fd_fdstat_set_flags(fd, 1), success);
  assert.equal(made.fdstat(fd).flags, 1);
});

test('O_TRUNC without the right to set sizes is ENOTCAPABLE, and the file keeps its content', () => {
  const root = folder({ file: 'content' });
  const made = guest({ preopens: { '/': root } });
  const { base, inheriting } = made.fdstat(3);
  assert.equal(made.call.fd_fdstat_set_rights(3, base & ~(1n << 19n), inheriting & ~setSize), success);
  assert.equal(made.open('file', { ...reading, oflags: trunc }).errno, notcapable);
  assert.equal(readFileSync(`${root}/file`, 'utf8'), 'content');
});

test('a descriptor opened for reading does not write, and rights that were dropped do not come back', () => {
  const made = guest({ preopens: { '/': folder({ file: 'content' }) } });
  const { fd } = made.open('file', reading);
  assert.equal(made.write(fd, 'x'), notcapable);
  assert.equal(made.call.fd_seek(fd, 0n, 0, at.result), notcapable);
  assert.equal(made.read(fd), 'content');
  assert.equal(made.call.fd_fdstat_set_rights(fd, 0n, 0n), success);
  assert.equal(made.read(fd), notcapable);
  assert.equal(made.call.fd_fdstat_set_rights(fd, 2n, 0n), notcapable);
});

/** All entries of a folder by calls with a buffer of `size`: [name, inode, type]. */
function list(made, fd, size) {
  const entries = [];
  let cookie = 0n;
  for (;;) {
    assert.equal(made.call.fd_readdir(fd, at.data, size, cookie, at.result), success);
    const used = made.u32(at.result);
    let base = at.data;
    while (base + 24 <= at.data + used) {
      const length = made.u32(base + 16);
      if (base + 24 + length > at.data + used) {
        break;
      }
      cookie = made.u64(base);
      entries.push([made.text(base + 24, length), made.u64(base + 8), made.bytes[base + 20]]);
      base += 24 + length;
    }
    if (used < size) {
      return entries;
    }
  }
}

test('fd_readdir gives the true inodes and types, and neither . nor ..', () => {
  const root = folder({ one: '', 'two/': '', three: '' });
  symlinkSync('one', `${root}/link`);
  const found = list(guest({ preopens: { '/': root } }), 3, 4096);
  const types = found.map(([name, , type]) => [name, type]).sort();
  assert.deepEqual(types, [['link', 7], ['one', 4], ['three', 4], ['two', 3]]);
  for (const [name, inode] of found.filter(([entry]) => entry !== 'link')) {
    assert.equal(inode, statSync(`${root}/${name}`, { bigint: true }).ino, name);
  }
});

for (const size of [64, 100, 1000, 32768]) {
  test(`fd_readdir lists 300 entries once each with a buffer of ${size} bytes`, () => {
    const expected = Array.from({ length: 300 }, (_, index) => `entry-${index}`).sort();
    const made = guest({ preopens: { '/': folder(Object.fromEntries(expected.map((name) => [name, '']))) } });
    assert.deepEqual(list(made, 3, size).map(([name]) => name).sort(), expected);
  });
}

test('path_readlink cuts what does not fit', () => {
  const root = folder();
  symlinkSync('a-long-target', `${root}/link`);
  const made = guest({ preopens: { '/': root } });
  const path = made.put(at.path, 'link');
  assert.equal(made.call.path_readlink(3, ...path, at.data, 6, at.result), success);
  assert.equal(made.text(at.data, made.u32(at.result)), 'a-long');
});

/** A preopen beside a secret, with links that lead out of it. */
function besideSecret(guestName = '/in') {
  const root = folder({ 'secret/': '', 'secret/file': 'secret', 'in/': '', 'in/file': 'inside', 'in/dir/': '' });
  symlinkSync('../secret', `${root}/in/out`);
  symlinkSync(`${root}/secret`, `${root}/in/absolute`);
  symlinkSync('../secret/file', `${root}/in/outfile`);
  symlinkSync('../secret/new', `${root}/in/dangling`);
  symlinkSync('file', `${root}/in/inner`);
  return { root, made: guest({ preopens: { [guestName]: `${root}/in` } }) };
}

for (const path of [
  'out/file', 'absolute/file', 'outfile', '../secret/file', 'dir/../../secret/file', 'out/../in/file',
]) {
  test(`what leads out of a preopen is ENOTCAPABLE: ${path}`, () => {
    const { made } = besideSecret();
    assert.equal(made.open(path, reading).errno, notcapable);
  });
}

test('nothing is made, removed or renamed through a link that leads out', () => {
  const { root, made } = besideSecret();
  const { call } = made;
  const made1 = made.put(at.path, 'out/made');
  const existing = made.put(at.path2, 'out/file');
  const inside = made.put(at.data, 'file');
  assert.equal(made.open('out/made', { ...file, oflags: creat }).errno, notcapable);
  assert.equal(made.open('dangling', { ...file, oflags: creat }).errno, notcapable);
  made.put(at.path, 'out/made');
  assert.equal(call.path_create_directory(3, ...made1), notcapable);
  assert.equal(call.path_unlink_file(3, ...existing), notcapable);
  assert.equal(call.path_remove_directory(3, ...existing), notcapable);
  assert.equal(call.path_rename(3, ...inside, 3, ...made1), notcapable);
  assert.equal(call.path_link(3, 0, ...existing, 3, ...made1), notcapable);
  assert.equal(call.path_symlink(...inside, 3, ...made1), notcapable);
  assert.equal(existsSync(`${root}/secret/made`), false);
  assert.equal(existsSync(`${root}/secret/new`), false);
  assert.equal(readFileSync(`${root}/secret/file`, 'utf8'), 'secret');
});

test('a link that the guest makes leads nowhere else', () => {
  const { made } = besideSecret();
  assert.equal(made.call.path_symlink(...made.put(at.data, '..'), 3, ...made.put(at.path, 'up')), success);
  assert.equal(made.open('up/secret/file', reading).errno, notcapable);
});

test('a link at the end of a path is not followed where the guest did not ask for it', () => {
  const { made } = besideSecret();
  assert.equal(made.open('inner', { ...reading, lookup: 0 }).errno, loop);
  assert.equal(made.open('outfile', { ...reading, lookup: 0 }).errno, loop);
  assert.equal(made.open('inner', reading).errno, success);
});

test('absolute links resolve inside a preopen called /, and nowhere else', () => {
  const root = folder({ 'dir/': '', 'dir/file': 'inside' });
  symlinkSync('/dir/file', `${root}/link`);
  const reads = (guestName) => {
    const made = guest({ preopens: { [guestName]: root } });
    const { errno, fd } = made.open('link', reading);
    return errno === success ? made.read(fd) : errno;
  };
  assert.equal(reads('/'), 'inside');
  assert.equal(reads('/root'), notcapable);
});

test('.. above a preopen is ENOTCAPABLE, also where it is called /', () => {
  for (const guestName of ['/', '/in']) {
    const { made } = besideSecret(guestName);
    assert.equal(made.open('..', { rights: 0n, inheriting: 0n }).errno, notcapable);
    assert.equal(made.open('../in/file', reading).errno, notcapable);
  }
});

test('a folder that the host renames stays the same preopen', () => {
  const { root, made } = besideSecret();
  const { fd } = made.open('dir', { oflags: 2, rights: 1n << 13n, inheriting: 2n });
  writeFileSync(`${root}/in/dir/here`, 'here');
  assert.equal(made.call.path_rename(3, ...made.put(at.path, 'dir'), 3, ...made.put(at.path2, 'moved')), success);
  assert.equal(made.open('here', { ...reading, dir: fd }).errno, success);
});
