// The types, by TypeScript's compiler: each file of types/ says by itself what must be accepted and what refused.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// runtimes: node20
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const packages = process.env.RINGFORT_NODE_MODULES;
const ringfort = new URL('../../node', import.meta.url).pathname;
const sources = new URL('types', import.meta.url).pathname;

// skipLibCheck is off, so that the declarations themselves are checked under each of these.
const strictest = {
  strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true,
  noImplicitOverride: true, target: 'es2022', types: ['node'],
};
const both = ['module.mts', 'script.cts'];
const withoutNode = { types: [], lib: ['es2022'] };

const settings = [
  ['node16', both, { module: 'node16' }],
  ['node20', both, { module: 'node20' }],
  ['nodenext', both, { module: 'nodenext' }],
  ['a bundler', ['module.mts'], { module: 'esnext', moduleResolution: 'bundler' }],
  ['node16, not strict', ['script.cts'], { module: 'node16', strict: false, exactOptionalPropertyTypes: false }],
  ['node16 without the types of Node', ['bare.mts'], { module: 'node16', ...withoutNode }],
];

function project(t, files, options) {
  const folder = mkdtempSync(join(tmpdir(), 'ringfort-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ringfort, join(folder, 'node_modules', 'ringfort'));
  symlinkSync(join(packages, '@types'), join(folder, 'node_modules', '@types'));
  for (const file of files) {
    copyFileSync(join(sources, file), join(folder, file));
  }
  const config = { compilerOptions: { ...strictest, ...options }, files };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return folder;
}

function compile(folder) {
  const tsc = join(packages, 'typescript', 'bin', 'tsc');
  return spawnSync(process.execPath, [tsc, '--project', folder, '--pretty', 'false'], { encoding: 'utf8' });
}

for (const [name, files, options] of settings) {
  test(`the types hold with ${name}`, (t) => {
    const { stdout, stderr, status } = compile(project(t, files, options));
    assert.equal(stdout + stderr, '');
    assert.equal(status, 0);
  });
}

test('a mistake is found', (t) => {
  const folder = project(t, ['module.mts'], { module: 'node16' });
  const mistake = "export const code: string = new (await import('ringfort')).WASI().start({});";
  writeFileSync(join(folder, 'module.mts'), mistake);
  const { stdout, status } = compile(folder);
  assert.match(stdout, /module\.mts\(1,.*TS2322/);
  assert.notEqual(status, 0);
});
