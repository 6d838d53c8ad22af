// Prints the results: a line for each figure, and the table.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { targetOf } from './rows.mjs';

const ratioOf = ({ stock, ringfort }) => ringfort?.value / stock?.value;

function verdict(by, target) {
  if (by.ringfort?.failure) {
    return 'FAILED';
  }
  const ratio = ratioOf(by);
  if (target === undefined || Number.isNaN(ratio)) {
    return '';
  }
  return ratio <= target ? 'ok' : 'MISSED';
}

/** `name value unit` for each implementation, and their ratio; a comment for what went wrong. */
export function printLines(runtime, { row, by }) {
  const name = `${runtime}_${row.name}`;
  for (const [key, { value, failure }] of Object.entries(by)) {
    const label = key === 'ringfort' ? name : `${name}_${key}`;
    console.log(failure ? `# ${label}: ${failure}` : `${label} ${value.toFixed(1)} ${row.unit ?? 'ns'}`);
  }
  if (!Number.isNaN(ratioOf(by))) {
    console.log(`${name}_ratio ${ratioOf(by).toFixed(3)} ratio`);
  }
}

function cell(result) {
  return result === undefined ? '-' : result.failure ?? result.value.toFixed(1);
}

/** The table, and how many targets were met. */
export function printTable(runtime, results) {
  const line = (name, ...cells) =>
    console.log(`# ${name.padEnd(22)}${cells.map((text) => text.padStart(14)).join('')}`.trimEnd());
  const verdicts = [];
  line(runtime, 'stock', 'ringfort', 'ratio', 'target', '');
  for (const { row, by } of results) {
    const target = targetOf(row, runtime);
    const ratio = ratioOf(by);
    verdicts.push(verdict(by, target));
    line(row.name, cell(by.stock), cell(by.ringfort), Number.isNaN(ratio) ? '-' : ratio.toFixed(3),
      target === undefined ? '-' : `<= ${target}`, verdicts.at(-1));
  }
  const count = (word) => verdicts.filter((each) => each === word).length;
  console.log(`# ${runtime}: ${count('ok')} targets met, ${count('MISSED')} missed, ${count('FAILED')} rows failed`);
}
