// Finds and loads the addon of this platform; where there is none, says what is needed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const supported = 'Linux on x64 or arm64 with glibc, or on x64 with musl';

function unsupported(detail, cause) {
  const error = new Error(`ringfort has no addon for this system: ${detail}. It needs ${supported}.`, { cause });
  error.code = 'ERR_RINGFORT_UNSUPPORTED';
  return error;
}

function disabled(cause) {
  const remedy = 'With --permission give --allow-addons too, and --allow-wasi; and leave out --no-addons';
  const error = new Error(`ringfort is an addon, and Node was told to load none. ${remedy}.`, { cause });
  error.code = cause.code;
  return error;
}

// In the source tree the addon lies beside; as installed, in the platform's package, of which npm takes the one that
// suits the system's libc.
function candidates() {
  const beside = path.join(__dirname, '..', 'ringfort.node');
  if (fs.existsSync(beside)) {
    return [beside];
  }
  return ['gnu', 'musl'].map((libc) => `@ringfort/${process.platform}-${process.arch}-${libc}/ringfort.node`);
}

/** @returns {{ addon: object, file: string }} */
function load() {
  if (process.platform !== 'linux') {
    throw unsupported(`the platform is ${process.platform}`);
  }
  const failures = [];
  for (const candidate of candidates()) {
    try {
      const file = require.resolve(candidate);
      return { addon: require(file), file };
    } catch (error) {
      if (error.code === 'ERR_DLOPEN_DISABLED') {
        throw disabled(error);
      }
      if (error.name === 'NotCapable') {
        throw error; // Deno's, which names --allow-ffi
      }
      failures.push(error);
    }
  }
  const [first] = failures;
  throw unsupported(`${process.platform}-${process.arch}: ${first.message.split('\n')[0]}`, first);
}

module.exports = { load };
