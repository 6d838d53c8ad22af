// The example of a guest in a locked child: the guest runs, and JavaScript beside it reaches nothing.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20 node26
// timeout: 60
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { at } from './support/guest.mjs';
import { folder } from './support/host.mjs';
import { encode } from './support/wasm.mjs';

const path = (url) => fileURLToPath(new URL(url, import.meta.url));

/** An installed package, the example, a guest's directory and, beside it, a secret. */
function install(tree = {}) {
  const app = folder({ 'node_modules/': '', 'data/': '', secret: 'canary', ...tree });
  cpSync(path('../../node'), join(app, 'node_modules', 'ringfort'), { recursive: true });
  cpSync(path('../../examples/locked-child.mjs'), join(app, 'locked-child.mjs'));
  return app;
}

test('the guest has its directory and its output, and the exit code comes out', () => {
  const app = install();
  writeFileSync(join(app, 'guest.wasm'), encode({
    calls: ['path_open', 'fd_write', 'proc_exit'],
    data: [[at.iovecs, [0, 8, 0, 0, 5, 0, 0, 0]], [at.path, Buffer.from('made')], [at.data, Buffer.from('hello')]],
    bodies: {
      _start: [['path_open', 3, 0, at.path, 4, 1, 0x40, 0, 0, at.result], ['fd_write', 4, at.iovecs, 1, at.result],
        ['fd_write', 1, at.iovecs, 1, at.result], ['proc_exit', 7]],
    },
  }));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['locked-child.mjs', 'guest.wasm', 'data'],
    { cwd: app, encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([status, stdout, stderr], [7, 'hello', '']);
  assert.equal(readFileSync(join(app, 'data', 'made'), 'utf8'), 'hello');
});

// What a guest that had broken out of the engine and of ringfort would try; it prints what worked.
const hostile = `
  import fs from 'node:fs';
  import net from 'node:net';
  import { join } from 'node:path';
  const [, , app, port, pid] = process.argv;
  const tries = {
    readBeside: () => fs.readFileSync(join(app, 'secret')),
    listAbove: () => fs.readdirSync(app).includes('secret') || undefined.none,
    readAccounts: () => fs.readFileSync('/etc/passwd'),
    changeThePackage: () => fs.appendFileSync(join(app, 'node_modules', 'ringfort', 'index.mjs'), '// changed'),
    seeTheHost: () => process.env.SECRET ?? undefined.none,
    signalTheHost: () => process.kill(Number(pid), 0),
    findOthers: () => fs.readFileSync('/proc/' + pid + '/cmdline'),
  };
  const worked = Object.keys(tries).filter((name) => {
    try {
      tries[name]();
      return true;
    } catch {
      return false;
    }
  });
  const reached = await new Promise((done) => {
    net.connect(Number(port), '127.0.0.1').once('connect', () => done(true)).once('error', () => done(false));
  });
  fs.writeFileSync(join(app, 'secret'), 'changed'); // in the lock, a file of its own
  fs.writeFileSync(join(app, 'data', 'worked'), [...worked, ...(reached ? ['connect'] : [])].join());
  process.exit();`;

test('a program in the lock reaches the directory and nothing else; without the lock it reaches all', async () => {
  const app = install({ 'hostile.mjs': hostile });
  const { lock } = await import(pathToFileURL(join(app, 'locked-child.mjs')));
  const server = createServer((socket) => socket.destroy()).unref();
  await new Promise((listening) => { server.listen(0, '127.0.0.1', listening); });
  const script = join(app, 'hostile.mjs');
  const locked = lock({ readable: [process.execPath, script], writable: [join(app, 'data')] });
  const worked = async (words) => {
    const [command, ...rest] = [...words, process.execPath, script, app, server.address().port, process.pid];
    const child = spawn(command, rest.map(String), { env: { ...process.env, SECRET: 'x' }, stdio: ['ignore', 2, 2] });
    assert.equal(await new Promise((ended) => { child.once('exit', ended); }), 0);
    return readFileSync(join(app, 'data', 'worked'), 'utf8').split(',').filter((name) => name !== '');
  };
  assert.deepEqual(await worked(locked), []);
  assert.equal(readFileSync(join(app, 'secret'), 'utf8'), 'canary');
  assert.deepEqual(await worked([]), ['readBeside', 'listAbove', 'readAccounts', 'changeThePackage', 'seeTheHost',
    'signalTheHost', 'findOthers', 'connect']);
  assert.equal(readFileSync(join(app, 'secret'), 'utf8'), 'changed');
  assert.deepEqual(readdirSync(join(app, 'data')), ['worked']);
});
