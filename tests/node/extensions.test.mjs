// What ringfort has beyond node:wasi, but limits: read-only preopens, system files, trace, stdinData, capture, close.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { badf, notcapable, rofs, success } from './support/errno.mjs';
import { at, drive, guest } from './support/guest.mjs';
import { folder, run } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { instantiate } from './support/wasm.mjs';

const creat = 1;
const file = { rights: 0x08e001ffn, inheriting: 0n };
const reading = { rights: 2n, inheriting: 0n };

const made = (options) => () => new WASI({ version: 'preview1', ...options });
const typeError = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };

/** Values of each option that are refused for their type. */
const refused = {
  readOnly: [1, 'yes', {}, null],
  systemFiles: [1, 'yes', {}, null],
  listeners: [1, 'many', {}, null],
  limits: [1, 'many', [], null],
  trace: [1, true, {}, null],
  stdinData: [1, true, {}, [], null, new ArrayBuffer(1)],
  captureStdout: [1, 'yes', {}, null],
  captureStderr: [1, 'yes', {}, null],
};

for (const [name, values] of Object.entries(refused)) {
  test(`${name} of a wrong type is ERR_INVALID_ARG_TYPE that names the option`, () => {
    for (const value of values) {
      assert.throws(made({ [name]: value }), { ...typeError, message: new RegExp(`"options\\.${name}"`) });
    }
  });

  test(`${name} may be undefined`, () => {
    assert.doesNotThrow(made({ [name]: undefined }));
  });
}

// ---- readOnly ----

/** What a guest can do to a preopen: [read a file, make one, write to one, make a folder, remove one, rename one]. */
function powers(driven, dir) {
  const { call } = driven;
  const one = driven.put(at.path2, 'file');
  const read = driven.open('file', { ...reading, dir }).errno;
  const make = driven.open('new', { ...file, oflags: creat, dir }).errno;
  const write = driven.open('file', { rights: 64n, inheriting: 0n, dir }).errno;
  const folderMade = call.path_create_directory(dir, ...driven.put(at.path, 'folder'));
  const renamed = call.path_rename(dir, ...one, dir, ...driven.put(at.path, 'renamed'));
  const removed = call.path_unlink_file(dir, ...driven.put(at.path, renamed === success ? 'renamed' : 'file'));
  return [read, make, write, folderMade, renamed, removed];
}

const all = Array(6).fill(success);
const onlyReads = ([read, ...changes]) =>
  read === success && changes.every((errno) => errno === notcapable || errno === rofs);

test('readOnly: true lets the guest read its preopens and change nothing', () => {
  const roots = [folder({ file: 'a' }), folder({ file: 'b' })];
  const driven = guest({ preopens: { '/a': roots[0], '/b': roots[1] }, readOnly: true });
  for (const [index, root] of roots.entries()) {
    assert.ok(onlyReads(powers(driven, 3 + index)));
    assert.deepEqual(readdirSync(root), ['file']);
  }
});

test('readOnly: a list of guest names makes those read-only and no other', () => {
  const [fixed, free] = [folder({ file: 'a' }), folder({ file: 'b' })];
  const driven = guest({ preopens: { '/fixed': fixed, '/free': free }, readOnly: ['/fixed'] });
  assert.ok(onlyReads(powers(driven, 3)));
  assert.deepEqual(powers(driven, 4), all);
  assert.deepEqual(readdirSync(fixed), ['file']);
});

test('readOnly lets the memory devices be written, as a read-only mount does', () => {
  const driven = guest({ preopens: { '/dev': '/dev' }, readOnly: true });
  const toWrite = { rights: 64n, inheriting: 0n, dir: 3 };
  for (const name of ['null', 'zero', 'random', 'urandom']) {
    const { fd, errno } = driven.open(name, toWrite);
    assert.equal(errno, success, name);
    assert.equal(driven.write(fd, 'gone'), success, name);
  }
  assert.equal(driven.open('tty', toWrite).errno, rofs);
  assert.equal(driven.open('null', { ...file, oflags: creat, dir: 3 }).errno, success);
});

test('readOnly: false and an empty list make nothing read-only', () => {
  for (const readOnly of [false, []]) {
    assert.deepEqual(powers(guest({ preopens: { '/': folder({ file: '' }) }, readOnly }), 3), all);
  }
});

test('readOnly with a name that is no preopen is an error that names it', () => {
  assert.throws(made({ preopens: { '/a': folder() }, readOnly: ['/b'] }), /'\/b'/);
});

test('a read-only preopen stays so in the folders that are opened through it, and between preopens', () => {
  const [fixed, free] = [folder({ 'dir/': '', 'dir/file': '' }), folder({ file: '' })];
  const driven = guest({ preopens: { '/fixed': fixed, '/free': free }, readOnly: ['/fixed'] });
  const { base, inheriting } = driven.fdstat(3);
  const { errno, fd } = driven.open('dir', { oflags: 2, rights: base, inheriting });
  assert.equal(errno, success);
  assert.ok(onlyReads(powers(driven, fd)));
  const [from, to] = [driven.put(at.path, 'file'), driven.put(at.path2, 'moved')];
  assert.notEqual(driven.call.path_rename(4, ...from, 3, ...to), success);
  assert.deepEqual(readdirSync(`${fixed}/dir`), ['file']);
});

// ---- systemFiles ----

test('files of /proc are refused, unless systemFiles is true; the harmless devices never are', () => {
  const tries = (systemFiles) => {
    const driven = guest({ preopens: { '/': '/' }, systemFiles });
    return ['proc/self/status', 'dev/null'].map((path) => driven.open(path, reading).errno);
  };
  assert.deepEqual(tries(undefined), [notcapable, success]);
  assert.deepEqual(tries(false), [notcapable, success]);
  assert.deepEqual(tries(true), [success, success]);
});

// ---- trace ----

test('trace is told each call: name, arguments, result, its name, duration and text', () => {
  const told = [];
  const driven = guest({ args: ['one'], preopens: { '/': folder() }, trace: (call) => told.push(call) });
  driven.call.args_sizes_get(at.result, at.result + 4);
  driven.open('missing', reading);
  driven.call.fd_seek(99, -1n, 0, at.result);
  driven.wasi.wasiImport.sched_yield();
  assert.deepEqual(told.map(({ name, args, result, errno }) => ({ name, args, result, errno })), [
    { name: 'args_sizes_get', args: [64, 68], result: 0, errno: 'success' },
    { name: 'path_open', args: [3, 1, at.path, 7, 0, 2n, 0n, 0, at.result], result: 44, errno: 'noent' },
    { name: 'fd_seek', args: [99, 2n ** 64n - 1n, 0, at.result], result: badf, errno: 'badf' },
    { name: 'sched_yield', args: [], result: 0, errno: 'success' },
  ]);
  for (const call of told) {
    assert.ok(typeof call.duration === 'number' && call.duration >= 0);
    assert.ok(call.text.includes(call.name), call.text);
  }
  assert.ok(told[1].text.includes('missing'), told[1].text);
});

test('what trace throws comes out of the call', () => {
  const driven = guest({ trace() { throw new Error('seen'); } });
  assert.throws(() => driven.call.sched_yield(), /^Error: seen$/);
});

test('trace may make calls of its own', () => {
  const told = [];
  const driven = guest({
    trace({ name }) {
      told.push(name);
      if (name === 'fd_close') {
        driven.call.sched_yield();
      }
    },
  });
  assert.equal(driven.call.fd_close(99), badf);
  assert.deepEqual(told, ['fd_close', 'sched_yield']);
});

// ---- stdinData ----

for (const [what, data] of [
  ['a string', 'zwölf'],
  ['a Uint8Array', new TextEncoder().encode('zwölf')],
  ['a Buffer', Buffer.from('zwölf')],
  ['a part of a buffer', Buffer.from('xxzwölfxx').subarray(2, 8)],
]) {
  test(`stdinData: the guest reads ${what} and then the end`, () => {
    const driven = guest({ stdinData: data });
    assert.deepEqual([driven.read(0, 2), driven.read(0, 100), driven.read(0)], ['zw', 'ölf', '']);
  });
}

test('stdinData may be empty, and is that of the time of construction', () => {
  assert.equal(guest({ stdinData: '' }).read(0), '');
  const data = new Uint8Array([65, 66]);
  const driven = guest({ stdinData: data });
  data.fill(67);
  assert.equal(driven.read(0), 'AB');
});

test('stdinData may be 8 MiB long', () => {
  const data = new Uint8Array(8 << 20).map((_, index) => index);
  const driven = guest({ stdinData: data }, { memory: { initial: 160 } });
  let done = 0;
  for (let count = -1; count !== 0; done += count) {
    assert.equal(driven.call.fd_read(0, ...driven.iovecs([65536 + done, (8 << 20) - done + 1]), at.result), success);
    count = driven.u32(at.result);
  }
  assert.equal(done, 8 << 20);
  assert.equal(Buffer.compare(driven.bytes.subarray(65536, 65536 + done), data), 0);
});

test('two objects with stdinData do not share it', () => {
  const [one, other] = ['one', 'other'].map((stdinData) => guest({ stdinData }));
  assert.deepEqual([other.read(0), one.read(0)], ['other', 'one']);
});

// ---- captureStdout and captureStderr ----

const streams = [['captureStdout', 'stdoutData', 1], ['captureStderr', 'stderrData', 2]];

for (const [option, getter, fd] of streams) {
  test(`${option}: true keeps what was written in ${getter}, a Buffer, and lets nothing out`, () => {
    const child = run(`
      const made = guest({ ${option}: true });
      assert.equal(made.wasi.${getter}.length, 0);
      assert.equal(made.write(${fd}, 'kept, '), 0);
      assert.equal(made.wasi.${getter}.toString(), 'kept, ');
      assert.equal(made.write(${fd}, 'all of it'), 0);
      assert.ok(Buffer.isBuffer(made.wasi.${getter}));
      assert.equal(made.wasi.${getter}.toString(), 'kept, all of it');
      assert.equal(made.wasi.${getter}.toString(), 'kept, all of it');
      assert.equal(made.wasi.${fd === 1 ? 'stderrData' : 'stdoutData'}, undefined);`);
    assert.deepEqual([child.status, child.stdout, child.stderr], [0, '', '']);
  });

  test(`${option}: a function gets each piece when it is written`, () => {
    const pieces = [];
    const driven = guest({ [option]: (piece) => pieces.push(piece) });
    assert.equal(driven.write(fd, 'one'), success);
    assert.equal(pieces.length, 1);
    assert.equal(driven.write(fd, 'two'), success);
    assert.ok(pieces.every((piece) => piece instanceof Uint8Array));
    assert.deepEqual(pieces.map((piece) => new TextDecoder().decode(piece)), ['one', 'two']);
    assert.equal(driven.wasi[getter], undefined);
  });

  test(`${option}: what the function throws comes out of the call`, () => {
    const driven = guest({ [option]() { throw new Error('full'); } });
    assert.throws(() => driven.write(fd, 'x'), /^Error: full$/);
  });

  test(`${option}: the function may make calls of its own`, () => {
    const pieces = [];
    const driven = guest({
      [option](piece) {
        pieces.push(new TextDecoder().decode(piece));
        if (pieces.length === 1) {
          driven.write(fd, 'again');
        }
      },
    });
    assert.equal(driven.write(fd, 'once'), success);
    assert.deepEqual(pieces, ['once', 'again']);
  });

  test(`${option}: 8 MiB come through whole`, () => {
    const size = 8 << 20;
    const driven = guest({ [option]: true }, { memory: { initial: 160 } });
    const data = new Uint8Array(size).map((_, index) => index * 7);
    driven.bytes.set(data, 65536);
    for (let done = 0; done < size; done += driven.u32(at.result)) {
      assert.equal(driven.call.fd_write(fd, ...driven.iovecs([65536 + done, size - done]), at.result), success);
    }
    assert.equal(Buffer.compare(driven.wasi[getter], data), 0);
  });
}

test('both streams are captured apart, and what was printed before proc_exit is there after start', () => {
  const wasi = new WASI({ version: 'preview1', captureStdout: true, captureStderr: true });
  const instance = instantiate(wasi, {
    calls: ['fd_write', 'proc_exit'],
    data: [[128, [0, 2, 0, 0, 3, 0, 0, 0, 3, 2, 0, 0, 3, 0, 0, 0]], [512, Buffer.from('outerr')]],
    bodies: { _start: [['fd_write', 1, 128, 1, 64], ['fd_write', 2, 136, 1, 64], ['proc_exit', 4]] },
  });
  assert.equal(wasi.start(instance), 4);
  assert.deepEqual([wasi.stdoutData.toString(), wasi.stderrData.toString()], ['out', 'err']);
});

// ---- close ----

test('close() closes everything that the object opened, at once', () => {
  const root = folder({ file: '' });
  const isHeld = () => readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
    } catch {
      return false;
    }
  });
  const driven = guest({ preopens: { '/': root } });
  driven.open('file', reading);
  assert.equal(isHeld(), true);
  assert.equal(driven.wasi.close(), undefined);
  assert.equal(isHeld(), false);
});

test('after close() every call throws ERR_WASI_CLOSED, and a second close() does nothing', () => {
  const driven = guest({ args: ['one'], preopens: { '/': folder({ file: '' }) } });
  driven.wasi.close();
  driven.wasi.close();
  for (const call of [
    () => driven.call.args_sizes_get(at.result, at.data),
    () => driven.call.fd_prestat_get(3, at.result),
    () => driven.open('file'),
    () => driven.wasi.wasiImport.sched_yield(),
    () => driven.write(1, 'x'),
  ]) {
    assert.throws(call, { code: 'ERR_WASI_CLOSED' });
  }
});

test('close() before start is fine; the object does not start then', () => {
  const wasi = new WASI({ version: 'preview1' });
  wasi.close();
  assert.throws(() => drive(wasi), { code: 'ERR_WASI_CLOSED' });
});

test('close() keeps neither the host\'s standard streams nor those of another object from working', () => {
  const child = run(`
    const [one, other] = [guest(), guest()];
    one.wasi.close();
    other.write(1, 'other,');
    fs.writeSync(1, 'host');`);
  assert.deepEqual([child.status, child.stdout], [0, 'other,host'], child.stderr);
});

test('Symbol.dispose closes', () => {
  const driven = guest();
  assert.equal(typeof Symbol.dispose, 'symbol');
  driven.wasi[Symbol.dispose]();
  assert.throws(() => driven.call.sched_yield(), { code: 'ERR_WASI_CLOSED' });
});

test('close() in the middle of a call of the same object harms nobody', () => {
  const driven = guest({
    preopens: { '/': folder({ file: '' }) },
    trace({ name }) {
      if (name === 'path_open') {
        driven.wasi.close();
      }
    },
  });
  driven.open('file', reading);
  assert.throws(() => driven.call.sched_yield(), { code: 'ERR_WASI_CLOSED' });
});

test('without the extensions\' options the getters are undefined', () => {
  const { wasi } = guest();
  assert.deepEqual([wasi.stdoutData, wasi.stderrData], [undefined, undefined]);
});
