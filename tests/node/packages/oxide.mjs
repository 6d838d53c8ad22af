// Finds the class names of a project's files with Tailwind's scanner.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, report, require } from './report.mjs';

const { Scanner } = require('@tailwindcss/oxide');

mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
writeFileSync(join(folder, 'src', 'a.html'), '<p class="flex p-4">');
writeFileSync(join(folder, 'src', 'deep', 'b.html'), '<p class="underline">');
writeFileSync(join(folder, 'src', 'c.txt.ignored'), 'grid');
writeFileSync(join(folder, '.gitignore'), '*.ignored\n');

const scanner = new Scanner({ sources: [{ base: folder, pattern: '**/*', negated: false }] });
const candidates = scanner.scan();
await report({
  found: ['flex', 'p-4', 'underline', 'grid'].map((name) => candidates.includes(name)),
  files: scanner.files.map((file) => file.slice(folder.length)).sort(),
});
