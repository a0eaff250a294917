#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A service of few workers, as there are many: few.py PORT WORKERS BACKLOG. Each worker takes one connection, waits for
a request of 200 bytes for as long as it takes, answers with a line, and takes the next."""
import socket
import sys
import threading

REQUEST = 200


def serve(c):
    """One connection, from its request to its end."""
    got = 0
    try:
        while got < REQUEST:
            data = c.recv(4096)
            if not data:
                break
            got += len(data)
        else:
            c.sendall(b"200 served\r\n")
    except OSError:
        pass
    c.close()


def work(s):
    """One worker."""
    while True:
        try:
            c, _ = s.accept()
        except OSError:
            continue
        serve(c)


def main():
    port, workers, backlog = map(int, sys.argv[1:])
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("0.0.0.0", port))
    s.listen(backlog)
    threads = [threading.Thread(target=work, args=(s,)) for _ in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


if __name__ == "__main__":
    main()
