// Makes a test of each case of a program in this folder, in a process of its own: a crash is a failure, and so is one
// that does not end.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.mjs', import.meta.url));
const SECONDS = 240; // far more than any needs: a busy machine is no failure

/** This runtime, with the collector within reach. */
function command() {
  if (globalThis.Deno) {
    return [process.execPath, 'run', '-A', '--v8-flags=--expose-gc'];
  }
  return globalThis.Bun ? [process.execPath] : [process.execPath, '--expose-gc'];
}

function run(words) {
  const [file, ...args] = words;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (told.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (told.err += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), SECONDS * 1000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...told });
    });
  });
}

/** Tests that each of `names` holds in `program`. */
export function testCases(program, cases) {
  for (const name of Object.keys(cases)) {
    test(name.replaceAll('_', ' '), { timeout: (SECONDS + 30) * 1000 }, async () => {
      const { code, signal, out, err } = await run([...command(), main, program, name]);
      assert.deepEqual({ code, signal, held: out.includes(`held: ${name}\n`) }, { code: 0, signal: null, held: true },
        `${out}${err}`);
    });
  }
}
