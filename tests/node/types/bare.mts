// Uses of the types where those of Node are not installed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { WASI } from 'ringfort';

using wasi = new WASI({ version: 'preview1', env: {}, preopens: { '/': '/' }, captureStdout: true });
export const code: number = wasi.start({});
export const output: Uint8Array | undefined = wasi.stdoutData;
// @ts-expect-error there is no Buffer to decode by
wasi.stdoutData?.toString('utf8');
