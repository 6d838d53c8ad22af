// Runs one case of one program: main.mjs PROGRAM CASE. Where it holds it says so; the process must then end by itself.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
const [program, name] = process.argv.slice(2);
const { cases } = await import(new URL(program, import.meta.url).href);
await cases[name]();
console.log(`held: ${name}`);
