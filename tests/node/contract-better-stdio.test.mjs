// Standard streams: nothing is lost on a full pipe, the guest closes no descriptor of its host, and nothing warns.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, isDeno, run, runtime, script } from './support/host.mjs';

const megabyte = 1 << 20;

test('nothing is printed by importing, constructing and running', () => {
  const child = run(`
    const made = guest();
    made.write(1, 'out');
    made.write(2, 'err');`);
  assert.deepEqual([child.status, child.stdout, child.stderr], [0, 'out', 'err']);
});

for (const number of [0, 1, 2]) {
  test(`a standard stream that is closed is an error and no abort: ${number}`, () => {
    const report = join(folder(), 'report');
    const child = run(`
      fs.closeSync(${number});
      const isOpen = fs.existsSync('/proc/self/fd/${number}'); // Deno's closeSync closes no standard stream
      let code = 'made';
      try {
        new WASI({ version: 'preview1' });
      } catch (error) {
        ({ code } = error);
      }
      fs.writeFileSync(${JSON.stringify(report)}, JSON.stringify({ code, isOpen }));
      process.exit(0);`);
    assert.deepEqual([child.status, child.signal], [0, null]);
    const { code, isOpen } = JSON.parse(readFileSync(report, 'utf8'));
    assert.equal(isOpen, isDeno);
    assert.equal(code, isDeno ? 'made' : 'UVWASI_EBADF');
  });
}

test('fd_close of the guest\'s standard streams closes none of the host\'s', () => {
  const child = run(`
    const made = guest();
    const answers = [0, 1, 2].map((fd) => made.call.fd_close(fd));
    fs.fstatSync(0);
    fs.writeSync(1, JSON.stringify(answers));
    fs.writeSync(2, 'here');`, { input: '' });
  assert.deepEqual([child.status, child.stdout, child.stderr], [0, '[0,0,0]', 'here']);
});

test('fd_renumber onto the guest\'s standard streams changes none of the host\'s', () => {
  const child = run(`
    const root = ${JSON.stringify(folder())};
    const made = guest({ preopens: { '/': root } });
    const answers = [1, 2].map((to) => {
      const { fd } = made.open('file' + to, { oflags: 1, rights: 0x08e001ffn, inheriting: 0n });
      return [made.call.fd_renumber(fd, to), made.write(to, 'to the file')];
    });
    fs.writeSync(1, JSON.stringify([answers, [1, 2].map((to) => fs.readFileSync(root + '/file' + to, 'utf8'))]));
    fs.writeSync(2, 'here');`);
  assert.deepEqual([child.status, child.stderr], [0, 'here']);
  assert.deepEqual(JSON.parse(child.stdout), [[[0, 0], [0, 0]], ['to the file', 'to the file']]);
});

/** Starts `source` with stdout in a pipe that is read slowly, and resolves to what came out and how it ended. */
function readSlowly(source, pause) {
  return new Promise((resolve, reject) => {
    const [file, ...args] = [...runtime(), script(source)];
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    let errors = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.stdout.on('data', (chunk) => {
      chunks.push(chunk);
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), pause);
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, errors, output: Buffer.concat(chunks) }));
  });
}

/** Checks that bytes are those that pattern wrote: the number of each fourth, little-endian. */
function assertPattern(output, length) {
  assert.equal(output.length, length);
  const numbers = new Uint32Array(output.buffer.slice(output.byteOffset, output.byteOffset + length));
  assert.equal(numbers.findIndex((number, index) => number !== index), -1);
}

/** Fills 8 MiB of the guest's memory, from 1 MiB on, and writes it all as programs do: again and again what is left. */
const writesPattern = `
  const made = guest({}, { memory: { initial: 256 } });
  const size = 8 << 20;
  const numbers = new Uint32Array(made.memory.buffer, 1 << 20, size / 4);
  numbers.forEach((_, index) => {
    numbers[index] = index;
  });
  for (let done = 0; done < size;) {
    const errno = made.call.fd_write(1, ...made.iovecs([(1 << 20) + done, size - done]), 64);
    if (errno !== 0) {
      fs.writeSync(2, 'errno ' + errno);
      process.exit(1);
    }
    done += made.u32(64);
  }`;

test('a slow pipe as stdout receives 8 MiB intact', async () => {
  const { status, errors, output } = await readSlowly(writesPattern, 5);
  assert.deepEqual([status, errors], [0, '']);
  assertPattern(output, 8 * megabyte);
});

test('a slow pipe receives 8 MiB intact, also where the host made it nonblocking by using process.stdout', async () => {
  const { status, errors, output } = await readSlowly(`
    process.stdout.write('');
    ${writesPattern}`, 5);
  assert.deepEqual([status, errors], [0, '']);
  assertPattern(output, 8 * megabyte);
});

test('fd_write through several buffers to a nonblocking pipe loses nothing', async () => {
  const { status, errors, output } = await readSlowly(`
    process.stdout.write('');
    const made = guest({}, { memory: { initial: 32 } });
    const numbers = new Uint32Array(made.memory.buffer, 1 << 20, 1 << 18);
    numbers.forEach((_, index) => {
      numbers[index] = index;
    });
    const part = (1 << 20) / 64;
    for (let done = 0; done < 1 << 20;) {
      const ranges = [];
      for (let from = done; from < 1 << 20; from += part) {
        ranges.push([(1 << 20) + from, Math.min(part, (1 << 20) - from)]);
      }
      const errno = made.call.fd_write(1, ...made.iovecs(...ranges.slice(0, 40)), 64);
      if (errno !== 0) {
        fs.writeSync(2, 'errno ' + errno);
        process.exit(1);
      }
      done += made.u32(64);
    }`, 10);
  assert.deepEqual([status, errors], [0, '']);
  assertPattern(output, megabyte);
});

test('what comes late on a nonblocking stdin is waited for', async () => {
  const [file, ...args] = [...runtime(), script(`
    process.stdin.on('error', () => {}).pause();
    const made = guest();
    fs.writeSync(1, 'ready');
    fs.writeSync(1, String(made.read(0)));
    process.exit(0);`)];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  const ended = new Promise((resolve) => {
    child.on('close', resolve);
  });
  child.stdout.on('data', (text) => {
    if (output === '') {
      setTimeout(() => child.stdin.end('late'), 200);
    }
    output += text;
  });
  assert.equal(await ended, 0);
  assert.equal(output, 'readylate');
});
