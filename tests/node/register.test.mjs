// ringfort/register: every way to node:wasi leads to ringfort's class, in the main thread and in every Worker.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { registerUrl, runSource } from './packages/child.mjs';
import { folder, isBun, isDeno, isNode } from './support/host.mjs';

const indexUrl = new URL('../../node/index.mjs', import.meta.url).href;
const indexPath = fileURLToPath(indexUrl);
const replacePath = fileURLToPath(new URL('../../node/lib/replace.cjs', import.meta.url));
const silent = { status: 0, stderr: '' };

/** What a child printed as JSON; it must have ended well and have warned of nothing. */
function answer({ status, stdout, stderr }) {
  assert.deepEqual({ status, stderr }, silent);
  return JSON.parse(stdout);
}

// Says of each way whether the class it gives is ringfort's.
const ways = `
  import { createRequire } from 'node:module';
  import process from 'node:process';
  import { WASI as named } from 'node:wasi';
  import { WASI as unprefixed } from 'wasi';
  import * as namespace from 'node:wasi';
  import whole from 'wasi';
  const require = createRequire(import.meta.url);
  export const ways = async () => {
    const classes = {
      named, unprefixed, namespace: namespace.WASI, whole: whole.WASI,
      dynamic: (await import('node:wasi')).WASI, dynamicUnprefixed: (await import('wasi')).WASI,
      required: require('node:wasi').WASI, requiredUnprefixed: require('wasi').WASI,
      builtin: process.getBuiltinModule('node:wasi').WASI, builtinUnprefixed: process.getBuiltinModule('wasi').WASI,
    };
    const { WASI } = await import(${JSON.stringify(indexUrl)});
    return Object.fromEntries(Object.entries(classes).map(([way, it]) => [way, it === WASI]));
  };
`;
const wayNames = [
  'named', 'unprefixed', 'namespace', 'whole', 'dynamic', 'dynamicUnprefixed', 'required', 'requiredUnprefixed',
  'builtin', 'builtinUnprefixed',
];
const allOurs = Object.fromEntries(wayNames.map((way) => [way, true]));
const printWays = `${ways} console.log(JSON.stringify(await ways()));`;

// A Worker that runs its own file again, with these options; and what it answers.
const worker = `
  import { isMainThread, parentPort, SHARE_ENV, Worker } from 'node:worker_threads';
  const start = (options, file = new URL(import.meta.url)) => new Promise((resolve, reject) => {
    const worker = new Worker(file, options);
    worker.on('error', reject);
    worker.on('message', (message) => worker.terminate().then(() => resolve(message)));
  });
`;
const inWorkers = (options) => `
  ${ways} ${worker}
  if (isMainThread) {
    const answers = [];
    for (const options of ${options}) {
      answers.push(await start(options));
    }
    console.log(JSON.stringify(answers));
  } else {
    parentPort.postMessage(await ways());
  }
`;

test('the class is the original without it', () => {
  const { stdout } = runSource(printWays, { flags: [] });
  assert.deepEqual(JSON.parse(stdout), Object.fromEntries(wayNames.map((way) => [way, false])));
});

test('every way gives the class of ringfort, and nothing is printed', () => {
  assert.deepEqual(answer(runSource(printWays)), allOurs);
});

test('a CommonJS program gets it too', () => {
  const source = `
    const ours = require(${JSON.stringify(indexPath.replace(/mjs$/, 'cjs'))}).WASI;
    console.log(JSON.stringify([require('node:wasi').WASI === ours, require('wasi').WASI === ours]));`;
  assert.deepEqual(answer(runSource(source, { name: 'app.cjs' })), [true, true]);
});

test('a program that imports the registration itself has it from then on', () => {
  const source = `
    import ${JSON.stringify(registerUrl.href)};
    const { WASI } = await import('node:wasi');
    console.log(WASI === (await import(${JSON.stringify(indexUrl)})).WASI);`;
  assert.equal(answer(runSource(source, { flags: [] })), true);
});

test('Workers have it, whatever options they are made with', () => {
  const options = '[undefined, {}, { execArgv: [] }, { env: {} }, { env: { A: "1" }, execArgv: [] }, ' +
    '{ env: process.env }, { env: SHARE_ENV }, { execArgv: ["--experimental-wasi-unstable-preview1"] }]';
  assert.deepEqual(answer(runSource(inWorkers(options))), Array(8).fill(allOurs));
});

test('Workers that are made by a path, of source text, or by another Worker have it', () => {
  const source = `
    import { fileURLToPath } from 'node:url';
    ${ways} ${worker}
    const text = "require('node:worker_threads').parentPort.postMessage(require('node:wasi').WASI === require(" +
      ${JSON.stringify(JSON.stringify(indexPath.replace(/mjs$/, 'cjs')))} + ").WASI)";
    const path = fileURLToPath(import.meta.url);
    if (isMainThread) {
      const [eval_, nested] = [await start({ eval: true }, text), await start({ argv: ['nested'] }, path)];
      console.log(JSON.stringify([eval_, nested]));
    } else {
      parentPort.postMessage(process.argv[2] === 'nested' ? await start({ execArgv: [] }) : await ways());
    }`;
  assert.deepEqual(answer(runSource(source)), [true, allOurs]);
});

test('a Worker is still a Worker: its class, its errors, its data', () => {
  const source = `
    ${worker}
    import { workerData } from 'node:worker_threads';
    class Mine extends Worker {}
    if (isMainThread) {
      const mine = new Mine(new URL(import.meta.url), { workerData: { a: 1 } });
      const end = new Promise((resolve) => mine.once('exit', resolve));
      const message = await new Promise((resolve) => mine.once('message', resolve));
      let refused = false;
      try { new Worker({}); } catch (error) { refused = error instanceof TypeError; }
      const ended = await end;
      console.log(JSON.stringify([mine instanceof Mine, mine instanceof Worker, message, refused, ended]));
    } else {
      parentPort.postMessage(workerData);
    }`;
  assert.deepEqual(answer(runSource(source)), [true, true, { a: 1 }, true, 0]);
});

test('served counts the objects of all threads', () => {
  const source = `
    import { served } from ${JSON.stringify(registerUrl.href)};
    import { WASI } from 'node:wasi';
    ${worker}
    const make = () => new WASI({ version: 'preview1' });
    if (isMainThread) {
      const counts = [served()];
      make();
      counts.push(served());
      await start({ execArgv: [] });
      counts.push(served());
      console.log(JSON.stringify(counts));
    } else {
      make();
      make();
      parentPort.postMessage('made');
    }`;
  assert.deepEqual(answer(runSource(source)), [0, 1, 3]);
});

test('warnings of the program itself are still printed', () => {
  const { status, stderr } = runSource("process.emitWarning('mine');");
  assert.equal(status, 0);
  assert.match(stderr, /mine/);
});

if (isNode) {
  test('NODE_OPTIONS registers it, in Workers too', () => {
    const env = { NODE_OPTIONS: `--import=${registerUrl.href}` };
    assert.deepEqual(answer(runSource(printWays, { flags: [], env })), allOurs);
    const options = '[undefined, { execArgv: [] }, { env: {} }, { env: { NODE_OPTIONS: "--no-warnings" } }]';
    assert.deepEqual(answer(runSource(inWorkers(options), { flags: [], env })), Array(4).fill(allOurs));
  });

  test('--require of the CommonJS form registers it, in Workers too', () => {
    const flags = ['--require', replacePath];
    assert.deepEqual(answer(runSource(printWays, { flags })), allOurs);
    assert.deepEqual(answer(runSource(inWorkers('[{}, { execArgv: [] }]'), { flags })), [allOurs, allOurs]);
  });

  test('options of the process that a Worker may not have stay the process\'s', () => {
    const env = { NODE_OPTIONS: `--import=${registerUrl.href} --title=t --max-old-space-size=512` };
    const options = '[{}, { env: process.env }, { env: { ...process.env } }]';
    assert.deepEqual(answer(runSource(inWorkers(options), { flags: ['--expose-gc'], env })), Array(3).fill(allOurs));
  });
}

if (isBun || isDeno) {
  test('web Workers have it', () => {
    const place = folder({ 'worker.mjs': `${ways} self.onmessage = async () => self.postMessage(await ways());` });
    const source = `
      const web = new Worker(${JSON.stringify(pathToFileURL(join(place, 'worker.mjs')).href)}, { type: 'module' });
      web.onmessage = ({ data }) => { console.log(JSON.stringify(data)); web.terminate(); };
      web.postMessage('go');`;
    assert.deepEqual(answer(runSource(source, { timeout: 20000 })), allOurs);
  });
}

if (isDeno) {
  test('an ES module that require loads can import others, and its import of node:wasi is refused in use', () => {
    const place = folder({
      'name.mjs': "export const name = 'named';",
      'asks.mjs': "import { name } from './name.mjs';\nimport { WASI } from 'node:wasi';\nexport { name, WASI };",
    });
    const source = `
      import { createRequire } from 'node:module';
      const { name, WASI } = createRequire(${JSON.stringify(`${place}/`)})('./asks.mjs');
      let message;
      try { new WASI({ version: 'preview1' }).getImportObject(); } catch (error) { ({ message } = error); }
      console.log(JSON.stringify([name, message]));`;
    const [name, message] = JSON.parse(runSource(source).stdout);
    assert.equal(name, 'named');
    assert.match(message, /does not reach the import of node:wasi .* Load that module by import\./);
  });

  test('a Worker finds its own file in process.argv', () => {
    const source = `
      import process from 'node:process';
      ${worker}
      if (isMainThread) {
        console.log(JSON.stringify(await start({ argv: ['a'] }) === process.argv[1] + ' a'));
      } else {
        parentPort.postMessage(process.argv.slice(1).join(' '));
      }`;
    assert.equal(answer(runSource(source)), true);
  });
}
