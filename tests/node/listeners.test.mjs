// The option listeners: sockets that listen, given to the guest. A Python program opens one, starts the runtime with
// it as descriptor 9, and calls once the guest says that it is ready.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { runtime, script } from './support/host.mjs';
import { WASI } from './support/impl.mjs';

const caller = `
import os, socket, subprocess, sys
listener = socket.create_server(('127.0.0.1', 0))
os.dup2(listener.fileno(), 9, inheritable=True)
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, pass_fds=[9])
said = child.stdout.read(5)
client = socket.create_connection(listener.getsockname(), timeout=20)
listener.close()
client.sendall(b'question')
client.shutdown(socket.SHUT_WR)
answer = b''
while data := client.recv(100):
    answer += data
print(said, answer, child.stdout.read(), child.wait())
`;

/** What the caller prints when the guest runs `source`, in which accept(flags) gives [errno, descriptor]. */
function called(listener, source) {
  const file = script(`
    const made = guest({ listeners: [${listener}] });
    const accept = (flags) => [made.call.sock_accept(3, flags, 64), made.u32(64)];
    const ready = () => fs.writeSync(1, 'ready');
    const serve = (fd) => {
      const text = made.read(fd);
      made.write(fd, text.toUpperCase());
      made.call.fd_close(fd);
    };
    ${source}`);
  const child = spawnSync('python3', ['-c', caller, ...runtime(), file], { encoding: 'utf8', timeout: 60000 });
  assert.equal(child.status, 0, child.stderr);
  return child.stdout;
}

test('a listener is numbered after the preopens, and sock_accept waits for a caller', () => {
  const said = called('{ fd: 9 }', `
    assert.equal(made.fdstat(3).type, 6);
    assert.equal(made.fdstat(3).flags, 0);
    ready();
    const [errno, fd] = accept(0);
    assert.deepEqual([errno, fd], [0, 4]);
    serve(fd);`);
  assert.equal(said, "b'ready' b'QUESTION' b'' 0\n");
});

test('a listener with nonblock answers again until somebody calls, which poll_oneoff waits for', () => {
  const said = called('{ fd: 9, nonblock: true }', `
    assert.equal(made.fdstat(3).flags, 4);
    assert.equal(accept(0)[0], 6);
    ready();
    made.bytes.fill(0, 2048, 4096);
    made.bytes[2056] = 1; // fd_read
    made.view.setUint32(2064, 3, true);
    assert.equal(made.call.poll_oneoff(2048, 4096, 1, 64), 0);
    assert.equal(made.view.getUint16(4104, true), 0);
    const [errno, fd] = accept(4);
    assert.equal(errno, 0);
    assert.equal(made.fdstat(fd).flags, 4);
    made.view.setUint32(2064, fd, true);
    assert.equal(made.call.poll_oneoff(2048, 4096, 1, 64), 0);
    serve(fd);
    assert.equal(accept(0)[0], 6);`);
  assert.equal(said, "b'ready' b'QUESTION' b'' 0\n");
});

test('a listener of another form is an error that names the property', () => {
  const wrong = [
    [3, ''], [null, ''], [{}, '.fd'], [{ fd: '3' }, '.fd'], [{ fd: 3, nonblock: 1 }, '.nonblock'],
    [{ fd: 3, nonblock: null }, '.nonblock'],
  ];
  for (const [listener, property] of wrong) {
    assert.throws(() => new WASI({ version: 'preview1', listeners: [listener] }), {
      code: 'ERR_INVALID_ARG_TYPE', message: new RegExp(`"options\\.listeners\\[0\\]${property}"`),
    });
  }
});

test('a descriptor that is no socket is an error that names it', () => {
  const file = openSync('/dev/null');
  for (const fd of [file, 9999]) {
    assert.throws(() => new WASI({ version: 'preview1', listeners: [{ fd }] }), {
      message: `options.listeners[0]: descriptor ${fd} is not an open socket; give one that listens`,
    });
  }
  assert.throws(() => new WASI({ version: 'preview1', listeners: [{ fd: -1 }] }), { code: 'ERR_OUT_OF_RANGE' });
});
