// The rows of the bench, and the ratio to stock that each may have at most.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// Where a runtime's stock answers without doing what was asked, no ratio is owed there:
// Bun's sched_yield yields nothing, and Deno's poll_oneoff doesn't ask the kernel.

// Differences below 5 % are noise here.
const NOT_SLOWER = 1.05;
const NODE_ONLY = (target) => ({ node: target });
const CLOCK = { node: 1.0, node20: 1.15, bun: 1.0, deno: 1.0 };

// `target`: for every runtime, or by runtime, where `node` stands for each Node without a line of its own.
// `parts`: a run of the row makes this many of what the row is named for.
// `long`: takes seconds, so it runs once and in one round, and only where stock comes to an end.
export const rows = [
  { name: 'call_badfd', target: 0.55 },
  { name: 'args_sizes_get', target: 0.4 },
  { name: 'environ_get', target: 0.4 },
  { name: 'clock_monotonic', target: CLOCK },
  { name: 'clock_realtime', target: CLOCK },
  { name: 'sched_yield' },
  { name: 'fd_prestat_get' },
  { name: 'fd_fdstat_get', target: 0.5 },
  { name: 'fd_filestat_get' },
  { name: 'fd_seek', target: 0.5 },
  { name: 'random_16', target: NODE_ONLY(0.3) },
  { name: 'random_64k' },
  { name: 'poll_clock0', target: NODE_ONLY(0.1) },
  { name: 'poll_2fd' },
  { name: 'fd_write_0' },
  { name: 'fd_write_1_null', target: 0.7 },
  { name: 'fd_write_4k_null', target: 0.9 },
  { name: 'fd_write_1m_null', target: NOT_SLOWER },
  { name: 'fd_write_16iov_null', target: 0.65 },
  { name: 'fd_write_16iov_file', target: 0.65 },
  { name: 'fd_write_1_file', target: 0.7 },
  { name: 'fd_write_4k_file', target: 0.9 },
  { name: 'fd_write_1m_file', target: NOT_SLOWER },
  { name: 'fd_read_1', target: 0.7 },
  { name: 'fd_read_4k', target: 0.9 },
  { name: 'fd_read_1m', target: NOT_SLOWER },
  { name: 'fd_pread_4k', target: 0.9 },
  { name: 'fd_pwrite_4k', target: 0.9 },
  { name: 'open_close_d1', target: 0.42 },
  { name: 'open_close_d8', target: 0.42 },
  { name: 'open_close_symlink', target: 0.42 },
  { name: 'open_close_dirlink', target: 0.42 },
  { name: 'stat_d1', target: 0.4 },
  { name: 'stat_d8', target: 0.75 },
  { name: 'readlink', target: 0.55 },
  { name: 'mkdir_rmdir' },
  { name: 'rename', target: 0.75 },
  { name: 'create_unlink', target: 0.75 },
  { name: 'readdir_10', parts: 10 },
  { name: 'readdir_1k', parts: 1000, target: 0.12 },
  { name: 'readdir_1k_64k', parts: 1000 },
  { name: 'readdir_100k', parts: 100000, long: ['node'] },
  { name: 'seq_write_256m', target: NOT_SLOWER },
  { name: 'seq_read_256m', target: NOT_SLOWER },
];

// Of whole lives, each measured in a process of its own by bench/node/life.mjs.
export const lives = [
  { name: 'start_up' },
  { name: 'new_object' },
  { name: 'object_memory', unit: 'byte' },
];

const family = (runtime) => runtime.replace(/\d+$/, '');

/** The ratio that the row owes in this runtime, or undefined. */
export function targetOf({ target }, runtime) {
  return typeof target === 'object' ? target[runtime] ?? target[family(runtime)] : target;
}

/** Whether the row can run in this runtime. */
export function applies({ long }, runtime) {
  return long === undefined || long.includes(family(runtime));
}
