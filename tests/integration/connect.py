#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real TCP connections, one after the other: open, wait for the service's line, close. Prints "answered failed
worst-ms median-ms". With --parallel several such clients at once; with --seconds until then, else --count of them;
SIGTERM ends it after the connection that is under way."""
import argparse
import signal
import socket
import sys
import threading
import time


def once(o):
    """Milliseconds of one answered connection, or None."""
    begun = time.monotonic()
    try:
        with socket.create_connection((o.host, o.port), timeout=o.timeout) as s:
            if o.leave:
                s.shutdown(socket.SHUT_WR)
                s.recv(64)
            elif not s.recv(64):
                return None
    except OSError:
        return None
    return (time.monotonic() - begun) * 1000


def client(o, count, until, out):
    """Appends one result for each connection."""
    while count > 0 and time.monotonic() < until and not o.ended.is_set():
        out.append(once(o))
        count -= 1
        if o.gap:
            time.sleep(o.gap)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("host")
    p.add_argument("port", type=int)
    p.add_argument("--count", type=int, default=1)
    p.add_argument("--seconds", type=float, default=600)
    p.add_argument("--timeout", type=float, default=8)
    p.add_argument("--gap", type=float, default=0)
    p.add_argument("--parallel", type=int, default=1)
    p.add_argument("--leave", action="store_true", help="end it first, and wait for no line")
    p.add_argument("--quiet", action="store_true")
    o = p.parse_args()
    until = time.monotonic() + o.seconds
    o.ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: o.ended.set())
    out = []
    crowd = [threading.Thread(target=client, args=(o, o.count // o.parallel, until, out)) for _ in range(o.parallel)]
    for t in crowd:
        t.start()
    for t in crowd:
        t.join()
    good = sorted(x for x in out if x is not None)
    bad = len(out) - len(good)
    if not o.quiet:
        worst, half = (good[-1], good[len(good) // 2]) if good else (0, 0)
        print(f"{len(good)} {bad} {worst:.1f} {half:.2f}")
    return 1 if bad or not out else 0


if __name__ == "__main__":
    sys.exit(main())
