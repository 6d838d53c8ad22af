// Tries the battery of tests/sandbox/battery through the class: a new object for each attempt, all in this process.
//
//     face.mjs [--as-nobody] BATTERY WASM ROOT
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import process from 'node:process';
import { WASI } from '../support/impl.mjs';

const asNobody = process.argv[2] === '--as-nobody';
const [battery, wasm, root] = process.argv.slice(asNobody ? 3 : 2);
const nobody = 65534;

function becomeNobody() {
  process.setgroups?.([]); // Bun and Deno lack it
  process.setgid(nobody);
  process.setuid(nobody);
  if (process.getuid() !== nobody) {
    throw new Error('this process is still somebody');
  }
}

function start(module, wasi) {
  try {
    wasi.start(new WebAssembly.Instance(module, wasi.getImportObject()));
    return '';
  } catch (error) {
    return `died of ${error}\n`;
  }
}

function tryOne(module, [form, id, guestName, box, second]) {
  const output = fs.openSync(`out/${form}`, 'a');
  let wasi;
  try {
    wasi = new WASI({
      version: 'preview1',
      args: ['battery', root, id],
      preopens: { [guestName]: box, second },
      readOnly: ['second'],
      stdout: output,
    });
  } catch (error) {
    fs.writeSync(output, error.syscall === 'uvwasi_init' ? 'refused\n' : `died of ${error}\n`);
  }
  if (wasi !== undefined) {
    fs.writeSync(output, start(module, wasi));
  }
  fs.closeSync(output);
}

const module = new WebAssembly.Module(fs.readFileSync(wasm));
const list = execFileSync(battery, ['list', root], { encoding: 'utf8' });
process.chdir(root);
if (asNobody) {
  becomeNobody();
}
for (const line of list.trim().split('\n')) {
  tryOne(module, line.split('\t'));
}
