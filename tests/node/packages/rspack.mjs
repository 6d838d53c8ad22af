// Resolves a request in a project and minifies with the binding of rspack.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, report, require } from './report.mjs';

const binding = require('@rspack/binding');

mkdirSync(join(folder, 'node_modules', 'twice'), { recursive: true });
writeFileSync(join(folder, 'node_modules', 'twice', 'package.json'), '{ "name": "twice", "main": "main.js" }');
writeFileSync(join(folder, 'node_modules', 'twice', 'main.js'), 'module.exports = (n) => n * 2;');
symlinkSync('twice', join(folder, 'node_modules', 'again'));

const options = JSON.stringify({ compress: true, mangle: true, module: true, extractComments: null });
const resolved = (request) => {
  const { path } = binding.sync(folder, request);
  return path?.slice(folder.length);
};
await report({
  resolved: [resolved('twice'), resolved('again'), resolved('missing') ?? null],
  minified: binding.minifySync('const twice = (number) => { return number * 2; }; export { twice };', options).code,
});
