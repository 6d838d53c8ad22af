// Takes types away and makes declarations with oxc-transform.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { pathToFileURL } from 'node:url';
import { fileOf, report } from './report.mjs';

const { isolatedDeclarationSync, transform, transformSync } =
  await import(pathToFileURL(fileOf('oxc-transform/index.js')).href);

const source = 'export const twice = (n: number): number => n * 2;\n';
await report({
  code: transformSync('a.ts', source).code,
  pooled: (await transform('a.ts', source)).code,
  declaration: isolatedDeclarationSync('a.ts', source).code,
  faulty: transformSync('b.ts', 'const = 1;').errors.length > 0,
});
