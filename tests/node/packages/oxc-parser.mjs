// Parses TypeScript and faulty JavaScript with oxc-parser, on this thread and in its pool of Workers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { pathToFileURL } from 'node:url';
import { fileOf, report } from './report.mjs';

const { parse, parseSync } = await import(pathToFileURL(fileOf('oxc-parser/src-js/index.js')).href);

const source = 'export const twice = (n: number): number => n * 2;';
const summary = ({ program, errors }) => ({
  statements: program.body.map(({ type, start, end }) => [type, start, end]),
  errors: errors.length,
});
await report({
  typescript: summary(parseSync('a.ts', source)),
  pooled: summary(await parse('a.ts', source)),
  faulty: summary(parseSync('b.js', 'const = 1;')),
});
