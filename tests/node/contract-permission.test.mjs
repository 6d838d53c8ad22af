// Under Node's permission model the constructor asks for --allow-wasi, as node:wasi does, and the import for addons.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20 node22 node24 node26
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { nodeMajor, run } from './support/host.mjs';
import { requireSpecifier } from './support/impl.mjs';

const permission = nodeMajor < 22 ? '--experimental-permission' : '--permission';

/** A child with leave to read files and to load addons, and whatever else is given. */
const restricted = (source, ...flags) =>
  run(source, { command: [process.execPath, permission, '--allow-fs-read=*', '--allow-addons', ...flags] });

const construct = `
  try {
    new WASI({ version: 'preview1' });
    fs.writeSync(1, 'made');
  } catch ({ name, code, message, permission }) {
    fs.writeSync(1, JSON.stringify({ name, code, message, permission }));
  }`;

test('without --allow-wasi the constructor throws ERR_ACCESS_DENIED', () => {
  const child = restricted(construct);
  assert.equal(child.status, 0, child.stderr);
  assert.deepEqual(JSON.parse(child.stdout), {
    name: 'Error',
    code: 'ERR_ACCESS_DENIED',
    message: 'Access to this API has been restricted. Use --allow-wasi to manage permissions.',
    permission: 'WASI',
  });
});

test('wrong options are found out before the missing permission', () => {
  const child = restricted(construct.replace('preview1', 'preview2'));
  assert.equal(child.status, 0, child.stderr);
  assert.equal(JSON.parse(child.stdout).code, 'ERR_INVALID_ARG_VALUE');
});

test('a missing folder is not looked for without the permission', () => {
  const child = restricted(construct.replace("'preview1'", "'preview1', preopens: { '/': '/no/such/folder' }"));
  assert.equal(child.status, 0, child.stderr);
  assert.equal(JSON.parse(child.stdout).code, 'ERR_ACCESS_DENIED');
});

test('with --allow-wasi everything works', () => {
  const child = restricted(`
    const made = guest({ args: ['one'] });
    fs.writeSync(1, made.strings('args').join());`, '--allow-wasi');
  assert.deepEqual([child.status, child.stdout], [0, 'one'], child.stderr);
});

for (const [what, flags] of [
  ['--permission without --allow-addons', [permission, '--allow-fs-read=*', '--allow-wasi']],
  ['--no-addons', ['--no-addons']],
]) {
  test(`under ${what} the import says what to allow, and what Node says is the cause`, () => {
    const source = `
      try {
        require(${JSON.stringify(requireSpecifier)});
      } catch ({ code, message, cause }) {
        process.stdout.write(JSON.stringify({ code, message, cause: cause.code }));
      }`;
    const child = spawnSync(process.execPath, [...flags, '--eval', source], { encoding: 'utf8', timeout: 30000 });
    assert.equal(child.status, 0, child.stderr);
    const { code, message, cause } = JSON.parse(child.stdout);
    assert.deepEqual([code, cause], ['ERR_DLOPEN_DISABLED', 'ERR_DLOPEN_DISABLED']);
    assert.match(message, /ringfort is an addon.*--allow-addons.*--allow-wasi.*--no-addons/);
  });
}
