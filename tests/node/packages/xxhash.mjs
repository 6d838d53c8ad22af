// Hashes with @node-rs/xxhash, at once and piece by piece.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { report, require } from './report.mjs';

const { xxh32, xxh64, xxh3, Xxh64 } = require('@node-rs/xxhash');

const hasher = new Xxh64();
for (const piece of ['Nobody inspects', ' the spammish repetition']) {
  hasher.update(piece);
}

await report({
  empty32: xxh32('').toString(16),
  empty64: xxh64('').toString(16),
  text32: xxh32('Nobody inspects the spammish repetition').toString(16),
  pieces64: hasher.digest().toString(16),
  empty3: xxh3.xxh64('').toString(16),
});
