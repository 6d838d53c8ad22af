// ringfort for `require`.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const { WASI } = require('./lib/wasi.cjs');

module.exports = { WASI };
