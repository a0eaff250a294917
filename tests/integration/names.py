#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that reaches others by their names. "keep" looks one up again and again and connects at once; "race" does it
for many names, each once; both print "open refused silent addresses worst-ms". "pairs" asks for A and AAAA as glibc does,
both from one socket before the first answer, and prints "answered lost p50-ms p99-ms max-ms"."""
import argparse
import os
import random
import socket
import struct
import time


def connect(name, port, timeout):
    """How it ended, where, and how many seconds it took from the question on."""
    begun = time.monotonic()
    address = None
    try:
        address = socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_STREAM)[0][4]
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.settimeout(timeout)
            s.connect(address)
        how = "open"
    except TimeoutError:
        how = "silent"
    except ConnectionRefusedError:
        how = "refused"
    except OSError:
        how = "silent"
    return how, address and address[0], time.monotonic() - begun


def tell(results):
    """One line about all of them."""
    count = {"open": 0, "refused": 0, "silent": 0}
    for how, _, _ in results:
        count[how] += 1
    worst = max((took for _, _, took in results), default=0) * 1000
    print(count["open"], count["refused"], count["silent"], len({a for _, a, _ in results if a}), f"{worst:.0f}")


def keep(o):
    results = []
    until = time.monotonic() + o.seconds
    while time.monotonic() < until:
        results.append(connect(o.name, o.port, o.timeout))
        time.sleep(o.gap)
    tell(results)


def race(o):
    tell([connect(o.name.replace("%", str(i)), o.port, o.timeout) for i in range(o.first, o.first + o.count)])


def question(name, kind):
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    ident = os.urandom(2)
    return ident, ident + struct.pack(">HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def pair(resolver, name, timeout):
    """Seconds until both answers are there; None where one never came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((resolver, 53))
        both = [question(name, 1), question(name, 28)]
        wanted = {ident for ident, _ in both}
        begun = time.monotonic()
        for _, message in both:
            s.send(message)
        while wanted:
            left = timeout - (time.monotonic() - begun)
            if left <= 0:
                return None
            s.settimeout(left)
            try:
                wanted.discard(s.recv(1500)[:2])
            except OSError:
                return None
        return time.monotonic() - begun


def pairs(o):
    took = [pair(o.resolver, o.name.replace("%", str(random.randrange(o.count))), o.timeout) for _ in range(o.count)]
    good = sorted(x * 1000 for x in took if x is not None) or [0]
    print(sum(x is not None for x in took), sum(x is None for x in took), *(f"{good[int((len(good) - 1) * q)]:.2f}"
                                                                            for q in (0.5, 0.99, 1)))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["keep", "race", "pairs"])
    p.add_argument("name", help="%% is a number")
    p.add_argument("port", type=int, nargs="?", default=443)
    p.add_argument("--resolver")
    p.add_argument("--first", type=int, default=0)
    p.add_argument("--count", type=int, default=100)
    p.add_argument("--seconds", type=float, default=10)
    p.add_argument("--gap", type=float, default=0.05)
    p.add_argument("--timeout", type=float, default=6)
    o = p.parse_args()
    {"keep": keep, "race": race, "pairs": pairs}[o.what](o)


if __name__ == "__main__":
    main()
