// Uses of the types from an ES module, each of which must be accepted, or refused where @ts-expect-error says so.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import { WASI as NodeWASI } from 'node:wasi';
import ringfort, { WASI } from 'ringfort';
import type { TraceCall, WASIInstance, WASILimits, WASIOptions } from 'ringfort';
import { served } from 'ringfort/register';

// The example of node:wasi's documentation.
const wasi = new WASI({
  version: 'preview1',
  args: process.argv,
  env: process.env,
  preopens: { '/local': '/some/real/path' },
});
export const imports: WebAssembly.Imports = wasi.getImportObject() as WebAssembly.Imports;
export const code: number = wasi.start({});

// Either class's objects, options and constructor stand where node:wasi's are wanted, ours also where ours are.
export const a: import('node:wasi').WASI = new WASI({ version: 'preview1' });
export const b: import('ringfort').WASI = new NodeWASI({ version: 'preview1' });
export const c: typeof NodeWASI = WASI;
export const d: import('node:wasi').WASIOptions = {} as WASIOptions;
export const e: WASIOptions = {} as import('node:wasi').WASIOptions;
export const f: typeof WASI = ringfort.WASI;
export const g: NodeWASI = {} as WASI;
export const h: WASI = {} as NodeWASI;
// @ts-expect-error node:wasi's objects have no close()
export const i: WASIInstance = new NodeWASI({ version: 'preview1' });
// @ts-expect-error nor does its class make such
export const j: typeof WASI = NodeWASI;

const limits: WASILimits = {
  openFiles: 64,
  subscriptions: 64,
  bytesWritten: 1e9,
  fileSize: 1e9,
  entriesCreated: 100,
  output: 1e6,
  pathLength: 255,
  wallTime: 1000,
  memory: 2 ** 30,
};
const calls: TraceCall[] = [];
const extended = new WASI({
  version: 'unstable',
  returnOnExit: false,
  stdin: 0,
  stdout: 1,
  stderr: 2,
  readOnly: ['/local'],
  systemFiles: true,
  listeners: [{ fd: 3 }, { fd: 4, nonblock: true }],
  limits,
  stdinData: new Uint8Array(3),
  captureStdout: (chunk) => process.stdout.write(chunk),
  captureStderr: true,
  trace: (call) => calls.push(call),
});
new WASI({ version: 'preview1', readOnly: true, stdinData: 'text', captureStdout: false });

export const output: Uint8Array | undefined = extended.stdoutData;
export const met: 'open-files' | string | undefined = extended.refusal?.limit;
export const value: number | undefined = extended.refusal?.value;
export const text: string | undefined = extended.stderrData?.toString('utf8');
extended.finalizeBindings({ exports: {} }, { memory: new WebAssembly.Memory({ initial: 1 }) });
extended.finalizeBindings({ exports: {} });
extended.initialize({});
extended.wasiImport.proc_exit = () => {};
extended.close();
{
  using scoped = new WASI({ version: 'preview1' });
  scoped.start({});
}
export const count: number = served();
export const result: [string, (number | bigint)[], number, string, number, string] | undefined =
  calls[0] && [calls[0].name, calls[0].args, calls[0].result, calls[0].errno, calls[0].duration, calls[0].text];

export class Own extends WASI {
  override finalizeBindings(instance: object): void {
    super.finalizeBindings(instance);
    this.close();
  }
}
export const made: InstanceType<typeof WASI> = new Own({ version: 'preview1' });
export const narrowed = (value: unknown): object | undefined =>
  value instanceof WASI ? value.getImportObject() : undefined;

// @ts-expect-error the version must be given
new WASI({});
// @ts-expect-error and be one that there is
new WASI({ version: 'preview2' });
// @ts-expect-error no option of either
new WASI({ version: 'preview1', readonly: true });
// @ts-expect-error a descriptor is a number
new WASI({ version: 'preview1', stdin: '0' });
// @ts-expect-error the names are strings
new WASI({ version: 'preview1', readOnly: [1] });
// @ts-expect-error no such limit
new WASI({ version: 'preview1', limits: { fuel: 1 } });
// @ts-expect-error limits are numbers
new WASI({ version: 'preview1', limits: { openFiles: 1n } });
// @ts-expect-error text or bytes
new WASI({ version: 'preview1', stdinData: 1 });
// @ts-expect-error the call has no such property
new WASI({ version: 'preview1', trace: (call) => call.fd });
// @ts-expect-error it is a class
WASI({ version: 'preview1' });
// @ts-expect-error only read
extended.stdoutData = undefined;
// @ts-expect-error only read
extended.wasiImport = {};
// @ts-expect-error start wants the instance
extended.start();
