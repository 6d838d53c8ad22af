// What the programs of this folder look at in their own process: a folder, its open descriptors, and the collector.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An empty folder that goes with the process. */
export function folder() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'ringfort-threads-')));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  return root;
}

const targetOf = (fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // the descriptor that listed the folder
  }
};

/** What the process has open at or beneath `root`. */
export const openBeneath = (root) =>
  readdirSync('/proc/self/fd').map(targetOf).filter((target) => target === root || target.startsWith(`${root}/`));

/** How many descriptors the process has. */
export const openAtAll = () => readdirSync('/proc/self/fd').length;

function collect() {
  if (globalThis.Bun) {
    globalThis.Bun.gc(true);
  } else {
    globalThis.gc();
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Collects, and lets finalizers run. */
export async function collected(rounds = 2) {
  for (let i = 0; i < rounds; i++) {
    collect();
    await turn();
  }
}

/** Waits until `question` gives a true value, collecting between; gives false after `ms`. */
export async function eventually(question, ms = 10000) {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (question()) {
      return true;
    }
    await collected(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Boolean(question());
}

/** Waits until nothing at or beneath `root` is open; an error names some of what stays. */
export async function allClosed(root) {
  if (!(await eventually(() => openBeneath(root).length === 0))) {
    const left = openBeneath(root);
    throw new Error(`${left.length} descriptors are left, such as ${left.slice(0, 3).join(', ')}`);
  }
}
