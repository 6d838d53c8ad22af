# Clients of the guest in main.go, all at one time: clients.py PORT. Prints what went wrong, and "good" at the end.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import http.client
import socket
import sys
import threading
import time

port = int(sys.argv[1])
count = 100
wrong = []


def ask(path, body=None, timeout=60):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("GET" if body is None else "POST", path, body)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def expect(path, answer, body=None):
    try:
        got = ask(path, body)
    except Exception as error:
        wrong.append(f"{path}: {error!r}")
        return
    if got != answer:
        wrong.append(f"{path}: {len(got)} bytes, not {len(answer)}")


def at_one_time(calls):
    threads = [threading.Thread(target=expect, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def slowly():
    """Sends a request byte by byte, while the server has others to serve."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        for byte in b"GET /slow?n=byte HTTP/1.0\r\n\r\n":
            client.sendall(bytes([byte]))
            time.sleep(0.01)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(4096):
            answer += data
        if not answer.endswith(b"slow byte\n"):
            wrong.append(f"slowly: {answer!r}")


# The guest may still be compiled. After that, a client that says nothing comes first, and stays.
ask("/ticks", timeout=200)
silent = socket.create_connection(("127.0.0.1", port), timeout=60)
before = int(ask("/ticks"))
start = time.monotonic()
slow = threading.Thread(target=slowly)
slow.start()
at_one_time([(f"/slow?n={n}", f"slow {n}\n".encode()) for n in range(count)])
slow.join()
took = time.monotonic() - start
if took > 20:  # one after the other: 50 s
    wrong.append(f"{count} clients took {took:.1f} s")
if int(ask("/ticks")) <= before:
    wrong.append("no timer ran while the guest waited for sockets")
body = bytes(range(256)) * 4096  # a megabyte each way, more than a socket holds
at_one_time([("/echo", body, body)] * 10)
for _ in range(count):
    expect("/echo", b"one after the other", b"one after the other")
# Clients that leave in the middle.
for _ in range(20):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
expect("/echo", b"still there", b"still there")
silent.close()
ask("/end")
print("\n".join(wrong) or "good")
