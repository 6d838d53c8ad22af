// Objects that nobody holds any more give their descriptors back, however they are made and dropped.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// timeout: 900
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder, run } from './support/host.mjs';

/** Makes 2,000 objects in a child with few descriptors; `between` stands after each. */
function make2000({ use = '', between = '' }) {
  const child = run(`
    const root = ${JSON.stringify(folder({ file: 'content' }))};
    for (let number = 0; number < 2000; number += 1) {
      const made = guest({ preopens: { '/': root } });
      ${use}
      ${between}
    }
    fs.writeSync(1, 'done');`, { shell: 'ulimit -n 1024; exec', timeout: 300000 });
  assert.deepEqual([child.status, child.signal, child.stdout], [0, null, 'done'], child.stderr);
}

const opens = 'assert.equal(made.open(\'file\', { rights: 2n, inheriting: 0n }).errno, 0);';

test('2,000 objects with a preopen are made in a loop without a pause, by at most 1,024 descriptors', () => {
  make2000({});
});

test('2,000 objects whose guests leave a file open are made in a loop without a pause', () => {
  make2000({ use: opens });
});

test('2,000 objects are made in a loop that awaits', () => {
  make2000({ use: opens, between: 'await new Promise((resolve) => setTimeout(resolve, 0));' });
});

test('2,000 objects that are held run out of descriptors by an error, UVWASI_EMFILE', () => {
  const child = run(`
    const root = ${JSON.stringify(folder())};
    const held = [];
    try {
      for (let number = 0; number < 2000; number += 1) {
        held.push(new WASI({ version: 'preview1', preopens: { '/': root } }));
      }
    } catch ({ code, errno }) {
      console.log(JSON.stringify([code, errno, held.length > 100]));
    }`, { shell: 'ulimit -n 1024; exec', timeout: 300000 });
  assert.deepEqual([child.status, child.stdout.trim()], [0, '["UVWASI_EMFILE",33,true]'], child.stderr);
});

test('a constructor that fails leaves no descriptor open', () => {
  const root = folder();
  const child = run(`
    const count = () => fs.readdirSync('/proc/self/fd').length;
    const options = { version: 'preview1', preopens: { '/a': ${JSON.stringify(root)}, '/b': '/no/such/folder' } };
    const fails = (given) => assert.throws(() => new WASI(given));
    fails(options);
    const before = count();
    for (let number = 0; number < 100; number += 1) {
      fails(options);
      fails({ ...options, preopens: { '/a': ${JSON.stringify(root)} }, returnOnExit: 1 });
    }
    fs.writeSync(1, String(count() - before));`);
  assert.deepEqual([child.status, child.stdout], [0, '0'], child.stderr);
});

test('an object stays whole while only its functions are held', () => {
  const child = run(`
    const root = ${JSON.stringify(folder({ file: 'content' }))};
    const { call } = guest({ preopens: { '/': root } });
    for (let number = 0; number < 1500; number += 1) {
      guest({ preopens: { '/': root } });
    }
    fs.writeSync(1, String(call.fd_prestat_get(3, 64)));`, { shell: 'ulimit -n 1024; exec', timeout: 300000 });
  assert.deepEqual([child.status, child.stdout], [0, '0'], child.stderr);
});
