// Real packages from npm on ringfort, through ringfort/register: the answers are right, and ringfort gave them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The packages of napi-rs are told to use WebAssembly and nothing else; the count of objects proves that it was
// ringfort that served them. The answers are the native bindings', or known ones.
// runtimes: node20 node26 bun deno
// timeout: 600
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { registerUrl, run } from './packages/child.mjs';
import { folder } from './support/host.mjs';

const programs = fileURLToPath(new URL('packages/', import.meta.url));
const forced = { NAPI_RS_FORCE_WASI: 'error', RINGFORT_REGISTERED: registerUrl.href };

/** Runs the program of a package in a folder of its own. */
function runPackage(name, { env = {}, place = folder(), flags } = {}) {
  return run(`${programs}${name}.mjs`, { env: { ...forced, ...env }, cwd: place, args: [place], flags });
}

/** What the program found; `minimum` objects at least were ringfort's. */
function answer(name, minimum, options) {
  const { status, stdout, stderr } = runPackage(name, options);
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /ExperimentalWarning/);
  const { result, served } = JSON.parse(stdout);
  assert.ok(served >= minimum, `${served} objects were ringfort's, not ${minimum}`);
  return result;
}

const bundled = {
  files: ['main.js', 'main.js.map'], chunk: 'main.js', unused: false, answer: 42, first: 'ringfort',
};
const scanned = { found: [true, true, true, false], files: ['/src/a.html', '/src/deep/b.html'] };

test('@node-rs/xxhash hashes', () => {
  assert.deepEqual(answer('xxhash', 1), {
    empty32: '2cc5d05', empty64: 'ef46db3751d8e999', text32: 'e2293b2f', pieces64: 'fbcea83c8a378bf1',
    empty3: '2d06800538d394c2',
  });
});

test('@node-rs/argon2 verifies and hashes, in Workers too', () => {
  assert.deepEqual(answer('argon2', 2), {
    known: [true, false],
    raw: 'bdddf143ed8be48fc5361ef5af26272484a9153114534c6203e781c66e1dee6c',
    pooled: '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$vd3xQ+2L5I/FNh71ryYnJISpFTEUU0xiA+eBxm4d7mw',
    made: [true, false],
  });
});

test('@node-rs/jieba cuts sentences', () => {
  assert.deepEqual(answer('jieba', 1), {
    exact: ['我们', '中', '出', '了', '一个', '叛徒'],
    search: [
      '小明', '硕士', '毕业', '于', '中国', '科学', '学院', '科学院', '中国科学院', '计算', '计算所',
    ],
  });
});

test('oxc-parser parses, in Workers too', () => {
  const parsed = { statements: [['ExportNamedDeclaration', 0, 50]], errors: 0 };
  assert.deepEqual(answer('oxc-parser', 2), {
    typescript: parsed, pooled: parsed, faulty: { statements: [], errors: 1 },
  });
});

test('oxc-transform takes types away, in Workers too', () => {
  const code = 'export const twice = (n) => n * 2;\n';
  assert.deepEqual(answer('oxc-transform', 2), {
    code, pooled: code, declaration: 'export declare const twice: (n: number) => number;\n', faulty: true,
  });
});

test('rolldown bundles files and writes the bundle', () => {
  assert.deepEqual(answer('rolldown', 2), bundled);
});

test('@tailwindcss/oxide scans files', () => {
  assert.deepEqual(answer('oxide', 1), scanned);
});

test('@rspack/binding resolves and minifies', () => {
  // Its loader keeps the native binding whatever NAPI_RS_FORCE_WASI says, and looks here first.
  assert.deepEqual(answer('rspack', 1, { env: { NAPI_RS_NATIVE_LIBRARY_PATH: '@rspack/binding-wasm32-wasi' } }), {
    resolved: ['/node_modules/twice/main.js', '/node_modules/twice/main.js', null],
    minified: 'let e=e=>2*e;export{e as twice};',
  });
});

const rubyDid = {
  answer: '3.4|from the host|line 0,line 1,line 2,appended|30|host.txt,kept.txt,sub|false|Errno::ENOTCAPABLE',
  kept: 'from ruby',
  files: ['host.txt', 'kept.txt'],
};

test('@ruby/3.4-wasm-wasi writes, reads, lists and removes files', () => {
  assert.deepEqual(answer('ruby', 1), rubyDid);
});

test('the native binding is not counted', () => {
  const { status, stdout, stderr } = runPackage('xxhash', { env: { NAPI_RS_FORCE_WASI: 'false' } });
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).served, 0);
});

// ---- With a policy ----

const policy = (value) => ({ RINGFORT_POLICY: JSON.stringify(value) });

test('a policy that allows the project lets rolldown and oxide work in it', () => {
  for (const [name, result] of [['rolldown', bundled], ['oxide', scanned]]) {
    const place = folder();
    assert.deepEqual(answer(name, 1, { place, env: policy({ allow: [place] }) }), result);
  }
});

test('a policy that is read-only lets rolldown read the project and not write the bundle', () => {
  const place = folder();
  const { status, stderr } = runPackage('rolldown', { place, env: policy({ allow: [place], readOnly: true }) });
  assert.notEqual(status, 0);
  assert.match(stderr, /Read-only file system/);
});

test('a policy that allows another directory keeps oxide out of the project', () => {
  const env = policy({ allow: [folder()] });
  assert.deepEqual(answer('oxide', 1, { env }), { found: [false, false, false, false], files: [] });
});

test('a policy refuses a directory that it does not allow, and names it', () => {
  const place = folder();
  const ruby = runPackage('ruby', { place, env: policy({ allow: [folder()] }) });
  assert.notEqual(ruby.status, 0);
  assert.ok(ruby.stderr.includes(`The policy in RINGFORT_POLICY does not allow '${place}', which is to be '/box'`),
    ruby.stderr);
  const rolldown = runPackage('rolldown', { env: policy({ allow: [] }) });
  assert.notEqual(rolldown.status, 0);
  assert.match(rolldown.stderr, /The policy in RINGFORT_POLICY does not allow '\/'/);
});
