// The class under test: ringfort of this tree, or what RINGFORT_IMPL names (node:wasi, to prove the tests themselves).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const named = process.env.RINGFORT_IMPL;

export const importSpecifier = named ?? new URL('../../../node/index.mjs', import.meta.url).href;
export const requireSpecifier = named ?? fileURLToPath(new URL('../../../node/index.cjs', import.meta.url));
export const namespace = await import(importSpecifier);
export const required = createRequire(import.meta.url)(requireSpecifier);
export const { WASI } = namespace;
