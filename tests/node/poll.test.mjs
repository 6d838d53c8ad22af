// poll_oneoff on standard input: a socket pair in Node, whose other end the parent closes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { runtime, script } from './support/host.mjs';

/** Polls descriptor 0 and prints the event's [errno, error, type, nbytes, flags]. */
const polls = `
  const made = guest();
  made.bytes.fill(0, 2048, 4096);
  made.view.setBigUint64(2048, 7n, true);
  made.bytes[2056] = 1; // fd_read
  made.view.setUint32(2064, 0, true);
  fs.writeSync(1, 'ready');
  const errno = made.call.poll_oneoff(2048, 4096, 1, 64);
  fs.writeSync(1, JSON.stringify([errno, made.u32(64), Number(made.u64(4096)), made.view.getUint16(4104, true),
    made.bytes[4106], Number(made.u64(4112)), made.view.getUint16(4120, true)]));`;

/** What a child that polls prints once `when` has been done to it. */
function printed(when) {
  const [file, ...rest] = [...runtime(), script(polls)];
  const child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (data) => {
    if (text === '') {
      when(child);
    }
    text += data;
  });
  return new Promise((resolve) => {
    child.on('close', () => resolve(text));
  });
}

test('poll_oneoff reports hang-up when the parent has closed standard input', async () => {
  assert.equal(await printed((child) => child.stdin.end()), 'ready[0,1,7,0,1,0,1]');
});

test('poll_oneoff reports bytes that wait in standard input, and no hang-up', async () => {
  const text = await printed((child) => {
    child.stdin.write('12345');
    child.on('exit', () => child.stdin.destroy());
  });
  assert.equal(text, 'ready[0,1,7,0,1,5,0]');
});
