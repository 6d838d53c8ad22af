// RINGFORT_POLICY: what it narrows, what it refuses, and what it says where it can't be understood.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { WASI as Base } from '../../node/index.mjs';
import { runSource } from './packages/child.mjs';
import { success } from './support/errno.mjs';
import { drive } from './support/guest.mjs';
import { folder, isBun, isDeno, thrownBy } from './support/host.mjs';

const require = createRequire(import.meta.url);
const { readPolicy } = require('../../node/lib/policy.cjs');
const { narrowed } = require('../../node/lib/narrow.cjs');

const readOnlyFs = 69;
const under = (policy) => narrowed(Base, readPolicy(JSON.stringify(policy)));
const tree = () => folder({ 'in/': '', 'in/deep/': '', 'in/deep/er/': '', 'out/': '', 'in/file': 'text' });

/** The preopens of a guest: names, and what making a directory in each gave. */
function preopensOf(guest) {
  const found = [];
  for (let fd = 3; guest.call.fd_prestat_get(fd, 64) === success; fd++) {
    const length = guest.u32(68);
    assert.equal(guest.call.fd_prestat_dir_name(fd, 512, length), success);
    found.push([guest.text(512, length), guest.call.path_create_directory(fd, ...guest.put(1024, `made-${fd}`))]);
  }
  return found;
}

const make = (policy, options) => new (under(policy))({ version: 'preview1', ...options });
const given = (policy, preopens, options) => preopensOf(drive(make(policy, { preopens, ...options })));

// ---- Preopens ----

test('a directory inside an allowed one is kept', () => {
  const root = tree();
  assert.deepEqual(given({ allow: [join(root, 'in')] }, { '/d': join(root, 'in', 'deep') }), [['/d', success]]);
  assert.deepEqual(readdirSync(join(root, 'in', 'deep')), ['er', 'made-3']);
});

test('the allowed directory itself is kept, and a policy of "/" keeps everything', () => {
  const root = tree();
  assert.deepEqual(given({ allow: [join(root, 'in')] }, { '/d': `${root}/in/` }), [['/d', success]]);
  assert.deepEqual(given({ allow: ['/'] }, { '/d': join(root, 'out') }), [['/d', success]]);
});

test('a directory that merely begins with the same letters is not inside', () => {
  const root = folder({ 'in/': '', 'inside/': '' });
  const error = thrownBy(() => given({ allow: [join(root, 'in')] }, { '/d': join(root, 'inside') }));
  assert.equal(error.code, 'ERR_ACCESS_DENIED');
});

test('a directory around allowed ones becomes these, under their names in it', () => {
  const root = tree();
  const policy = { allow: [join(root, 'in', 'deep'), join(root, 'out')] };
  assert.deepEqual(given(policy, { '/': '/' }), [[join(root, 'in', 'deep'), success], [join(root, 'out'), success]]);
  assert.deepEqual(given({ allow: [join(root, 'in', 'deep', 'er')] }, { '/a': root }), [['/a/in/deep/er', success]]);
  assert.deepEqual(given({ allow: [join(root, 'in')] }, { '.': root }), [['in', success]]);
});

test('a name that the program gives itself goes before one that is found inside', () => {
  const root = tree();
  const preopens = { '/a': root, '/a/out': join(root, 'in') };
  assert.deepEqual(given({ allow: [join(root, 'in'), join(root, 'out')] }, preopens).map(([name]) => name),
    ['/a/in', '/a/out']);
  assert.deepEqual(readdirSync(join(root, 'out')), []);
});

test('what nothing allows is an error that names the directory, the policy and the remedy', () => {
  const root = tree();
  const error = thrownBy(() => make({ allow: [join(root, 'in')] }, { preopens: { '/d': join(root, 'out') } }));
  assert.equal(error.name, 'Error');
  assert.equal(error.code, 'ERR_ACCESS_DENIED');
  assert.equal(error.path, join(root, 'out'));
  const out = join(root, 'out');
  assert.equal(error.message, `The policy in RINGFORT_POLICY does not allow '${out}', which is to be '/d' ` +
    `of a WASI guest. If it may be, add '${out}', or directories inside it, to "allow".`);
  assert.equal(thrownBy(() => make({ allow: [] }, { preopens: { '/': '/' } })).code, 'ERR_ACCESS_DENIED');
});

test('links are looked through on both sides', () => {
  const root = tree();
  symlinkSync(join(root, 'out'), join(root, 'in', 'link'));
  symlinkSync(join(root, 'in'), join(root, 'alias'));
  const error = thrownBy(() => make({ allow: [join(root, 'in')] }, { preopens: { '/d': join(root, 'in', 'link') } }));
  assert.equal(error.code, 'ERR_ACCESS_DENIED');
  assert.deepEqual(given({ allow: [join(root, 'alias')] }, { '/d': join(root, 'in', 'deep') }), [['/d', success]]);
});

test('an allowed directory that a link has taken the place of since is refused', () => {
  const root = tree();
  const WASI = under({ allow: [join(root, 'in', 'deep')] });
  renameSync(join(root, 'in', 'deep'), join(root, 'moved'));
  symlinkSync(join(root, 'out'), join(root, 'in', 'deep'));
  const error = thrownBy(() => new WASI({ version: 'preview1', preopens: { '/': '/' } }));
  assert.equal(error.code, 'ERR_ACCESS_DENIED');
  assert.equal(error.path, join(root, 'out'));
});

test('a name or path is read up to its first NUL, as the class reads it', () => {
  const root = tree();
  const preopens = { '/d\0x': `${join(root, 'in')}\0/../out` };
  assert.deepEqual(given({ allow: [join(root, 'in')] }, preopens), [['/d', success]]);
  assert.equal(thrownBy(() => given({ allow: [join(root, 'out')] }, preopens)).code, 'ERR_ACCESS_DENIED');
});

test('no descriptor is left behind, be the object made or refused', () => {
  const root = tree();
  const open = () => readdirSync('/proc/self/fd').length;
  const WASI = under({ allow: [join(root, 'in')] });
  const attempt = (host) => {
    try {
      new WASI({ version: 'preview1', preopens: { '/d': host } }).close();
    } catch (error) {
      assert.equal(error.code, 'ERR_ACCESS_DENIED');
    }
  };
  attempt(root);
  const before = open();
  for (let i = 0; i < 50; i++) {
    attempt(root);
    attempt(join(root, 'out'));
  }
  assert.equal(open(), before);
});

// ---- Read-only ----

test('a rule that is read-only makes its directories so, and no others', () => {
  const root = tree();
  const policy = { allow: [{ path: join(root, 'in'), readOnly: true }, join(root, 'out')] };
  assert.deepEqual(given(policy, { '/d': root }), [['/d/in', readOnlyFs], ['/d/out', success]]);
  assert.deepEqual(given(policy, { '/d': join(root, 'in', 'deep') }), [['/d', readOnlyFs]]);
});

test('what may be written in a read-only directory has a preopen of its own', () => {
  const root = tree();
  const policy = { allow: [{ path: join(root, 'in'), readOnly: true }, join(root, 'in', 'deep')] };
  assert.deepEqual(given(policy, { '/d': join(root, 'in') }), [['/d', readOnlyFs], ['/d/deep', success]]);
  assert.deepEqual(given(policy, { '/d': join(root, 'in', 'deep', 'er') }), [['/d', success]]);
});

test('a policy that is read-only makes everything so, allowed by name or not narrowed at all', () => {
  const root = tree();
  assert.deepEqual(given({ readOnly: true, allow: [root] }, { '/d': root }), [['/d', readOnlyFs]]);
  assert.deepEqual(given({ readOnly: true }, { '/d': root }, { readOnly: false }), [['/d', readOnlyFs]]);
});

test("the program's own readOnly holds as well", () => {
  const root = tree();
  const policy = { allow: [join(root, 'in'), join(root, 'out')] };
  const preopens = { '/d': root, '/o': join(root, 'out') };
  const names = ['/d/in', '/d/out', '/o'];
  const outcome = (readOnly) => given(policy, preopens, { readOnly }).map(([, errno]) => errno === readOnlyFs);
  assert.deepEqual(given(policy, preopens, { readOnly: true }).map(([name]) => name), names);
  assert.deepEqual(outcome(true), [true, true, true]);
  assert.deepEqual(outcome(['/d']), [true, true, false]);
  assert.deepEqual(outcome(['/o']), [false, false, true]);
  assert.equal(thrownBy(() => outcome(['/none'])).code, 'ERR_OUT_OF_RANGE');
});

// ---- The environment ----

test('only the named variables reach a guest', () => {
  const env = { B: '2', A: '1', C: undefined, SECRET: 's' };
  const environ = (policy) => drive(make(policy, { env })).strings('environ');
  assert.deepEqual(environ({ env: ['A', 'B', 'C', 'D'] }), ['B=2', 'A=1']);
  assert.deepEqual(environ({ env: [] }), []);
  assert.deepEqual(environ({ allow: [] }), ['B=2', 'A=1', 'SECRET=s']);
});

// ---- Limits ----

test('limits are lowered to those of the policy, and never raised', () => {
  const root = folder({ file: '' });
  const opened = (policy, limits) => {
    const driven = drive(make({ limits: policy }, { preopens: { '/': root }, limits }));
    let count = 0;
    while (count < 300 && driven.open('file', { rights: 2n, inheriting: 0n }).errno === success) {
      count++;
    }
    return [count, driven.wasi.refusal];
  };
  const refused = (value) => [value - 4, { limit: 'open-files', value }];
  assert.deepEqual(opened({ openFiles: 10 }, undefined), refused(10));
  assert.deepEqual(opened({ openFiles: 10 }, { openFiles: 20 }), refused(10));
  assert.deepEqual(opened({ openFiles: 20 }, { openFiles: 10 }), refused(10));
  assert.deepEqual(opened({ openFiles: 1000 }, undefined), refused(256));
  assert.deepEqual(opened({ openFiles: 1000 }, {}), refused(256));
  assert.deepEqual(opened({ wallTime: 60000 }, { openFiles: 8 }), refused(8));
  assert.deepEqual(opened(undefined, { openFiles: 9 }), refused(9));
  assert.deepEqual(opened({ wallTime: 60000 }, Object.create({ openFiles: 9 })), refused(9));
});

test('a limit that has no default is that of the policy', () => {
  const limits = (policy, wish) => drive(make({ limits: policy }, { captureStdout: true, limits: wish }));
  for (const driven of [limits({ output: 3 }, undefined), limits({ output: 3 }, { output: 2 ** 40 })]) {
    driven.write(1, 'four');
    assert.equal(driven.wasi.stdoutData.toString(), 'fou');
  }
});

test('limits that are wrong are refused as without a policy', () => {
  for (const limits of [null, [], 'x', { openFiles: 'x' }, { openFiles: 2 ** 60 }, { openFiles: 0 }, { none: 1 }]) {
    const expected = thrownBy(() => new Base({ version: 'preview1', limits }));
    const error = thrownBy(() => make({ limits: { openFiles: 10 } }, { limits }));
    assert.deepEqual([error.code, error.message], [expected.code, expected.message]);
  }
});

// ---- The class ----

test('the class is otherwise the same', () => {
  const WASI = under({ allow: ['/'], env: [] });
  const [ours, plain] = [new WASI({ version: 'preview1' }), new Base({ version: 'preview1' })];
  const shape = (it) => Reflect.ownKeys(it).map(String);
  assert.deepEqual([WASI.name, WASI.length, shape(WASI)], [Base.name, Base.length, shape(Base)]);
  assert.deepEqual(shape(ours), shape(plain));
  assert.ok(ours instanceof WASI && ours instanceof Base && ours.constructor === WASI);
  assert.match(thrownBy(() => WASI()).message, /new/);
});

test('wrong options give the errors that the class gives without a policy', () => {
  const WASI = under({ allow: [folder()], readOnly: true, env: ['A'] });
  const version = 'preview1';
  const outside = { '/d': '/' };
  const wrong = [
    [], [null], [[]], [1], [() => {}], [{}], [{ version: 'preview2' }], [{ version, args: 1, preopens: { a: '/etc' } }],
    [{ version, env: null }], [{ version, env: [] }], [{ version, preopens: null }], [{ version, preopens: [] }],
    [{ version, preopens: { '/d': '/none/such' } }], [{ version, stdin: -1 }], [{ version, returnOnExit: 1 }],
    [{ version, readOnly: 1 }], [{ version, env: { A: Symbol('s') } }], [{ version, args: {}, preopens: outside }],
  ];
  for (const args of wrong) {
    const [ours, plain] = [WASI, Base].map((Class) => thrownBy(() => new Class(...args)));
    assert.deepEqual([ours.name, ours.code, ours.message], [plain.name, plain.code, plain.message]);
  }
});

test('frozen, inherited and getter options are read', () => {
  const root = tree();
  const WASI = under({ allow: [join(root, 'in')] });
  class Given {
    #path = root;
    get version() { return 'preview1'; }
    get preopens() { return { '/d': this.#path }; }
  }
  const frozen = Object.freeze({ version: 'preview1', preopens: Object.freeze({ '/d': root }) });
  const several = [new Given(), frozen, Object.create(frozen)];
  assert.deepEqual(several.map((options) => preopensOf(drive(new WASI(options))).map(([name]) => name)),
    [['/d/in'], ['/d/in'], ['/d/in']]);
});

// ---- Reading it ----

test('a policy is JSON, or the path of a file of JSON', () => {
  const root = tree();
  const file = join(root, 'policy.json');
  const value = { allow: [join(root, 'in'), { path: join(root, 'out'), readOnly: true }], env: ['HOME'] };
  const rules = [{ path: join(root, 'in'), readOnly: false }, { path: join(root, 'out'), readOnly: true }];
  writeFileSync(file, JSON.stringify(value));
  const expected = { allow: rules, readOnly: false, env: ['HOME'] };
  assert.deepEqual(readPolicy(` ${JSON.stringify(value)}`), { source: 'RINGFORT_POLICY', ...expected });
  assert.deepEqual(readPolicy(file), { source: `'${file}' (RINGFORT_POLICY)`, ...expected });
});

test('a policy that is not understood is refused, with the place and the remedy', () => {
  const root = tree();
  symlinkSync(join(root, 'out'), join(root, 'in', 'link'));
  symlinkSync(join(root, 'in', 'link'), join(root, 'far'));
  const wrong = [
    ['', /can't be read .*Give RINGFORT_POLICY the path of a JSON file/],
    [join(root, 'none.json'), /none\.json' \(RINGFORT_POLICY\) can't be used: the file can't be read/],
    [join(root, 'in', 'file'), /it is not JSON .*Write it as/],
    ['{', /it is not JSON/],
    [{ alow: [] }, /it has the unknown key "alow"\. It may have allow, readOnly, env/],
    [{ allow: '/' }, /"allow" must be an array/],
    [{ allow: [1] }, /"allow" must be an array/],
    [{ allow: [{}] }, /"allow\[0\]" has no "path"/],
    [{ allow: ['/', { path: '/', readonly: true }] }, /"allow\[1\]" has the unknown key "readonly"/],
    [{ allow: ['src'] }, /"allow\[0\]" is "src", which is not an absolute path/],
    [{ allow: [join(root, 'none')] }, /none', can't be found .*Create it, or take it out/],
    [{ allow: [join(root, 'in', 'file')] }, /file', is not a directory\. Name the directory it lies in/],
    [{ allow: [{ path: root, readOnly: 'yes' }] }, /"allow\[0\]"\.readOnly is "yes"\. Make it true or false/],
    [{ readOnly: 1 }, /"readOnly" is 1\. Make it true or false/],
    [{ readOnly: true, allow: [{ path: root, readOnly: false }] }, /readOnly is false, but "readOnly" makes all so/],
    [{ allow: [root, { path: join(root, 'in'), readOnly: true }] }, /is read-only inside .* can't be kept so/],
    [{ allow: [root, join(root, 'in')] }, /in', lies in '.*', where guests may write, and could lead it elsewhere\./],
    [{ allow: [join(root, 'in'), join(root, 'in', 'link')] }, /"allow\[1\]", '.*link', lies in '.*in', where guests/],
    [{ allow: [join(root, 'in'), join(root, 'far')] }, /"allow\[1\]", '.*far', lies in '.*in', where guests may/],
    [{ allow: [`${root}/in/deep/..`] }, /"allow\[0\]", '.*', lies in '.*in', where guests may/],
    [{ env: 'HOME' }, /"env" must be an array of variables' names/],
    [{ env: [1] }, /"env" must be an array of variables' names/],
    [{ limits: 1 }, /"limits" must be an object with some of the keys openFiles, /],
    [{ limits: { fuel: 1 } }, /"limits" has the unknown key "fuel"\. It may have openFiles, /],
    [{ limits: { openFiles: 0 } }, /"limits"\.openFiles is 0\. Make it a whole number from 1 on/],
    [{ limits: { wallTime: '5' } }, /"limits"\.wallTime is "5"\. Make it a whole number from 1 on/],
  ];
  for (const [value, message] of wrong) {
    const error = thrownBy(() => readPolicy(typeof value === 'string' ? value : JSON.stringify(value)));
    assert.equal(error.code, 'ERR_RINGFORT_POLICY', String(error));
    assert.match(error.message, message);
  }
});

// ---- In a process ----

const asked = (policy) => ({ RINGFORT_POLICY: typeof policy === 'string' ? policy : JSON.stringify(policy) });
const codeOf = (specifier) => `await (async () => {
  const { WASI } = await import(${JSON.stringify(specifier)});
  try { new WASI({ version: 'preview1', preopens: { '/': '/' } }); return 'made'; } catch (error) { return error.code; }
})()`;

test('it holds for node:wasi, and not for ringfort itself', () => {
  const index = new URL('../../node/index.mjs', import.meta.url).href;
  const source = `console.log(${codeOf('node:wasi')}, ${codeOf('wasi')}, ${codeOf(index)});`;
  const { stdout, stderr } = runSource(source, { env: asked({ allow: [] }) });
  assert.deepEqual([stdout, stderr], ['ERR_ACCESS_DENIED ERR_ACCESS_DENIED made\n', '']);
});

test('it holds in Workers, whatever their environment and whatever the variable becomes', () => {
  const source = `
    import process from 'node:process';
    import { isMainThread, parentPort, Worker } from 'node:worker_threads';
    if (isMainThread) {
      delete process.env.RINGFORT_POLICY;
      const codes = [];
      for (const options of [{}, { env: {} }, { env: { RINGFORT_POLICY: '{}' }, execArgv: [] }]) {
        const worker = new Worker(new URL(import.meta.url), options);
        codes.push(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)));
        await worker.terminate();
      }
      console.log(codes.join());
    } else {
      parentPort.postMessage(${codeOf('node:wasi')});
    }`;
  const { stdout, stderr } = runSource(source, { env: asked({ allow: [] }) });
  assert.deepEqual([stdout, stderr], [`${Array(3).fill('ERR_ACCESS_DENIED').join()}\n`, '']);
});

if (isBun || isDeno) {
  test('it holds in web Workers', () => {
    const place = folder({ 'worker.mjs': `self.postMessage(${codeOf('node:wasi')});` });
    const source = `
      import process from 'node:process';
      delete process.env.RINGFORT_POLICY;
      const web = new Worker(${JSON.stringify(pathToFileURL(join(place, 'worker.mjs')).href)}, { type: 'module' });
      web.onmessage = ({ data }) => { console.log(data); web.terminate(); };`;
    const { stdout } = runSource(source, { env: asked({ allow: [] }), timeout: 20000 });
    assert.equal(stdout, 'ERR_ACCESS_DENIED\n');
  });
}

test('a program does not begin under a policy that is wrong', () => {
  const { status, stdout, stderr } = runSource("console.log('begun');", { env: asked({ alow: [] }) });
  assert.notEqual(status, 0);
  assert.equal(stdout, '');
  assert.match(stderr, /The policy in RINGFORT_POLICY can't be used: it has the unknown key "alow"/);
});
