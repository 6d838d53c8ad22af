// The types of ringfort: those of node:wasi, and what ringfort has beside.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// <reference lib="esnext.disposable" />

/** Node's Buffer where its types are installed. */
type Bytes = typeof globalThis extends { Buffer: { alloc(...args: never): infer B extends Uint8Array } }
  ? B
  : Uint8Array;

/** One call of the guest, as {@link WASIOptions.trace} is told of it. */
export interface TraceCall {
  /** The function: `'path_open'`. */
  name: string;
  /** The arguments as the guest gave them: numbers, 64-bit ones as bigint; addresses are numbers too. */
  args: (number | bigint)[];
  /** What the guest got: 0, or WASI's number of the error. */
  result: number;
  /** The name of the result: `'success'`, `'noent'`; `'interrupted'` for a call that did not end by itself. */
  errno: string;
  /** How long the call took, in nanoseconds. */
  duration: number;
  /** The limit that refused the call or cut it short. */
  limit?: WASIRefusal['limit'] | undefined;
  /** All of this as a line of text, with paths and other contents of the guest's memory. */
  text: string;
}

/** A limit that the guest has met. */
export interface WASIRefusal {
  limit: 'open-files' | 'subscriptions' | 'bytes-written' | 'file-size' | 'entries-created' | 'output' | 'path-length'
    | 'wall-time' | 'memory';
  /** What the limit is. */
  value: number;
}

/**
 * What a guest may use at most; what is left out has ringfort's default, and no other name may be given. What objects
 * at one shared memory use is counted together, by the limits of the first of them.
 */
export interface WASILimits {
  /**
   * Descriptors that are open at one time, stdio and preopens included, 1 to 1048576. Beyond it the guest gets `mfile`.
   * @defaultValue `256`
   */
  openFiles?: number | undefined;
  /**
   * Subscriptions of one `poll_oneoff`, 1 to 1048576. Beyond it the guest gets `inval`.
   * @defaultValue `4096`
   */
  subscriptions?: number | undefined;
  /**
   * Bytes that the guest may write in all, to files, streams and sockets; holes and larger sizes count as written, and
   * at most twice as much lands on the disk. Beyond it the guest gets `nospc`.
   * @defaultValue no limit
   */
  bytesWritten?: number | undefined;
  /**
   * The size to which the guest may make a file grow, in bytes. Beyond it the guest gets `fbig`.
   * @defaultValue no limit
   */
  fileSize?: number | undefined;
  /**
   * Files, directories and links that the guest may make in its life, whether or not it removes them. Beyond it the
   * guest gets `dquot`.
   * @defaultValue no limit
   */
  entriesCreated?: number | undefined;
  /**
   * Bytes that the guest may write to standard output and standard error together, holes in a file included. Beyond it
   * the guest gets `nospc`.
   * @defaultValue no limit; 67108864 (64 MiB) with `captureStdout` or `captureStderr`
   */
  output?: number | undefined;
  /**
   * The length of a path, or of a symbolic link's text, in bytes, 1 to 4095. Beyond it the guest gets `nametoolong`.
   * @defaultValue `4095`
   */
  pathLength?: number | undefined;
  /**
   * Milliseconds from the time when the object is bound to a memory. Beyond it every call throws
   * `ERR_WASI_INTERRUPTED`, one that waits at once; code that makes no calls is not reached.
   * @defaultValue no limit
   */
  wallTime?: number | undefined;
  /**
   * The size of the guest's memory in bytes. The engine lets it grow, so this is late: where it is larger, binding it
   * or the next call throws `ERR_WASI_INTERRUPTED`. Give the memory a `maximum` where it is yours.
   * @defaultValue no limit
   */
  memory?: number | undefined;
}

/** The options of node:wasi, then those of ringfort. */
export interface WASIOptions {
  /**
   * What the guest sees as its command line, beginning with its own name.
   * @defaultValue `[]`
   */
  args?: readonly string[] | undefined;
  /**
   * What the guest sees as its environment, such as `process.env`.
   * @defaultValue `{}`
   */
  env?: object | undefined;
  /**
   * The directories that the guest may use: its own names for them, and their paths on the host.
   * @defaultValue `{}`
   */
  preopens?: { [guest: string]: string | undefined } | undefined;
  /**
   * Whether `proc_exit` makes `start()` return the exit code; with `false` it ends the process.
   * @defaultValue `true`
   */
  returnOnExit?: boolean | undefined;
  /**
   * The host's descriptor that is the guest's standard input.
   * @defaultValue `0`
   */
  stdin?: number | undefined;
  /**
   * The host's descriptor that is the guest's standard output.
   * @defaultValue `1`
   */
  stdout?: number | undefined;
  /**
   * The host's descriptor that is the guest's standard error.
   * @defaultValue `2`
   */
  stderr?: number | undefined;
  /** The version of WASI that the guest was built for; must be given. `unstable` is snapshot 0 with its own layouts. */
  version: 'unstable' | 'preview1';

  /**
   * Which preopens the guest may only read: all, or those of these names, which must be keys of `preopens`.
   * @defaultValue `false`
   */
  readOnly?: boolean | readonly string[] | undefined;
  /**
   * Whether the guest may open files of `/proc`, `/sys` and the like, and devices, where a preopen leads to them.
   * @defaultValue `false`
   */
  systemFiles?: boolean | undefined;
  /**
   * Sockets that the guest may accept connections on, numbered after the preopens: open descriptors that listen. They
   * are duplicated, and made nonblocking for all who share them. With `nonblock` the guest finds them so too, as
   * programs with an event loop of their own need it, such as those of Go.
   * @defaultValue `[]`
   */
  listeners?: readonly WASIListener[] | undefined;
  /** What the guest may use at most. */
  limits?: WASILimits | undefined;
  /** Called after each call of the guest but `proc_exit`; what it throws is thrown into the guest. */
  trace?: ((call: TraceCall) => void) | undefined;
  /** What the guest reads from standard input, instead of {@link WASIOptions.stdin}; a string is given as UTF-8. */
  stdinData?: string | Uint8Array | undefined;
  /**
   * Keeps standard output: with `true` for {@link WASIInstance.stdoutData}, or else each piece for a function, as soon
   * as the guest has written it. {@link WASILimits.output} bounds it, by 64 MiB where it is not given.
   * @defaultValue `false`
   */
  captureStdout?: boolean | ((chunk: Bytes) => void) | undefined;
  /**
   * Keeps standard error: with `true` for {@link WASIInstance.stderrData}, or else each piece for a function, as soon
   * as the guest has written it. {@link WASILimits.output} bounds it, by 64 MiB where it is not given.
   * @defaultValue `false`
   */
  captureStderr?: boolean | ((chunk: Bytes) => void) | undefined;
}

/** One of {@link WASIOptions.listeners}. */
export interface WASIListener {
  /** The host's descriptor. */
  fd: number;
  /**
   * Whether `sock_accept` answers `again` where nobody calls, instead of waiting.
   * @defaultValue `false`
   */
  nonblock?: boolean | undefined;
}

/** The options of {@link WASI.finalizeBindings}. */
export interface FinalizeBindingsOptions {
  /**
   * The guest's memory, a `WebAssembly.Memory`.
   * @defaultValue `instance.exports.memory`
   */
  memory?: object | undefined;
}

/**
 * An object of node:wasi's class, and so one of ringfort's too: each can be given where the other is wanted.
 * What only ringfort's have is in {@link WASIInstance}.
 */
export interface WASI {
  /** The functions that the guest imports; they may be replaced one by one before it is instantiated. */
  readonly wasiImport: { [name: string]: any };
  /** Returns what to give to `WebAssembly.instantiate()`: {@link WASI.wasiImport} under the name of the version. */
  getImportObject(): object;
  /**
   * Runs a command: calls its `_start` and returns the exit code.
   * @throws where the instance has no `_start` or no memory, or has `_initialize`, or the object was started before
   */
  start(instance: object): number;
  /**
   * Makes a reactor ready: calls its `_initialize`, if there is one.
   * @throws where the instance has no memory, or has `_start`, or the object was started before
   */
  initialize(instance: object): void;
  /**
   * Binds the object to the guest's memory and calls nothing, as for a guest whose memory comes from another thread.
   * @throws where there is no memory, or the object was started before
   */
  finalizeBindings(instance: object, options?: FinalizeBindingsOptions): void;
}

/** What `new WASI()` of ringfort gives. */
export interface WASIInstance extends WASI {
  /** With `captureStdout: true`, all that the guest has written to standard output, until `close()`; else undefined. */
  readonly stdoutData: Bytes | undefined;
  /** With `captureStderr: true`, all that the guest has written to standard error, until `close()`; else undefined. */
  readonly stderrData: Bytes | undefined;
  /** The limit that the guest met last, also after `close()`; undefined where it met none. */
  readonly refusal: WASIRefusal | undefined;
  /**
   * Closes what the object has opened, now and not when it is collected. Later calls of the guest throw
   * `ERR_WASI_CLOSED`; a second `close()` does nothing.
   */
  close(): void;
  /** The same as {@link WASIInstance.close}, for `using`. */
  [Symbol.dispose](): void;
}

/** The class of node:wasi, over ringfort. */
export const WASI: {
  new (options?: WASIOptions): WASIInstance;
  readonly prototype: WASIInstance;
};
