#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server over HTTP may meet: slow.py HOST PORT KIND...

silent: 150 connections that say nothing; drip: 40 that send a byte of a head each half second; unread: 20 that ask for
much and never read. They stay until this is ended. "bad" sends requests that are none, one after the other, and prints
how many were answered with a good status.
"""
import random
import socket
import sys
import time

HOST, PORT = sys.argv[1], int(sys.argv[2])
ALL = {"silent": 150, "drip": 40, "unread": 20}


def call():
    return socket.create_connection((HOST, PORT), timeout=3)


def bad():
    rng = random.Random(1)
    heads = [
        b"GET / HTTP/1.1\r\n\r\n",  # without a Host
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        b"GET /metrics HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /report/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 600 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(5000)) + b"\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
        b"BAN /api/v1/blocks HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n" * 5000,
        b"GET /metrics HTTP/1.1\r\nHost: local\0host\r\n\r\n",
    ]
    heads += [bytes(rng.randrange(256) for _ in range(rng.randrange(1, 3000))) for _ in range(60)]
    good = 0
    for head in heads:
        s = call()
        s.settimeout(0.3)  # some are waited for: they are no whole request yet
        try:
            s.sendall(head)
            s.shutdown(socket.SHUT_WR)
            good += s.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            pass
        s.close()
    print(good, "of", len(heads))


def stay(kinds):
    held, drips = [], []
    for kind in kinds:
        for _ in range(ALL[kind]):
            try:
                s = call()
            except OSError:
                continue
            held.append(s)
            if kind == "drip":
                s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ")
                drips.append(s)
            elif kind == "unread":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
    print("there", flush=True)
    while True:
        for s in drips:
            try:
                s.send(b"y")
            except OSError:
                pass
        time.sleep(0.5)


if sys.argv[3] == "bad":
    bad()
else:
    stay(sys.argv[3:])
