// What the programs of this folder share: where the packages are, a folder to work in, and how a result is told.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const modules = process.env.RINGFORT_NODE_MODULES;
if (modules === undefined) {
  throw new Error('RINGFORT_NODE_MODULES is not set: it names the node_modules that has the packages');
}

export const require = createRequire(join(modules, 'packages.cjs'));
export const fileOf = (path) => join(modules, path);

/** The folder that the test made for this program. */
export const folder = process.argv[2];

const served = async () => {
  const { RINGFORT_REGISTERED } = process.env;
  return RINGFORT_REGISTERED === undefined ? 0 : (await import(RINGFORT_REGISTERED)).served();
};

/** Prints the result and how many objects of ringfort's class there have been, and ends: pools of Workers stay. */
export async function report(result) {
  process.stdout.write(`${JSON.stringify({ result, served: await served() })}\n`, () => process.exit(0));
}
