// What hangs node:wasi does not hang this: deadlines of clocks, bad flags of times; and times keep their nanoseconds.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { inval, success } from './support/errno.mjs';
import { at, guest } from './support/guest.mjs';
import { folder, run } from './support/host.mjs';

const realtime = 0;
const monotonic = 1;
const absolute = 1;

/** Runs in a child, for what it does may never end. */
function endsWith(expected, source) {
  const child = run(`${source}`, { timeout: 15000 });
  assert.deepEqual([child.status, child.signal, child.stdout], [0, null, expected], child.stderr);
}

/** The source of subscribe(made, index, id, timeout, flags): writes a subscription to a clock. */
const subscribe = `
  function subscribe(made, index, id, timeout, flags) {
    const base = 2048 + index * 48;
    made.bytes.fill(0, base, base + 48);
    made.view.setBigUint64(base, BigInt(index + 100), true);
    made.view.setUint32(base + 16, id, true);
    made.view.setBigUint64(base + 24, timeout, true);
    made.view.setUint16(base + 40, flags, true);
  }
  function now(made, id) {
    assert.equal(made.call.clock_time_get(id, 0n, 64), 0);
    return made.u64(64);
  }
  function poll(made, count) {
    const errno = made.call.poll_oneoff(2048, 4096, count, 64);
    const events = Array.from({ length: made.u32(64) }, (_, index) => {
      const base = 4096 + index * 32;
      return [Number(made.u64(base)), made.view.getUint16(base + 8, true), made.bytes[base + 10]];
    });
    return [errno, events];
  }`;

for (const [name, id] of [['realtime', realtime], ['monotonic', monotonic]]) {
  test(`an absolute deadline in the past ends at once: ${name}`, () => {
    endsWith('[0,[[100,0,0]]]', `${subscribe}
      const made = guest();
      subscribe(made, 0, ${id}, now(made, ${id}) - 1000000n, ${absolute});
      fs.writeSync(1, JSON.stringify(poll(made, 1)));`);
  });

  test(`an absolute deadline in the future ends when it is due: ${name}`, () => {
    endsWith('[0,[[100,0,0]]]true', `${subscribe}
      const made = guest();
      const due = now(made, ${id}) + 100000000n;
      subscribe(made, 0, ${id}, due, ${absolute});
      fs.writeSync(1, JSON.stringify(poll(made, 1)));
      fs.writeSync(1, String(now(made, ${id}) >= due && now(made, ${id}) < due + 5000000000n));`);
  });

  test(`an absolute deadline of 0 ends at once: ${name}`, () => {
    endsWith('[0,[[100,0,0]]]', `${subscribe}
      const made = guest();
      subscribe(made, 0, ${id}, 0n, ${absolute});
      fs.writeSync(1, JSON.stringify(poll(made, 1)));`);
  });
}

test('of several clocks those that are due are reported, and the earliest ends the wait', () => {
  endsWith('[0,[[101,0,0]]]', `${subscribe}
    const made = guest();
    subscribe(made, 0, ${monotonic}, 3600000000000n, 0);
    subscribe(made, 1, ${monotonic}, 20000000n, 0);
    subscribe(made, 2, ${realtime}, 7200000000000n, 0);
    fs.writeSync(1, JSON.stringify(poll(made, 3)));`);
  endsWith('[0,[[100,0,0],[101,0,0]]]', `${subscribe}
    const made = guest();
    subscribe(made, 0, ${monotonic}, 0n, 0);
    subscribe(made, 1, ${realtime}, 0n, 0);
    fs.writeSync(1, JSON.stringify(poll(made, 2)));`);
});

test('flags of times that contradict each other are EINVAL, and the directory goes on working', () => {
  endsWith('[28,28,0,0]', `
    const made = guest({ preopens: { '/': '.' } });
    const path = made.put(512, '.');
    const { path_filestat_set_times: setTimes, path_filestat_get: get, fd_prestat_get: prestat } = made.call;
    const answers = [setTimes(3, 0, ...path, 0n, 0n, 3), setTimes(3, 0, ...path, 0n, 0n, 12)];
    fs.writeSync(1, JSON.stringify([...answers, get(3, 0, ...path, 64), prestat(3, 64)]));`);
});

test('such flags on an open file are EINVAL too', () => {
  const made = guest({ preopens: { '/': folder({ file: '' }) } });
  const { fd } = made.open('file', { rights: 0x08e001ffn, inheriting: 0n });
  assert.equal(made.call.fd_filestat_set_times(fd, 0n, 0n, 3), inval);
  assert.equal(made.call.fd_filestat_set_times(fd, 0n, 0n, 12), inval);
});

test('times keep their nanoseconds, set by path and by descriptor', () => {
  const root = folder({ file: '' });
  const made = guest({ preopens: { '/': root } });
  const [accessed, modified] = [1234567890123456789n, 1500000000987654321n];
  const path = made.put(at.path, 'file');
  const times = () => {
    assert.equal(made.call.path_filestat_get(3, 0, ...path, at.data), success);
    return [made.u64(at.data + 40), made.u64(at.data + 48)];
  };
  assert.equal(made.call.path_filestat_set_times(3, 0, ...path, accessed, modified, 5), success);
  assert.deepEqual(times(), [accessed, modified]);
  const seen = execFileSync('stat', ['-c', '%.9X %.9Y', `${root}/file`], { encoding: 'utf8' });
  assert.equal(seen, '1234567890.123456789 1500000000.987654321\n');

  const { fd } = made.open('file', { rights: 0x08e001ffn, inheriting: 0n });
  assert.equal(made.call.fd_filestat_set_times(fd, modified, accessed, 5), success);
  assert.deepEqual(times(), [modified, accessed]);
});
