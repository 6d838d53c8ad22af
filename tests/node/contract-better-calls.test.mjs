// Calls that harm node:wasi and must not harm this: huge counts, pointers above 2 GiB, empty lists, signals, holes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inval, nosys, overflow, success } from './support/errno.mjs';
import { assertArgumentError } from './support/errors.mjs';
import { at, everyRight, guest } from './support/guest.mjs';
import { folder, run } from './support/host.mjs';
import { WASI } from './support/impl.mjs';

/** Runs guest calls in a child, for they may end the process, and gives back what the child prints as JSON. */
function answersOf(source, options) {
  const child = run(`
    const made = guest({ preopens: { '/': ${JSON.stringify(folder({ file: 'content' }))} } });
    const print = (value) => fs.writeSync(1, JSON.stringify(value));
    ${source}`, { timeout: 20000, ...options });
  assert.deepEqual([child.status, child.signal], [0, null], child.stderr);
  return JSON.parse(child.stdout);
}

const hugeCounts = ['0x10000000', '0x1fffffff', '0x20000000', '0x20000001', '0x40000000', '0x80000000', '0xffffffff'];

for (const [name, before, after] of [
  ['fd_write', '4', '64'],
  ['fd_read', '4', '64'],
  ['fd_pwrite', '4', '0n, 64'],
  ['fd_pread', '4', '0n, 64'],
]) {
  for (const count of hugeCounts) {
    test(`${name} of ${count} buffers is EOVERFLOW from WebAssembly and from JavaScript`, () => {
      assert.deepEqual(answersOf(`
        made.open('file', { rights: 0x08e001ffn, inheriting: 0n });
        const call = (of) => of.${name}(${before}, 128, ${count}, ${after});
        print([call(made.call), call(made.wasi.wasiImport)]);`), [overflow, overflow]);
    });
  }
}

for (const name of ['sock_send', 'sock_recv']) {
  test(`${name} of huge counts of buffers ends in good order`, () => {
    const args = name === 'sock_send' ? '0, 64' : '0, 64, 68';
    for (const answer of answersOf(`
      made.open('file', { rights: 0x08e001ffn, inheriting: 0n });
      print([0, 1, 4].flatMap((fd) => [${hugeCounts}].map((count) => made.call.${name}(fd, 128, count, ${args}))));`)) {
      assert.ok(answer !== success);
    }
  });
}

test('poll_oneoff of huge counts answers at once', () => {
  assert.deepEqual(answersOf(`print([${hugeCounts}].map((count) => made.call.poll_oneoff(0, 0, count, 64)));`),
    hugeCounts.map(() => overflow));
});

test('poll_oneoff of nothing is EINVAL', () => {
  assert.equal(guest().call.poll_oneoff(0, 0, 0, at.result), inval);
});

test('a call of the prototype\'s function on another object is an error and no crash', () => {
  assert.deepEqual(answersOf(`
    const { sched_yield: yields, fd_write: write } = Object.getPrototypeOf(made.wasi.wasiImport);
    const caught = (action) => {
      try {
        return action();
      } catch (error) {
        return error.name;
      }
    };
    print([caught(() => yields.call({})), caught(() => write.call(null, 1, 0, 0, 0))]);`), ['TypeError', 'TypeError']);
});

test('proc_raise is ENOSYS for every signal, and none reaches the host', () => {
  assert.deepEqual(answersOf(`print(Array.from({ length: 32 }, (_, signal) => made.call.proc_raise(signal)));`),
    Array(32).fill(nosys));
});

test('the calls on sockets harm nobody on descriptors that are none', () => {
  assert.deepEqual(answersOf(`
    made.open('file', { rights: 0x08e001ffn, inheriting: 0n });
    made.iovecs([2048, 4]);
    const { sock_accept, sock_recv, sock_send, sock_shutdown } = made.call;
    print([4, 99].map((fd) => [
      sock_accept(fd, 0, 64), sock_recv(fd, 128, 1, 0, 64, 68), sock_send(fd, 128, 1, 0, 64), sock_shutdown(fd, 1),
    ]));`, { stdio: ['ignore', 'pipe', 'pipe'] }), [[57, 57, 57, 57], [8, 8, 8, 8]]);
});

for (const kind of ['args', 'environ']) {
  test(`${kind}_get of an empty list succeeds, also at the end of the memory`, () => {
    const made = guest();
    assert.equal(made.call[`${kind}_sizes_get`](at.result, at.data), success);
    assert.deepEqual([made.u32(at.result), made.u32(at.data)], [0, 0]);
    assert.equal(made.call[`${kind}_get`](at.result, at.data), success);
    assert.equal(made.wasi.wasiImport[`${kind}_get`](at.result, at.data), success);
  });
}

test('an array of args with a hole is an error that names the hole', () => {
  // eslint-disable-next-line no-sparse-arrays
  assertArgumentError(() => new WASI({ version: 'preview1', args: ['a', , 'c'] }), 'ERR_INVALID_ARG_TYPE',
    'The "options.args[1]" property must be of type string. Received undefined');
  assert.throws(() => new WASI({ version: 'preview1', args: new Array(3) }), { code: 'ERR_INVALID_ARG_TYPE' });
});

// ---- Pointers of 2 GiB and above, which are negative numbers in WebAssembly ----

const high = 0x90000000;

/** One guest of 3 GiB for all; its calls get addresses as WebAssembly passes them and as JavaScript may write them. */
let roomy;

function highGuest() {
  roomy ??= guest({ args: ['one'], preopens: { '/': folder({ file: 'content' }) } }, { memory: { initial: 49152 } });
  return roomy;
}

const ways = {
  'from WebAssembly': (made) => made.call,
  'from JavaScript': (made) => made.wasi.wasiImport,
};

for (const [way, of] of Object.entries(ways)) {
  for (const [form, pointer] of Object.entries({ unsigned: (address) => address, signed: (address) => address | 0 })) {
    test(`pointers above 2 GiB work ${way}, ${form}`, () => {
      const made = highGuest();
      const call = of(made);
      const p = (offset) => pointer(high + offset);
      made.put(high + at.path, 'file');
      made.put(high + at.path2, 'other');

      assert.equal(call.clock_time_get(0, 0n, p(at.result)), success);
      assert.ok(made.u64(high + at.result) > 0n);
      assert.equal(call.args_sizes_get(p(0), p(4)), success);
      assert.equal(made.u32(high + 4), 4);
      assert.equal(call.args_get(p(0), p(at.data)), success);
      assert.deepEqual([made.u32(high) >>> 0, made.text(high + at.data, 4)], [high + at.data, 'one\0']);
      assert.equal(call.path_open(3, 0, p(at.path), 4, 0, 0x08e001ffn, 0n, 0, p(at.result)), success);
      const fd = made.u32(high + at.result);
      assert.equal(call.fd_seek(fd, 3n, 0, p(at.result)), success);
      assert.equal(made.u64(high + at.result), 3n);
      made.view.setUint32(high + at.iovecs, high + at.data, true);
      made.view.setUint32(high + at.iovecs + 4, 64, true);
      assert.equal(call.fd_read(fd, p(at.iovecs), 1, p(at.result)), success);
      assert.equal(made.text(high + at.data, made.u32(high + at.result)), 'tent');
      assert.equal(call.fd_pread(fd, p(at.iovecs), 1, 1n, p(at.result)), success);
      assert.equal(made.text(high + at.data, made.u32(high + at.result)), 'ontent');
      assert.equal(call.fd_filestat_get(fd, p(at.result)), success);
      assert.equal(made.u64(high + at.result + 32), 7n);
      assert.equal(call.fd_readdir(3, p(at.data), 256, 0n, p(at.result)), success);
      assert.equal(made.text(high + at.data + 24, 4), 'file');
      assert.equal(call.path_rename(3, p(at.path), 4, 3, p(at.path2), 5), success);
      assert.equal(call.path_rename(3, p(at.path2), 5, 3, p(at.path), 4), success);
      made.bytes.fill(0, high + at.data, high + at.data + 48);
      assert.equal(call.poll_oneoff(p(at.data), p(at.data + 64), 1, p(at.result)), success);
      assert.equal(made.u32(high + at.result), 1);
      assert.equal(call.random_get(p(at.data), 64), success);
      assert.ok(made.bytes.slice(high + at.data, high + at.data + 64).some((byte) => byte !== 0));
      assert.equal(call.fd_close(fd), success);
    });
  }

  test(`pointers above 2 GiB that are past the memory are EOVERFLOW ${way}`, () => {
    const call = of(guest());
    for (const address of [0x80000000, 0xfffffff0, 0xffffffff]) {
      assert.equal(call.random_get(address, 16), overflow);
      assert.equal(call.clock_time_get(0, 0n, address), overflow);
      assert.equal(call.args_sizes_get(address, 0), overflow);
      assert.equal(call.fd_seek(1, 0n, 0, address), overflow);
      assert.equal(call.path_open(3, 0, address, 4, 0, everyRight, everyRight, 0, 64), overflow);
    }
  });
}

test('a length that would wrap around the address space is EOVERFLOW', () => {
  const { call } = highGuest();
  assert.equal(call.random_get(high, 0x70000001), overflow);
  assert.equal(call.random_get(0xbffffff0, 17), overflow);
  assert.equal(call.random_get(0xbffffff0, 16), success);
});
