// The bench of the package: ringfort beside the runtime's own node:wasi, in one process and in turns.
//
// Prints `name value unit` lines, then the table of them, each line behind a `#`. The status is 1 if a call of
// ringfort's went wrong; a target missed is only said.
// Usage: main.mjs GUEST FOLDER [--rows REGEX] [--rounds N] [--only stock|ringfort]
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile, specifiers, startGuest } from './guest.mjs';
import { measure } from './measure.mjs';
import { printLines, printTable } from './report.mjs';
import { applies, lives, rows } from './rows.mjs';
import { makeWorld } from './world.mjs';

const LIFE_ROUNDS = 5;

function readOptions() {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { rows: { type: 'string' }, rounds: { type: 'string', default: '7' }, only: { type: 'string' } },
  });
  const [guest, folder] = positionals;
  const rounds = Number(values.rounds);
  const names = values.only === undefined ? Object.keys(specifiers) : [values.only];
  if (folder === undefined || !(rounds >= 1) || !names.every((name) => name in specifiers)) {
    throw new Error('usage: main.mjs GUEST FOLDER [--rows REGEX] [--rounds N] [--only stock|ringfort]');
  }
  return { guest, folder, rounds, names, pattern: new RegExp(values.rows ?? '') };
}

function runtimeName() {
  const { bun, deno, node } = process.versions;
  return bun ? 'bun' : deno ? 'deno' : `node${node.split('.')[0]}`;
}

async function startGuests({ guest, folder, names }, chosen) {
  const bytes = readFileSync(guest);
  const most = chosen.some(({ long }) => long) ? 100000 : 0;
  const guests = {};
  for (const name of names) {
    const { WASI } = await import(specifiers[name]);
    guests[name] = startGuest(WASI, makeWorld(folder, most), compile(bytes, name));
  }
  return guests;
}

function live(name, { guest, folder }) {
  const permission = process.versions.deno ? ['run', '-A'] : [];
  const script = fileURLToPath(new URL('life.mjs', import.meta.url));
  return JSON.parse(execFileSync(process.execPath, [...permission, script, name, guest, folder], { encoding: 'utf8' }));
}

// The least of all lives, as { row: { implementation: { value } } }.
function measureLives(options) {
  const least = Object.fromEntries(lives.map((row) => [row.name, {}]));
  for (let round = 0; round < LIFE_ROUNDS; round++) {
    for (const name of options.names) {
      for (const [row, value] of Object.entries(live(name, options))) {
        least[row][name] = { value: Math.min(value, least[row][name]?.value ?? Infinity) };
      }
    }
  }
  return least;
}

const options = readOptions();
const runtime = runtimeName();
const wanted = ({ name }) => options.pattern.test(name);
const chosen = rows.filter((row) => wanted(row) && applies(row, runtime));
const chosenLives = lives.filter(wanted);
const results = [];

const guests = await startGuests(options, chosen);
for (const row of chosen) {
  results.push({ row, by: measure(row, guests, options.rounds) });
  printLines(runtime, results.at(-1));
}
if (chosenLives.length > 0) {
  const least = measureLives(options);
  for (const row of chosenLives) {
    results.push({ row, by: least[row.name] });
    printLines(runtime, results.at(-1));
  }
}
printTable(runtime, results);
process.exitCode = results.some(({ by }) => by.ringfort?.failure) ? 1 : 0;
