#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic of a known rate: stream.py serve ADDRESS PORT RATE sends each client RATE bytes a second, in slices of 20 ms, and
stream.py take ADDRESS PORT [SECONDS] is such a client. stream.py send ADDRESS PORT RATE sends it in datagrams. With a name as the first word's suffix ("serve:web1") the process
bears that name."""
import socket
import sys
import threading
import time


def bear_name(word):
    if ":" in word:
        with open("/proc/self/comm", "w", encoding="latin-1") as f:
            f.write(word.split(":", 1)[1])
    return word.split(":", 1)[0]


def feed(conn, rate):
    begun, sent = time.monotonic(), 0
    try:
        while True:
            due = int((time.monotonic() - begun) * rate)
            if due > sent:
                conn.sendall(b"x" * (due - sent))
                sent = due
            time.sleep(0.02)
    except OSError:
        conn.close()


def serve(address, port, rate):
    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(64)
    while True:
        conn, _ = server.accept()
        threading.Thread(target=feed, args=(conn, rate), daemon=True).start()


def take(address, port, seconds):
    end = time.monotonic() + seconds
    conn = socket.create_connection((address, port), 5)
    conn.settimeout(2)
    while time.monotonic() < end and conn.recv(65536):
        pass


def send(address, port, rate):
    conn = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    conn.connect((address, port))
    begun, sent = time.monotonic(), 0
    while True:
        while sent < (time.monotonic() - begun) * rate:
            try:
                sent += conn.send(b"x" * 1000)
            except OSError:
                sent += 1000
        time.sleep(0.02)


what = bear_name(sys.argv[1])
if what == "serve":
    serve(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
elif what == "send":
    send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    take(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) > 4 else 3600)
