// Runs programs in a child of the same runtime, with ringfort registered as that runtime's users do it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folder, isNode, runtime } from '../support/host.mjs';

export const registerUrl = new URL('../../../node/register.mjs', import.meta.url);
export const registerPath = fileURLToPath(registerUrl);

/** The words that register ringfort on the command line of this runtime. */
export const registered = isNode ? ['--import', registerUrl.href] : ['--preload', registerPath];

/**
 * Runs a file; `flags` are the runtime's words before it. The environment is this one's without what a runner of tests
 * put there, and `env`. Returns { status, stdout, stderr }.
 */
export function run(file, { flags = registered, env = {}, cwd, args = [], timeout = 120000 } = {}) {
  const [command, ...words] = [...runtime(flags), file, ...args];
  const inherited = { ...process.env };
  delete inherited.NODE_OPTIONS;
  delete inherited.NODE_TEST_CONTEXT;
  return spawnSync(command, words, {
    cwd, timeout, encoding: 'utf8', maxBuffer: 64 << 20, env: { ...inherited, ...env },
  });
}

/** The same for source text; the name gives the kind of module. */
export function runSource(source, { name = 'app.mjs', ...options } = {}) {
  const file = join(folder(), name);
  writeFileSync(file, source);
  return run(file, options);
}
