#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Real connections of many addresses at once, each address at its own even pace: many.py HOST PORT --count N --gap S
ADDR... Prints a line for each address: "ADDR answered failed worst-ms". One thread for all of them."""
import argparse
import errno
import heapq
import selectors
import socket
import time


class Client:
    """One address: its connections one after the other, or side by side where one takes longer than the pace."""

    def __init__(self, address):
        self.address = address
        self.begun = self.good = self.bad = 0
        self.worst = 0.0


def begin(world, o, c):
    """Starts one connection."""
    s = socket.socket(socket.AF_INET6 if ":" in c.address else socket.AF_INET, socket.SOCK_STREAM)
    s.setblocking(False)
    c.begun += 1
    try:
        s.bind((c.address, 0))
        if s.connect_ex((o.host, o.port)) not in (0, errno.EINPROGRESS):
            raise OSError
    except OSError:
        c.bad += 1
        s.close()
        return
    world.register(s, selectors.EVENT_READ, (c, time.monotonic()))


def end(world, s, c, since, good):
    """Its line has come, or it is given up."""
    world.unregister(s)
    s.close()
    c.good += good
    c.bad += not good
    if good:
        c.worst = max(c.worst, time.monotonic() - since)


def hear(s):
    """Whether a line came."""
    try:
        return bool(s.recv(64))
    except OSError:
        return False


def give_up(world, o):
    """Those that wait for too long."""
    late = time.monotonic() - o.timeout
    for key in list(world.get_map().values()):
        if key.data[1] < late:
            end(world, key.fileobj, *key.data, False)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("host")
    p.add_argument("port", type=int)
    p.add_argument("addresses", nargs="+")
    p.add_argument("--count", type=int, default=1000)
    p.add_argument("--gap", type=float, default=0.0556)
    p.add_argument("--timeout", type=float, default=20)
    o = p.parse_args()
    world = selectors.DefaultSelector()
    clients = [Client(a) for a in o.addresses]
    begun = time.monotonic()
    # Out of step with each other, or all of them would come at once.
    due = [(begun + o.gap * i / len(clients), i) for i in range(len(clients))]
    looked = begun
    while due or world.get_map():
        now = time.monotonic()
        while due and due[0][0] <= now:
            at, i = heapq.heappop(due)
            begin(world, o, clients[i])
            if clients[i].begun < o.count:
                heapq.heappush(due, (at + o.gap, i))
        wait = min(max(due[0][0] - now, 0), 0.5) if due else 0.5
        for key, _ in world.select(wait):
            end(world, key.fileobj, *key.data, hear(key.fileobj))
        if now - looked > 1:
            looked = now
            give_up(world, o)
    for c in clients:
        print(c.address, c.good, c.bad, f"{c.worst * 1000:.1f}")


if __name__ == "__main__":
    main()
