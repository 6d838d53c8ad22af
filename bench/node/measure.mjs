// Measures a row: every implementation in turns, the least of all rounds of each.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

const TURN_MS = 20;
const ENOUGH_MS = 4;

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

// How many calls fill a turn; counting them is what makes the engine compile the loop, too.
function timesFor(row) {
  let times = 1;
  for (;;) {
    const ms = run(row, times);
    if (ms >= ENOUGH_MS) {
      return Math.max(1, Math.ceil(times * TURN_MS / ms));
    }
    times *= ms < ENOUGH_MS / 8 ? 8 : 2;
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

  turn() {
    this.attempt(() => {
      this.least = Math.min(this.least, run(this.row, this.times) * 1e6 / this.times);
    });
  }
}

/** Returns, by implementation, { ns } of one of the row's parts or { failure }. */
export function measure({ name, parts = 1, long }, guests, rounds) {
  const contenders = Object.entries(guests).map(([key, guest]) => [key, new Contender(guest[name], long !== undefined)]);
  for (let round = 0; round < (long ? 1 : rounds); round++) {
    for (const [, contender] of contenders) {
      contender.turn();
    }
  }
  return Object.fromEntries(contenders.map(([key, { failure, least }]) =>
    [key, failure === undefined ? { value: least / parts } : { failure }]));
}
