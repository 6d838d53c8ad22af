// Measures a row: every implementation in turns, the least of all turns of each.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// A turn is shorter than what a busy system leaves a process at a time, so that some turns are undisturbed.
const TURN_MS = 2;
const ROUND_MS = 20; // of each implementation
const ENOUGH_MS = 1;

/** What one run took; throws if the row's calls went wrong. */
function run(row, times) {
  const from = performance.now();
  const wrong = row(times);
  const ms = performance.now() - from;
  if (wrong !== 0) {
    throw new Error(wrong < 0x10000 ? `errno ${wrong}` : 'wrong result');
  }
  return ms;
}

// How many calls fill a turn, told at the end of a while in which the engine compiles the loop.
function timesFor(row) {
  const begin = performance.now();
  for (let times = 1; ;) {
    const ms = run(row, times);
    if (performance.now() - begin >= ROUND_MS) {
      return Math.max(1, Math.round(times * TURN_MS / ms));
    }
    times = ms < TURN_MS ? times * 2 : times;
  }
}

class Contender {
  constructor(row, isLong) {
    this.row = row;
    this.least = Infinity;
    this.failure = undefined;
    this.attempt(() => {
      this.times = isLong ? 1 : timesFor(row);
    });
  }

  // One that went wrong isn't run again.
  attempt(action) {
    if (this.failure === undefined) {
      try {
        action();
      } catch (error) {
        this.failure = error.message;
      }
    }
  }

  // Too short a turn, as when something came between while its calls were counted, would be the row's own beginning.
  turn() {
    this.attempt(() => {
      const ms = run(this.row, this.times);
      this.least = Math.min(this.least, ms * 1e6 / this.times);
      this.times *= ms < ENOUGH_MS ? 2 : 1;
    });
  }
}

/** Returns, by implementation, { value } in nanoseconds for one of the row's parts, or { failure }. */
export function measure({ name, parts = 1, long }, guests, rounds) {
  const contenders = Object.entries(guests)
    .map(([key, guest]) => [key, new Contender(guest[name], long !== undefined)]);
  const [turns, ms] = long ? [1, 0] : [rounds, rounds * ROUND_MS * contenders.length];
  const begin = performance.now();
  for (let turn = 0; turn < turns || performance.now() - begin < ms; turn++) {
    for (const [, contender] of contenders) {
      contender.turn();
    }
  }
  return Object.fromEntries(contenders.map(([key, { failure, least }]) =>
    [key, failure === undefined ? { value: least / parts } : { failure }]));
}
