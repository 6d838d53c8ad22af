// Checks a known hash with @node-rs/argon2 and makes new ones, on this thread and in its pool of Workers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { report, require } from './report.mjs';

const { hash, hashRawSync, verify, verifySync } = require('@node-rs/argon2');

// From the test vectors of argon2's reference implementation.
const known = '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA';
const cheap = { memoryCost: 256, timeCost: 2, parallelism: 1, salt: Buffer.from('somesaltsomesalt') };
const [made, other] = await Promise.all([hash('secret', { ...cheap, salt: undefined }), hash('secret', cheap)]);

await report({
  known: [verifySync(known, 'password'), verifySync(known, 'Password')],
  raw: Buffer.from(hashRawSync('secret', cheap)).toString('hex'),
  pooled: other,
  made: [await verify(made, 'secret'), await verify(made, 'Secret')],
});
