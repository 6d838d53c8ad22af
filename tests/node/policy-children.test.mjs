// RINGFORT_POLICY in the processes that a program starts, and what would let a guest choose the next policy.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { registerPath, runSource } from './packages/child.mjs';
import { folder, isDeno, isNode, runtime } from './support/host.mjs';

const asked = (policy) => ({ RINGFORT_POLICY: typeof policy === 'string' ? policy : JSON.stringify(policy) });
const codeOf = (specifier) => `await (async () => {
  const { WASI } = await import(${JSON.stringify(specifier)});
  try { new WASI({ version: 'preview1', preopens: { '/': '/' } }); return 'made'; } catch (error) { return error.code; }
})()`;

// Says of a child what it may give to a guest.
const childFiles = () => folder({
  'child.mjs': `console.log(${codeOf('node:wasi')});`,
  'child.cjs': `(async () => console.log(${codeOf('node:wasi')}))();`,
});
const startsChildren = (place, name) => `
  import process from 'node:process';
  import { promisify } from 'node:util';
  import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';
  const [command, ...words] = [...${JSON.stringify(runtime())}, ${JSON.stringify(join(place, name))}];
  const line = [command, ...words].join(' ');
  const heard = (child) => new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data) => { text += data; });
    child.on('error', reject).on('close', () => resolve(text));
  });
  const called = (start, ...args) => new Promise((resolve, reject) => {
    start(...args, (error, stdout) => error ? reject(error) : resolve(stdout));
  });
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'];
  const forked = (options) => heard(fork(words.at(-1), [], { stdio, ...options }));
  const answers = async () => Promise.all([
    spawnSync(command, words).stdout, spawnSync(command, words, { env: {} }).stdout,
    execFileSync(command, words), execFileSync(command, words, { env: { RINGFORT_POLICY: '{}', NODE_OPTIONS: '' } }),
    execSync(line), execSync(line, { env: {} }),
    heard(spawn(command, words)), heard(spawn(command, words, { env: {}, cwd: '/' })),
    called(exec, line), called(exec, line, { env: {} }), promisify(exec)(line, { env: {} }).then((it) => it.stdout),
    called(execFile, command, words), called(execFile, command, words, { env: {} }),
    promisify(execFile)(command, words, { env: {} }).then((it) => it.stdout),
    forked({}), forked({ execArgv: [] }), forked({ execArgv: [], env: {} }),
  ]);
  const all = await answers();
  delete process.env.RINGFORT_POLICY;
  delete process.env.NODE_OPTIONS;
  delete process.env.BUN_OPTIONS;
  all.push(...await answers());
  console.log(JSON.stringify(all.map((text) => String(text).trim())));`;

for (const name of ['child.mjs', 'child.cjs']) {
  test(`it holds in processes that the program starts, however it does and whatever their environment: ${name}`, () => {
    const { stdout, stderr } = runSource(startsChildren(childFiles(), name), { env: asked({ allow: [] }) });
    assert.deepEqual([stderr, stdout], ['', `${JSON.stringify(Array(34).fill('ERR_ACCESS_DENIED'))}\n`]);
  });
}

test('a child process is otherwise started as the program says', () => {
  const source = `
    import * as children from 'node:child_process';
    import process from 'node:process';
    const [command] = ${JSON.stringify(runtime())};
    const print = 'const { argv, env } = process; console.log(JSON.stringify([argv.slice(2), env.A, env.B]))';
    const evaluate = [${isDeno ? "'eval'" : "'-e'"}, print];
    const { status, stdout } = children.spawnSync(command, evaluate, { env: { A: 'a' } });
    let refused = 0;
    for (const wrong of [[], [1], [command, [], 1], [command, [], { env: 1 }]]) {
      try { children.spawnSync(...wrong); } catch (error) { refused += error instanceof TypeError ? 1 : 0; }
    }
    const failed = await new Promise((resolve) => children.execFile('/none/such', (error) => resolve(error.code)));
    const [, a, b] = JSON.parse(String(stdout));
    console.log(JSON.stringify([status, a, b, failed,
      children.spawn.name, children.exec.name, refused > 1]));`;
  const { stdout, stderr } = runSource(source, { env: { ...asked({ allow: [] }), B: 'b' } });
  const b = isDeno ? 'b' : null; // Deno adds what `env` names to its own environment
  assert.deepEqual([stderr, JSON.parse(stdout)], ['', [0, 'a', b, 'ENOENT', 'spawn', 'exec', true]]);
});

if (isNode) {
  test('a child that may load no addon does not begin', () => {
    const source = `
      import { spawnSync } from 'node:child_process';
      import process from 'node:process';
      const { status, stdout } = spawnSync(process.execPath, ['--no-addons',
        ${JSON.stringify(join(childFiles(), 'child.mjs'))}]);
      console.log(JSON.stringify([status !== 0, String(stdout)]));`;
    const { stdout } = runSource(source, { env: asked({ allow: [] }) });
    assert.equal(stdout, '[true,""]\n');
  });
}

test('without a policy the environment stays as it is', () => {
  const source = `
    import process from 'node:process';
    console.log(JSON.stringify([process.env.NODE_OPTIONS, process.env.BUN_OPTIONS, process.env.RINGFORT_POLICY]));`;
  assert.equal(runSource(source).stdout, '[null,null,null]\n');
});

test('a policy in a file, by a relative path, is the same in a child elsewhere, whatever the file becomes', () => {
  const place = childFiles();
  writeFileSync(join(place, 'policy.json'), JSON.stringify({ allow: [] }));
  const source = `
    import { spawnSync } from 'node:child_process';
    import { writeFileSync } from 'node:fs';
    import process from 'node:process';
    writeFileSync('policy.json', '{}');
    process.chdir('/');
    const [command, ...words] = [...${JSON.stringify(runtime())}, ${JSON.stringify(join(place, 'child.mjs'))}];
    console.log(String(spawnSync(command, words).stdout).trim(), process.env.RINGFORT_POLICY);`;
  const { stdout, stderr } = runSource(source, { cwd: place, env: asked('policy.json') });
  assert.deepEqual([stderr, stdout], ['', 'ERR_ACCESS_DENIED {"allow":[],"readOnly":false}\n']);
});

test('it reaches children from a folder with blanks in its name', () => {
  const place = join(folder(), 'a "b" c');
  const ours = dirname(registerPath);
  mkdirSync(place);
  for (const name of ['lib', 'index.cjs', 'index.mjs', 'register.mjs', 'package.json', 'ringfort.node']) {
    cpSync(join(ours, name), join(place, name), { recursive: true });
  }
  const there = join(place, 'register.mjs');
  const source = `
    import { spawnSync } from 'node:child_process';
    const [command, ...words] = [...${JSON.stringify(runtime())}, ${JSON.stringify(join(childFiles(), 'child.mjs'))}];
    console.log(String(spawnSync(command, words, { env: {} }).stdout).trim());`;
  const flags = isNode ? ['--import', pathToFileURL(there).href] : ['--preload', there];
  const { stdout, stderr } = runSource(source, { flags, env: asked({ allow: [] }) });
  assert.deepEqual([stderr, stdout], ['', 'ERR_ACCESS_DENIED\n']);
});

test('a policy that lets guests write its own file, or ringfort, is refused', () => {
  const root = folder({ 'open/': '' });
  const begun = (policy) => runSource("console.log('begun');", { env: asked(policy) });
  writeFileSync(join(root, 'open', 'policy.json'), JSON.stringify({ allow: [join(root, 'open')] }));
  symlinkSync(join(root, 'open', 'policy.json'), join(root, 'link.json'));
  const ours = dirname(registerPath);
  const wrong = [
    [join(root, 'open', 'policy.json'), /the policy's own file, '.*policy\.json', lies in '.*open', where guests/],
    [join(root, 'link.json'), /the policy's own file, '.*link\.json', lies in '.*open', where guests/],
    [{ allow: [ours] }, /a file of ringfort itself, '.*', lies in '.*node', where guests may write/],
    [{ allow: [join(ours, 'lib')] }, /a file of ringfort itself/],
    [{ allow: ['/'] }, /a file of ringfort itself/],
  ];
  for (const [policy, message] of wrong) {
    const { status, stdout, stderr } = begun(policy);
    assert.deepEqual([status === 0, stdout], [false, ''], String(stderr));
    assert.match(stderr, message);
  }
  for (const policy of [{ allow: ['/'], readOnly: true }, { allow: [{ path: ours, readOnly: true }] }, {}]) {
    assert.equal(begun(policy).stdout, 'begun\n');
  }
});
