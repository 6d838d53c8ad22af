// Runs a guest in a child process that bubblewrap locks in: a second wall, which ringfort cannot put around its own
// process. Usage: node locked-child.mjs GUEST DIRECTORY   (GUEST is a command; it sees DIRECTORY as /data)
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const MINUTE = 60_000;

/**
 * The words that lock in the command that follows them. It sees /usr and the listed paths, has no network, no
 * variables, no other processes and no capabilities, and ends with this process.
 */
export function lock({ readable, writable }) {
  return [
    'bwrap', '--unshare-all', '--unshare-user', '--disable-userns', '--cap-drop', 'ALL', '--clearenv',
    '--die-with-parent', '--new-session',
    '--ro-bind', '/usr', '/usr', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64',
    '--proc', '/proc', '--dev', '/dev',
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    '--',
  ];
}

async function inside(guest, directory) {
  const { WASI } = await import('ringfort');
  const wasi = new WASI({
    version: 'preview1',
    args: ['guest'],
    preopens: { '/data': directory },
    limits: { bytesWritten: 100_000_000, entriesCreated: 10_000, output: 1_000_000, wallTime: MINUTE },
  });
  const module = await WebAssembly.compile(readFileSync(guest));
  return wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
}

// The node_modules that ringfort lies in holds its addon too.
function outside(guest, directory) {
  const modules = resolve(dirname(realpathSync(fileURLToPath(import.meta.resolve('ringfort')))), '..');
  const script = fileURLToPath(import.meta.url);
  const readable = [process.execPath, modules, script, guest];
  const command = [process.execPath, script, '--inside', guest, directory];
  const [program, ...words] = [...lock({ readable, writable: [directory] }), ...command];
  // SIGKILL ends a guest that makes no calls, and so does not hear of its wallTime.
  const { status, error } = spawnSync(program, words, { stdio: 'inherit', timeout: 2 * MINUTE, killSignal: 'SIGKILL' });
  if (error !== undefined) {
    throw error; // such as: bwrap is not installed
  }
  return status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , first, ...rest] = process.argv;
  process.exitCode = first === '--inside'
    ? await inside(...rest)
    : outside(...[first, ...rest].map((path) => realpathSync(path)));
}
