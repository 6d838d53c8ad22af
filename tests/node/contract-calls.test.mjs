// The 46 functions, called from JavaScript and from WebAssembly: before start, well, with bad pointers and bad types.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badf, inval, nobufs, nosys, overflow, success } from './support/errno.mjs';
import { assertNotStarted } from './support/errors.mjs';
import { names, signatures } from './support/functions.mjs';
import { at, everyRight, guest } from './support/guest.mjs';
import { folder, thrownBy } from './support/host.mjs';
import { WASI } from './support/impl.mjs';
import { instantiate } from './support/wasm.mjs';

const pageSize = 65536;

/** A descriptor, a pointer to something of a size, and a pointer that the host writes a result of a size through. */
const fd = (number) => ({ kind: 'fd', value: number });
const input = (address, size) => ({ kind: 'input', value: address, size });
const output = (address, size) => ({ kind: 'output', value: address, size });

const rootFd = fd(3);
const fileFd = fd(4);
const path = [input(at.path, 4), 4];
const path2 = [input(at.path2, 3), 3];
const iovecs = [input(at.iovecs, 8), 1];
const u32 = output(at.result, 4);
const u64 = output(at.result, 8);

/** A call of each function that works, but of the sockets', for none of a guest's descriptors is one. */
const calls = {
  args_get: [output(at.result, 4), output(at.data, 4)],
  args_sizes_get: [u32, output(at.data, 4)],
  clock_res_get: [0, u64],
  clock_time_get: [0, 0n, u64],
  environ_get: [output(at.result, 4), output(at.data, 4)],
  environ_sizes_get: [u32, output(at.data, 4)],
  fd_advise: [fileFd, 0n, 0n, 0],
  fd_allocate: [fileFd, 0n, 16n],
  fd_close: [fileFd],
  fd_datasync: [fileFd],
  fd_fdstat_get: [fileFd, output(at.result, 24)],
  fd_fdstat_set_flags: [fileFd, 0],
  fd_fdstat_set_rights: [fileFd, 0n, 0n],
  fd_filestat_get: [fileFd, output(at.result, 64)],
  fd_filestat_set_size: [fileFd, 2n],
  fd_filestat_set_times: [fileFd, 0n, 0n, 0],
  fd_pread: [fileFd, ...iovecs, 0n, u32],
  fd_prestat_get: [rootFd, output(at.result, 8)],
  fd_prestat_dir_name: [rootFd, output(at.result, 5), 5],
  fd_pwrite: [fileFd, ...iovecs, 0n, u32],
  fd_read: [fileFd, ...iovecs, u32],
  fd_readdir: [rootFd, output(at.data, 256), 256, 0n, u32],
  fd_renumber: [fileFd, rootFd],
  fd_seek: [fileFd, 0n, 0, u64],
  fd_sync: [fileFd],
  fd_tell: [fileFd, u64],
  fd_write: [fileFd, ...iovecs, u32],
  path_create_directory: [rootFd, ...path2],
  path_filestat_get: [rootFd, 0, ...path, output(at.result, 64)],
  path_filestat_set_times: [rootFd, 0, ...path, 0n, 0n, 0],
  path_link: [rootFd, 0, ...path, rootFd, ...path2],
  path_open: [rootFd, 0, ...path, 0, 2n, 0n, 0, u32],
  path_readlink: [rootFd, input(at.path + 8, 4), 4, output(at.data, 16), 16, u32],
  path_remove_directory: [rootFd, input(at.path2 + 8, 3), 3],
  path_rename: [rootFd, ...path, rootFd, ...path2],
  path_symlink: [...path, rootFd, ...path2],
  path_unlink_file: [rootFd, ...path],
  poll_oneoff: [input(at.data, 48), output(at.data + 48, 32), 1, u32],
  proc_raise: [0],
  random_get: [output(at.data, 16), 16],
  sched_yield: [],
  sock_accept: [fileFd, 0, u32],
  sock_recv: [fileFd, ...iovecs, 0, u32, output(at.data + 48, 4)],
  sock_send: [fileFd, ...iovecs, 0, u32],
  sock_shutdown: [fileFd, 1],
};

const answers = { proc_raise: nosys };

/** Node answers these by accident (see contract-better-sockets); here they are only called before start. */
const elsewhere = names.filter((name) => name.startsWith('sock_'));

/** A guest that has what the calls above speak of: descriptor 4 is a file, all names are in its memory. */
function prepared() {
  const root = folder({ file: 'content', 'dir/': '' });
  const made = guest({ args: ['one'], env: { A: 'a' }, preopens: { '/root': root } });
  made.put(at.path + 8, 'link');
  made.put(at.path, 'file');
  const linked = made.call.path_symlink(at.path, 4, 3, at.path + 8, 4);
  const opened = made.open('file', { rights: 0x08e001ffn, inheriting: 0n });
  assert.deepEqual([linked, opened], [success, { errno: success, fd: 4 }]);
  made.put(at.path2, 'new');
  made.put(at.path2 + 8, 'dir');
  made.iovecs([at.data, 4]);
  return made;
}

const values = (args) => args.map((arg) => (typeof arg === 'object' ? arg.value : arg));

/** The arguments of a call, one of them replaced. */
const replaced = (args, index, value) => values(args).map((arg, position) => (position === index ? value : arg));

/** The two ways to the host: straight from JavaScript, and through a module. */
const ways = {
  'from JavaScript': (made) => made.wasi.wasiImport,
  'from WebAssembly': (made) => made.call,
};

test('there is a call of each function but proc_exit, with arguments of its signature', () => {
  assert.deepEqual(Object.keys(calls), names.filter((name) => name !== 'proc_exit'));
  for (const [name, args] of Object.entries(calls)) {
    const letters = values(args).map((value) => (typeof value === 'bigint' ? 'I' : 'i')).join('');
    assert.equal(letters, signatures[name], name);
  }
});

for (const [name, args] of Object.entries(calls)) {
  const answer = answers[name] ?? success;

  test(`${name} before a memory is bound throws ERR_WASI_NOT_STARTED, whichever way it is called`, () => {
    const wasi = new WASI({ version: 'preview1' });
    const zeros = [...signatures[name]].map((letter) => (letter === 'I' ? 0n : 0));
    assertNotStarted(() => wasi.wasiImport[name](...zeros));
    const { exports } = instantiate(wasi, { calls: [name] });
    assertNotStarted(() => exports[name](...zeros));
  });

  if (elsewhere.includes(name)) {
    continue;
  }

  for (const [way, of] of Object.entries(ways)) {
    test(`${name} ${way} answers ${answer}`, () => {
      assert.equal(of(prepared())[name](...values(args)), answer);
    });
  }

  args.forEach((arg, index) => {
    for (const [way, of] of Object.entries(ways)) {
      if (arg.kind === 'fd') {
        test(`${name} ${way} with argument ${index} a descriptor that is not open is EBADF`, () => {
          assert.equal(of(prepared())[name](...replaced(args, index, 99)), badf);
        });
      }
      if (arg.kind === 'input' || arg.kind === 'output') {
        test(`${name} ${way} with argument ${index} past the memory is EOVERFLOW and changes nothing`, () => {
          const made = prepared();
          for (const address of [pageSize - arg.size + 1, pageSize, pageSize + 1, 0x7ffffff0]) {
            const before = made.bytes.slice();
            assert.equal(of(made)[name](...replaced(args, index, address)), overflow);
            assert.deepEqual(made.bytes, before);
          }
        });
      }
      if (arg.kind === 'output') {
        test(`${name} ${way} with argument ${index} at the very end of the memory answers ${answer}`, () => {
          assert.equal(of(prepared())[name](...replaced(args, index, pageSize - arg.size)), answer);
        });
      }
    }
  });
}

for (const name of Object.keys(calls).filter((known) => !elsewhere.includes(known))) {
  const fdIndex = calls[name].findIndex((arg) => arg.kind === 'fd');
  const pointerIndex = calls[name].findIndex((arg) => arg.kind === 'input' || arg.kind === 'output');
  if (fdIndex !== -1 && pointerIndex !== -1) {
    test(`${name}: a bad pointer counts before a bad descriptor`, () => {
      const args = replaced(calls[name], pointerIndex, pageSize);
      args[fdIndex] = 99;
      assert.equal(prepared().wasi.wasiImport[name](...args), overflow);
    });
  }
}

for (const name of ['fd_read', 'fd_write', 'fd_pread', 'fd_pwrite']) {
  test(`${name}: a buffer past the memory is EOVERFLOW, and nothing is read or written`, () => {
    for (const [address, length] of [[pageSize, 1], [pageSize - 1, 2], [at.data, 0x7fffffff], [0x7fffffff, 1]]) {
      const made = prepared();
      made.iovecs([at.data, 1], [address, length]);
      const before = made.bytes.slice();
      const args = values(calls[name]);
      args[2] = 2;
      assert.equal(made.call[name](...args), overflow);
      assert.deepEqual(made.bytes, before);
      assert.equal(made.call.fd_tell(4, at.result), success);
      assert.equal(made.u64(at.result), 0n);
    }
  });

  test(`${name}: more buffers than the memory has room for are EOVERFLOW`, () => {
    const made = prepared();
    for (const count of [8192, 0x1fffffff, 0x10000000]) {
      const args = values(calls[name]);
      args[2] = count;
      assert.equal(made.call[name](...args), overflow);
    }
  });
}

test('a pointer to the end of the memory is EOVERFLOW for no bytes too', () => {
  const made = prepared();
  assert.equal(made.call.random_get(pageSize, 0), overflow);
  assert.equal(made.call.random_get(pageSize - 1, 0), success);
  assert.equal(made.call.fd_prestat_dir_name(3, pageSize, 0), overflow);
  assert.equal(made.call.fd_readdir(3, pageSize, 0, 0n, at.result), overflow);
  assert.equal(made.call.path_open(3, 0, pageSize, 0, 0, 2n, 0n, 0, at.result), overflow);
  assert.equal(made.call.fd_write(4, pageSize, 0, at.result), overflow);
});

for (let id = 0; id < 4; id += 1) {
  test(`clock ${id} has a resolution and a time`, () => {
    const made = prepared();
    assert.equal(made.call.clock_res_get(id, at.result), success);
    assert.ok(made.u64(at.result) > 0n);
    assert.equal(made.call.clock_time_get(id, 0n, at.result), success);
    assert.ok(made.u64(at.result) > 0n);
  });
}

for (const id of [4, 5, 100, 0x7fffffff]) {
  test(`clock ${id} is EINVAL`, () => {
    const made = prepared();
    assert.equal(made.call.clock_res_get(id, at.result), inval);
    assert.equal(made.call.clock_time_get(id, 0n, at.result), inval);
  });
}

test('fd_prestat_dir_name needs room for the name: less is ENOBUFS, more is fine and left alone', () => {
  const made = prepared();
  assert.equal(made.call.fd_prestat_dir_name(3, at.data, 4), nobufs);
  assert.equal(made.call.fd_prestat_dir_name(3, at.data, 0), nobufs);
  made.bytes.fill(0xee, at.data, at.data + 16);
  assert.equal(made.call.fd_prestat_dir_name(3, at.data, 16), success);
  assert.equal(made.text(at.data, 5), '/root');
  assert.deepEqual([...made.bytes.slice(at.data + 5, at.data + 16)], Array(11).fill(0xee));
});

test('no preopen is EINVAL to fd_prestat_get and EBADF to fd_prestat_dir_name, not open is EBADF to both', () => {
  const made = prepared();
  for (const number of [0, 1, 2, 4]) {
    assert.equal(made.call.fd_prestat_get(number, at.result), inval);
    assert.equal(made.call.fd_prestat_dir_name(number, at.result, 8), badf);
  }
  for (const number of [5, 99, 0x7fffffff]) {
    assert.equal(made.call.fd_prestat_get(number, at.result), badf);
    assert.equal(made.call.fd_prestat_dir_name(number, at.result, 8), badf);
  }
});

test('a preopen is a directory with Node\'s rights', () => {
  const { errno, type, base, inheriting } = prepared().fdstat(3);
  assert.deepEqual([errno, type, base, inheriting], [success, 3, 0xfbffe98n, everyRight]);
});

test('i64 arguments of a direct call are BigInts modulo 2^64', () => {
  const made = prepared();
  const { fd_seek: seek, fd_filestat_set_size: resize } = made.wasi.wasiImport;
  assert.equal(seek(4, 3n, 0, at.result), success);
  assert.equal(seek(4, 2n ** 64n - 1n, 1, at.result), success);
  assert.equal(made.u64(at.result), 2n);
  assert.equal(seek(4, -1n, 1, at.result), success);
  assert.equal(made.u64(at.result), 1n);
  assert.equal(resize(4, 2n ** 64n + 3n), success);
  assert.equal(seek(4, 0n, 2, at.result), success);
  assert.equal(made.u64(at.result), 3n);
});

/** Arguments that no function should be given, for the i32 parameters and for the i64 ones. */
const illTyped = {
  none: () => [],
  'one too many': (letters) => [...letters, 'x'].map((letter) => (letter === 'I' ? 0n : 0)),
  'texts': (letters) => letters.map(() => 'text'),
  'texts of digits': (letters) => letters.map(() => '99'),
  fractions: (letters) => letters.map((letter) => (letter === 'I' ? 1n : 99.5)),
  'numbers for everything': (letters) => letters.map(() => 99),
  'BigInts for everything': (letters) => letters.map(() => 99n),
  'negative numbers': (letters) => letters.map((letter) => (letter === 'I' ? -1n : -1)),
  'NaN': (letters) => letters.map((letter) => (letter === 'I' ? 1n : NaN)),
  'huge numbers': (letters) => letters.map((letter) => (letter === 'I' ? 2n ** 70n : 2 ** 40)),
  null: (letters) => letters.map(() => null),
  undefined: (letters) => letters.map(() => undefined),
  objects: (letters) => letters.map(() => ({})),
  symbols: (letters) => letters.map(() => Symbol('argument')),
  'objects without a primitive': (letters) => letters.map(() => Object.create(null)),
};

for (const [what, of] of Object.entries(illTyped)) {
  test(`no function takes harm from a direct call with ${what}: an errno or the error of a conversion`, () => {
    const unbound = new WASI({ version: 'preview1' }).wasiImport;
    const bound = prepared().wasi.wasiImport;
    for (const name of Object.keys(calls)) {
      const args = of([...signatures[name]]);
      assertHarmless(() => unbound[name](...args), `${name} before start`, ['ERR_WASI_NOT_STARTED']);
      assertHarmless(() => bound[name](...args), name, []);
    }
  });
}

function assertHarmless(action, what, codes) {
  let errno;
  try {
    errno = action();
  } catch (error) {
    const converts = error instanceof TypeError || error instanceof SyntaxError; // a SyntaxError of BigInt('text')
    assert.ok(converts || codes.includes(error.code), `${what}: ${String(error)}`);
    return;
  }
  assert.ok(Number.isInteger(errno) && errno >= 0 && errno <= 76, `${what}: ${String(errno)}`);
}

test('proc_exit with a code of any type throws the symbol or a TypeError', () => {
  const wasi = new WASI({ version: 'preview1' });
  for (const code of ['7', 1.5, undefined, null, 2n, {}, Symbol('code')]) {
    const thrown = thrownBy(() => wasi.wasiImport.proc_exit(code));
    assert.ok(typeof thrown === 'symbol' || thrown instanceof TypeError);
  }
});

test('calls in a recursion of the host work: a replaced function may call another', () => {
  const made = guest({ args: ['one'] });
  const inner = made.wasi.wasiImport.args_sizes_get;
  const outer = new WASI({ version: 'preview1' });
  outer.wasiImport.sched_yield = () => inner(at.result, at.data);
  const instance = instantiate(outer, { calls: ['sched_yield'] });
  outer.initialize(instance);
  assert.equal(instance.exports.sched_yield(), success);
  assert.equal(made.u32(at.result), 1);
});
