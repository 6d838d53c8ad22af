// Bundles three files with rolldown, writes the bundle, and runs it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileOf, folder, report } from './report.mjs';

const { rolldown } = await import(pathToFileURL(fileOf('rolldown/dist/index.mjs')).href);

mkdirSync(join(folder, 'src', 'lib'), { recursive: true });
writeFileSync(join(folder, 'src', 'main.js'),
  "import { twice } from './lib/twice.js';\nimport names from './names.json';\n" +
  'export const answer = twice(21);\nexport const first = names[0];\n');
writeFileSync(join(folder, 'src', 'lib', 'twice.js'),
  'export const twice = (n) => n * 2;\nexport const unused = () => 3;\n');
writeFileSync(join(folder, 'src', 'names.json'), '["ringfort"]');

const bundle = await rolldown({ cwd: folder, input: './src/main.js' });
const { output } = await bundle.write({ dir: join(folder, 'out'), format: 'esm', sourcemap: true });
await bundle.close();

const made = await import(pathToFileURL(join(folder, 'out', 'main.js')).href);
await report({
  files: readdirSync(join(folder, 'out')).sort(),
  chunk: output.find(({ type }) => type === 'chunk').fileName,
  unused: output[0].code.includes('unused'),
  answer: made.answer,
  first: made.first,
});
