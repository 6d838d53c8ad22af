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

// How many calls fill a turn.
function timesFor(row) {
  for (let times = 1; ; times *= 2) {
    const ms = run(row, times);
    if (ms >= ENOUGH_MS) {
      return Math.max(1, Math.round(times * TURN_MS / ms));
    }
  }
}

// Until the engine has compiled the loop for good, a first count is too small.
function warm(row) {
  for (const begin = performance.now(); performance.now() - begin < ROUND_MS;) {
    run(row, timesFor(row));
  }
}

class Contender {
  constructor(row, isLong) {
    this.row = row;
    this.least = Infinity;
    this.failure = undefined;
    this.attempt(() => {
      if (isLong) {
        this.times = 1;
      } else {
        warm(row);
        this.times = timesFor(row);
      }
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

  turn() {
    this.attempt(() => {
      this.least = Math.min(this.least, run(this.row, this.times) * 1e6 / this.times);
    });
  }
}

/** Returns, by implementation, { value } in nanoseconds for one of the row's parts, or { failure }. */
export function measure({ name, parts = 1, long }, guests, rounds) {
  const contenders = Object.entries(guests)
    .map(([key, guest]) => [key, new Contender(guest[name], long !== undefined)]);
  const end = performance.now() + (long ? 0 : rounds * ROUND_MS * contenders.length);
  do {
    for (const [, contender] of contenders) {
      contender.turn();
    }
  } while (performance.now() < end);
  return Object.fromEntries(contenders.map(([key, { failure, least }]) =>
    [key, failure === undefined ? { value: least / parts } : { failure }]));
}
