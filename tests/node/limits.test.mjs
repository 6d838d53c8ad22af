// The limits of a guest: what each refuses, how it is told, and what ends the guest.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dquot, fbig, inval, mfile, nametoolong, nospc, success } from './support/errno.mjs';
import { at, guest } from './support/guest.mjs';
import { folder } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { instantiate } from './support/wasm.mjs';

const creat = 1;
const file = { rights: 0x08e001ffn, inheriting: 0n };
const reading = { rights: 2n, inheriting: 0n };

const typeError = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const made = (options) => () => new WASI({ version: 'preview1', ...options });

// ---- The option ----

const maxima = {
  openFiles: 2 ** 20,
  subscriptions: 2 ** 20,
  bytesWritten: Number.MAX_SAFE_INTEGER,
  fileSize: Number.MAX_SAFE_INTEGER,
  entriesCreated: Number.MAX_SAFE_INTEGER,
  output: Number.MAX_SAFE_INTEGER,
  pathLength: 4095,
  wallTime: Number.MAX_SAFE_INTEGER,
  memory: Number.MAX_SAFE_INTEGER,
};

for (const [name, max] of Object.entries(maxima)) {
  test(`limits.${name} is a whole number from 1 on`, () => {
    for (const value of ['1', true, {}, null, 1n]) {
      assert.throws(made({ limits: { [name]: value } }), { ...typeError, message: new RegExp(`limits\\.${name}`) });
    }
    for (const value of [0, -1, 1.5, NaN, Infinity, 2 ** 60, max + 1]) {
      assert.throws(made({ limits: { [name]: value } }),
        { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: new RegExp(`limits\\.${name}`) });
    }
    assert.doesNotThrow(made({ limits: { [name]: 5 } }));
    assert.doesNotThrow(made({ limits: { [name]: undefined } }));
    assert.doesNotThrow(made({ limits: { [name]: max } }));
  });
}

test('a limit that nobody holds is refused, and the error says which there are', () => {
  for (const name of ['fuel', 'openfiles', 'instances']) {
    const message = new RegExp(`limits\\.${name}' is none of openFiles, .*memory`);
    assert.throws(made({ limits: { [name]: 5 } }), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message });
    assert.doesNotThrow(made({ limits: { [name]: undefined } }));
  }
});

// ---- What each refuses ----

test('limits.openFiles: the one too many is EMFILE, and after a close there is room again', () => {
  const driven = guest({ preopens: { '/': folder({ file: '' }) }, limits: { openFiles: 6 } });
  assert.deepEqual([1, 2, 3].map(() => driven.open('file', reading).errno), [success, success, mfile]);
  assert.equal(driven.call.fd_close(4), success);
  assert.equal(driven.open('file', reading).errno, success);
});

test('limits.subscriptions: more are EINVAL', () => {
  const driven = guest({ limits: { subscriptions: 2 } });
  const poll = (count) => {
    driven.bytes.fill(0, at.data, at.data + 48 * count);
    return driven.call.poll_oneoff(at.data, at.data + 1024, count, at.result);
  };
  assert.deepEqual([poll(1), poll(2), poll(3)], [success, success, inval]);
});

test('limits.bytesWritten: the write that would pass it is cut short, the next is ENOSPC, all files together', () => {
  const root = folder();
  const driven = guest({ preopens: { '/': root }, captureStdout: true, limits: { bytesWritten: 10 } });
  const { fd } = driven.open('file', { ...file, oflags: creat });
  assert.deepEqual([driven.write(1, '123456'), driven.u32(at.result)], [success, 6]);
  assert.deepEqual([driven.write(fd, 'abcdef'), driven.u32(at.result)], [success, 4]);
  assert.equal(driven.write(fd, 'x'), nospc);
  assert.equal(driven.write(1, 'x'), nospc);
  assert.equal(readFileSync(`${root}/file`, 'utf8'), 'abcd');
  assert.equal(driven.wasi.stdoutData.toString(), '123456');
});

test('limits.fileSize: no file grows past it', () => {
  const root = folder({ big: 'x'.repeat(20) });
  const driven = guest({ preopens: { '/': root }, limits: { fileSize: 8 } });
  const { fd } = driven.open('file', { ...file, oflags: creat });
  assert.deepEqual([driven.write(fd, '12345'), driven.u32(at.result)], [success, 5]);
  assert.deepEqual([driven.write(fd, '67890'), driven.u32(at.result)], [success, 3]);
  assert.equal(driven.write(fd, 'x'), fbig);
  assert.equal(driven.call.fd_filestat_set_size(fd, 9n), fbig);
  assert.equal(driven.call.fd_allocate(fd, 0n, 9n), fbig);
  assert.equal(driven.call.fd_pwrite(fd, ...driven.iovecs(driven.put(at.data, 'x')), 100n, at.result), fbig);
  assert.equal(statSync(`${root}/file`).size, 8);
  const { fd: other } = driven.open('other', { ...file, oflags: creat });
  assert.deepEqual([driven.write(other, '12345678'), driven.u32(at.result)], [success, 8]);
});

test('limits.entriesCreated: files, folders and links are counted for good, what exists and what fails is not', () => {
  const root = folder({ there: '' });
  const driven = guest({ preopens: { '/': root }, limits: { entriesCreated: 4 } });
  const { call } = driven;
  const create = (path) => driven.open(path, { ...file, oflags: creat }).errno;
  const mkdir = (path) => call.path_create_directory(3, ...driven.put(at.path, path));
  const symlink = (path) => call.path_symlink(...driven.put(at.path2, 'there'), 3, ...driven.put(at.path, path));
  const link = (path) => call.path_link(3, 0, ...driven.put(at.path2, 'there'), 3, ...driven.put(at.path, path));
  assert.equal(create('there'), success);
  assert.notEqual(mkdir('none/dir'), success);
  assert.notEqual(mkdir('there'), success);
  assert.deepEqual([create('file'), mkdir('dir'), symlink('sym'), link('hard')], Array(4).fill(success));
  assert.equal(call.path_unlink_file(3, ...driven.put(at.path, 'file')), success);
  assert.deepEqual([create('x'), mkdir('x'), symlink('x'), link('x')], Array(4).fill(dquot));
  assert.equal(create('there'), success);
  const renamed = call.path_rename(3, ...driven.put(at.path, 'hard'), 3, ...driven.put(at.path2, 'moved'));
  assert.equal(renamed, success);
  assert.deepEqual(readdirSync(root).sort(), ['dir', 'moved', 'sym', 'there']);
});

test('limits.output: what stdout and stderr get together is cut short, then ENOSPC; files are none of it', () => {
  const root = folder();
  const driven = guest({
    preopens: { '/': root }, captureStdout: true, captureStderr: true, limits: { output: 10 },
  });
  const { fd } = driven.open('file', { ...file, oflags: creat });
  assert.deepEqual([driven.write(1, '123456'), driven.u32(at.result)], [success, 6]);
  assert.deepEqual([driven.write(2, 'abcdef'), driven.u32(at.result)], [success, 4]);
  assert.deepEqual([driven.write(1, 'x'), driven.write(2, 'x')], [nospc, nospc]);
  assert.deepEqual([driven.write(fd, 'a long text'), driven.u32(at.result)], [success, 11]);
  assert.deepEqual([`${driven.wasi.stdoutData}`, `${driven.wasi.stderrData}`], ['123456', 'abcd']);
});

test('limits.pathLength: longer paths and texts of links are ENAMETOOLONG', () => {
  const root = folder({ '12345678': '', '123456789': '' });
  const driven = guest({ preopens: { '/': root }, limits: { pathLength: 8 } });
  const { call } = driven;
  assert.deepEqual(['12345678', '123456789'].map((path) => driven.open(path, reading).errno), [success, nametoolong]);
  assert.equal(call.path_unlink_file(3, ...driven.put(at.path, '123456789')), nametoolong);
  const symlink = (text) => call.path_symlink(...driven.put(at.path2, text), 3, ...driven.put(at.path, text[0]));
  assert.deepEqual([symlink('abcdefgh'), symlink('bcdefghij')], [success, nametoolong]);
});

// ---- What ends the guest ----

const endedBy = (limit, value) => ({ name: 'Error', code: 'ERR_WASI_INTERRUPTED', limit, value });

/** A subscription to a clock that is due in a minute. */
function minute() {
  const view = new DataView(new ArrayBuffer(48));
  view.setUint32(16, 1, true);
  view.setBigUint64(24, 60_000_000_000n, true);
  return new Uint8Array(view.buffer);
}

const sleep = (driven) => driven.call.poll_oneoff(driven.put(at.data, minute())[0], at.data + 64, 1, at.result);

test('limits.wallTime: a call that waits is ended, and every one after it', () => {
  const begun = performance.now();
  const driven = guest({ limits: { wallTime: 100 } });
  assert.equal(driven.call.sched_yield(), success);
  const error = endedBy('wall-time', 100);
  assert.throws(() => sleep(driven), { ...error, message: /limits\.wallTime, 100 ms/ });
  assert.ok(performance.now() - begun >= 90);
  assert.ok(performance.now() - begun < 30_000);
  assert.throws(() => driven.call.sched_yield(), error);
  assert.throws(() => driven.write(1, 'not written'), error);
  assert.throws(() => driven.wasi.wasiImport.sched_yield(), error);
});

test('limits.wallTime: a read from a pipe that nobody writes to is ended', () => {
  const pipe = join(folder(), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const fd = openSync(pipe, constants.O_RDWR);
  const driven = guest({ stdin: fd, limits: { wallTime: 100 } });
  assert.throws(() => driven.read(0), endedBy('wall-time', 100));
  closeSync(fd);
});

test('limits.wallTime: start() throws it, also where the guest catches what is thrown', () => {
  for (const caught of [false, true]) {
    const wasi = new WASI({ version: 'preview1', limits: { wallTime: 50 } });
    const instance = instantiate(wasi, {
      calls: ['poll_oneoff'],
      data: [[at.data, minute()]],
      bodies: { _start: [['poll_oneoff', at.data, at.data + 64, 1, at.result]] },
      caught,
    });
    if (caught) {
      assert.equal(wasi.start(instance), 0); // its own way out: the guest went on without the call
    } else {
      assert.throws(() => wasi.start(instance), endedBy('wall-time', 50));
    }
    assert.deepEqual(wasi.refusal, { limit: 'wall-time', value: 50 });
    assert.throws(() => wasi.wasiImport.sched_yield(), endedBy('wall-time', 50));
  }
});

test('limits.wallTime: the time begins when the object is bound to a memory', () => {
  const wasi = new WASI({ version: 'preview1', limits: { wallTime: 20000 } });
  const waiter = guest({ limits: { wallTime: 50 } });
  assert.throws(() => sleep(waiter), endedBy('wall-time', 50));
  const instance = instantiate(wasi, { calls: ['sched_yield'], bodies: { _start: [['sched_yield']] } });
  assert.equal(wasi.start(instance), 0);
  assert.equal(wasi.refusal, undefined);
});

const pages = (count) => count * 65536;

/** A shared memory of one page, and the shape of a guest on it. */
function shared() {
  const type = { initial: 1, maximum: 8, shared: true };
  const memory = new WebAssembly.Memory(type);
  return { memory, shape: { importMemory: true, memory: type, env: { memory } } };
}

test('limits.memory: a guest whose memory has grown above it is ended by its next call', () => {
  const driven = guest({ args: ['one'], limits: { memory: pages(2) } }, { memory: { initial: 1 } });
  driven.memory.grow(1);
  assert.equal(driven.call.fd_seek(99, 0n, 0, at.result), 8);
  assert.equal(driven.wasi.refusal, undefined);
  driven.memory.grow(1);
  const error = endedBy('memory', pages(2));
  assert.throws(() => driven.call.sched_yield(), { ...error, message: /limits\.memory, 131072 bytes/ });
  assert.throws(() => driven.write(1, 'not written'), error);
  assert.deepEqual(driven.wasi.refusal, { limit: 'memory', value: pages(2) });
});

test('limits.memory: one that is larger from the beginning is not bound', () => {
  const limits = { memory: pages(2) };
  assert.throws(() => guest({ limits }, { memory: { initial: 3 } }), endedBy('memory', pages(2)));
  assert.doesNotThrow(() => guest({ limits }, { memory: { initial: 2 } }));
});

test('limits.memory: a shared memory that another thread has made grow is noticed', () => {
  const { memory, shape } = shared();
  const driven = guest({ limits: { memory: pages(2) } }, shape);
  assert.equal(driven.call.sched_yield(), success);
  memory.grow(2);
  assert.throws(() => driven.call.sched_yield(), endedBy('memory', pages(2)));
});

// ---- What is told ----

/** For each limit of calls: options, and what meets it. */
const refusals = {
  'open-files': [{ openFiles: 4 }, (driven) => driven.open('file', reading)],
  subscriptions: [{ subscriptions: 1 }, ({ call }) => call.poll_oneoff(at.data, at.data + 1024, 2, at.result)],
  'bytes-written': [{ bytesWritten: 3 }, (driven) => driven.write(1, 'four')],
  'file-size': [{ fileSize: 3 }, (driven) => driven.call.fd_filestat_set_size(driven.open('file', file).fd, 4n)],
  'entries-created': [{ entriesCreated: 1 }, (driven) => ['a', 'b'].map((path) =>
    driven.call.path_create_directory(3, ...driven.put(at.path, path)))],
  output: [{ output: 3 }, (driven) => driven.write(1, 'four')],
  'path-length': [{ pathLength: 4 }, (driven) => driven.open('./file', reading)],
};

for (const [limit, [limits, meet]] of Object.entries(refusals)) {
  const [value] = Object.values(limits);
  test(`refusal names ${limit} and its value, also after close(); the trace of the call names it too`, () => {
    const told = [];
    const driven = guest({
      preopens: { '/': folder({ file: '' }) }, captureStdout: true, limits, trace: (call) => told.push(call),
    });
    assert.equal(driven.call.sched_yield(), success);
    assert.equal(driven.wasi.refusal, undefined);
    meet(driven);
    assert.deepEqual(driven.wasi.refusal, { limit, value });
    assert.equal(told[0].limit, undefined);
    assert.equal(told.at(-1).limit, limit);
    assert.match(told.at(-1).text, new RegExp(` limit=${limit}$`));
    driven.call.sched_yield();
    assert.equal(told.at(-1).limit, undefined);
    assert.deepEqual(driven.wasi.refusal, { limit, value });
    driven.wasi.close();
    assert.deepEqual(driven.wasi.refusal, { limit, value });
  });
}

test('refusal is of the limit that was met last, and undefined where none was', () => {
  const driven = guest({ captureStdout: true, limits: { output: 3, subscriptions: 1 } });
  driven.write(1, 'four');
  assert.equal(driven.wasi.refusal.limit, 'output');
  driven.call.poll_oneoff(at.data, at.data + 1024, 2, at.result);
  assert.equal(driven.wasi.refusal.limit, 'subscriptions');
  const other = guest();
  other.wasi.close();
  assert.equal(other.wasi.refusal, undefined);
});

test('the trace of a call that the time ends names the limit', () => {
  const told = [];
  const trace = ({ name, errno, limit }) => told.push([name, errno, limit]);
  const driven = guest({ limits: { wallTime: 50 }, trace });
  assert.throws(() => sleep(driven), endedBy('wall-time', 50));
  assert.deepEqual(told, [['poll_oneoff', 'interrupted', 'wall-time']]);
});

test('objects at one shared memory are one guest: counted together, by the limits of the first', () => {
  const { memory, shape } = shared();
  const [one, two] = [{ output: 5 }, { output: 100, memory: pages(1) }]
    .map((limits) => guest({ captureStdout: true, limits }, shape));
  assert.deepEqual([one.write(1, '123'), two.write(1, '456'), one.write(1, 'x')], [success, success, nospc]);
  assert.equal(one.wasi.stdoutData.toString(), '12345');
  assert.deepEqual(two.wasi.refusal, { limit: 'output', value: 5 });
  memory.grow(1);
  assert.equal(one.call.sched_yield(), success);
  assert.throws(() => two.call.sched_yield(), endedBy('memory', pages(1)));
});
