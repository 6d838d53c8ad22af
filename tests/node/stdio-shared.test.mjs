// Standard streams that others share, or that are captured: a guest reads and writes them, and changes nothing else.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { WASI as Base } from '../../node/index.mjs';
import { notcapable, nospc, notsock, spipe, success } from './support/errno.mjs';
import { at, drive, guest } from './support/guest.mjs';
import { folder, run, runtime, script } from './support/host.mjs';

const megabyte = 1 << 20;
const threeGigabytes = 3n << 30n;

/** What each attempt to change descriptor `fd` gives. */
const changes = (driven, fd) => [
  driven.call.fd_filestat_set_size(fd, 0n),
  driven.call.fd_filestat_set_size(fd, threeGigabytes),
  driven.call.fd_filestat_set_times(fd, 1000000000n, 2000000000n, 5),
  driven.call.fd_allocate(fd, 0n, threeGigabytes),
  driven.call.fd_advise(fd, 0n, 0n, 4),
];

/** Runs `source` with stdout a socket, as spawn gives it; resolves to what came through and how it ended. */
function spawned(source) {
  return new Promise((resolve, reject) => {
    const [file, ...args] = [...runtime(), script(source)];
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ output, status, signal }));
  });
}

test('a guest whose stdout is a socket or a pipe of its host does not shut it down', async () => {
  const { output, status, signal } = await spawned(`
    const made = guest();
    const answers = [0, 1].flatMap((fd) => [1, 2, 3].map((how) => made.call.sock_shutdown(fd, how)));
    fs.writeSync(1, 'after ');
    process.stdout.write(JSON.stringify([...new Set(answers)]));`);
  assert.ok([`after [${notcapable}]`, `after [${notsock}]`].includes(output), output);
  assert.deepEqual([status, signal], [0, null]);
});

test('files given as standard streams keep their size, times and blocks', () => {
  const root = folder({ log: 'what others wrote' });
  const path = join(root, 'log');
  const fd = openSync(path, 'r+');
  const before = statSync(path, { bigint: true });
  const driven = guest({ stdin: fd, stdout: fd, stderr: fd });
  for (const number of [0, 1, 2]) {
    assert.deepEqual(changes(driven, number), Array(5).fill(notcapable));
    assert.equal(driven.call.sock_shutdown(number, 3), notsock);
  }
  const after = statSync(path, { bigint: true });
  for (const what of ['size', 'blocks', 'atimeNs', 'mtimeNs', 'ctimeNs']) {
    assert.equal(after[what], before[what]);
  }
  assert.equal(readFileSync(path, 'utf8'), 'what others wrote');
  closeSync(fd);
});

for (const [option, getter, fd] of [['captureStdout', 'stdoutData', 1], ['captureStderr', 'stderrData', 2]]) {
  test(`${option}: what is captured has no size but by being written`, () => {
    const driven = guest({ [option]: true });
    assert.equal(driven.write(fd, 'kept'), success);
    assert.deepEqual(changes(driven, fd), Array(5).fill(notcapable));
    assert.equal(driven.call.fd_pwrite(fd, ...driven.iovecs(driven.put(at.data, '!')), threeGigabytes, at.result),
      driven.wasi.refusal === undefined ? success : nospc);
    assert.equal(driven.call.fd_seek(fd, threeGigabytes, 0, at.result), success);
    driven.write(fd, '?');
    assert.ok(['kept', 'kept!?'].includes(driven.wasi[getter].toString()));
  });

  test(`${option}: 64 MiB are captured where limits.output says nothing else`, () => {
    const driven = guest({ [option]: true }, { memory: { initial: 33 } });
    const write = () => {
      const errno = driven.call.fd_write(fd, ...driven.iovecs([megabyte, megabyte]), at.result);
      return errno === success ? driven.u32(at.result) : errno;
    };
    assert.deepEqual(Array.from({ length: 65 }, write), [...Array(64).fill(megabyte), nospc]);
    assert.deepEqual(driven.wasi.refusal, { limit: 'output', value: 64 * megabyte });
    assert.equal(driven.wasi[getter].length, 64 * megabyte);
    driven.wasi.close();
  });

  test(`${option}: limits.output may be more`, () => {
    const driven = guest({ [option]: () => {}, limits: { output: 66 * megabyte } }, { memory: { initial: 33 } });
    for (let i = 0; i < 66; i++) {
      assert.equal(driven.call.fd_write(fd, ...driven.iovecs([megabyte, megabyte]), at.result), success);
    }
    assert.equal(driven.write(fd, 'x'), nospc);
  });
}

test('a policy does not raise what may be captured without a limit', () => {
  const require = createRequire(import.meta.url);
  const { readPolicy } = require('../../node/lib/policy.cjs');
  const { narrowed } = require('../../node/lib/narrow.cjs');
  const WASI = narrowed(Base, readPolicy(JSON.stringify({ limits: { output: 2 ** 40 } })));
  const driven = drive(new WASI({ version: 'preview1', captureStdout: true }));
  const iovecs = Array.from({ length: 64 * megabyte / 65536 }, () => [0, 65536]);
  const errno = driven.call.fd_write(1, ...driven.iovecs(...iovecs), at.result);
  assert.deepEqual([errno, driven.u32(at.result), driven.write(1, 'x')], [success, 64 * megabyte, nospc]);
  assert.deepEqual(driven.wasi.refusal, { limit: 'output', value: 64 * megabyte });
});

test('without a capture, output has no limit', () => {
  const driven = guest({ stdout: openSync('/dev/null', 'w') }, { memory: { initial: 33 } });
  for (let i = 0; i < 65; i++) {
    assert.equal(driven.call.fd_write(1, ...driven.iovecs([megabyte, megabyte]), at.result), success);
  }
  assert.equal(driven.wasi.refusal, undefined);
});

test('a hole in a file given as stdout counts as output', () => {
  const path = join(folder({ out: '' }), 'out');
  const driven = guest({ stdout: openSync(path, 'r+'), limits: { output: 100 } });
  const pwrite = (text, offset) =>
    driven.call.fd_pwrite(1, ...driven.iovecs(driven.put(at.data, text)), offset, at.result);
  assert.equal(pwrite('x', threeGigabytes), nospc);
  assert.equal(pwrite('x', 100n), nospc);
  assert.equal(pwrite('x', 49n), success);
  assert.equal(driven.call.fd_seek(1, 99n, 0, at.result), success);
  assert.deepEqual([driven.write(1, 'yz'), driven.u32(at.result)], [success, 1]);
  assert.equal(statSync(path).size, 100);
});

test('a stream that is a pipe has no position, and its others go on', () => {
  const child = run(`
    const made = guest();
    const answers = [made.call.fd_allocate(1, 0n, 9n), made.call.fd_advise(1, 0n, 0n, 0)];
    fs.writeSync(1, JSON.stringify(answers));`, { input: '' });
  assert.deepEqual([child.status, child.stdout], [0, `[${spipe},${spipe}]`]);
});
