// The folder that a guest of the bench works in, and the options that show it to the guest.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE_SIZE = 4 * 1024 * 1024;
const DEEP = 'd1/d2/d3/d4/d5/d6/d7';
const VARIABLES = 16;

function fill(folder, entries) {
  mkdirSync(folder);
  for (let i = 0; i < entries; i++) {
    writeFileSync(join(folder, `entry-${i}`), '');
  }
}

// A FIFO opened for both ways is ready for both as long as it holds a byte and not a lot.
function readyFifo(path) {
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, 'r+');
  writeSync(fd, 'x');
  return fd;
}

/** Makes a new folder in `parent`; `most` is how many entries the largest folder has. Returns the options. */
export function makeWorld(parent, most) {
  const work = mkdtempSync(join(parent, 'work-'));
  mkdirSync(join(work, DEEP), { recursive: true });
  for (const name of ['f', 'here', 'sequential', join(DEEP, 'f')]) {
    writeFileSync(join(work, name), '');
  }
  writeFileSync(join(work, 'file'), new Uint8Array(FILE_SIZE));
  symlinkSync('f', join(work, 'link'));
  symlinkSync(DEEP, join(work, 'deep'));
  fill(join(work, 'few'), 10);
  fill(join(work, 'many'), 1000);
  fill(join(work, 'most'), most);
  const variables = Array.from({ length: VARIABLES }, (_, i) => [`VARIABLE_${i}`, `value of ${i}`]);
  return {
    version: 'preview1',
    args: ['rows', '--of', 'the', 'bench'],
    env: Object.fromEntries(variables),
    preopens: { '/box': work, '/dev': '/dev' },
    stdin: readyFifo(join(work, 'stdin')),
    stdout: readyFifo(join(work, 'stdout')),
  };
}
