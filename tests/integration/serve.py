#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's services, both families: a --tcp connection gets a line and is closed, a --keep one gets a line and stays
open, a --hear one is read until its client has ended it, a --udp datagram comes back."""
import argparse
import selectors
import socket


KEPT = []
WORLD = selectors.DefaultSelector()


def listener(kind, port):
    """A socket for both families, bound to all addresses."""
    s = socket.socket(socket.AF_INET6, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        s.listen(1024)
    s.setblocking(False)
    return s


def answer(s):
    """All connections that wait; a client that reset its own in the meantime is no concern of ours."""
    while True:
        try:
            c, _ = s.accept()
        except BlockingIOError:
            return
        except OSError:
            continue
        try:
            c.send(b"220 lab service ready\r\n")
        except OSError:
            pass
        c.close()


def keep(s):
    """All connections that wait get their line and stay open: live flows to be ended, or not, by others."""
    try:
        while True:
            c, _ = s.accept()
            c.send(b"220 stay as long as you like\r\n")
            KEPT.append(c)
    except OSError:
        return


def hear(s):
    """All connections that wait; each is closed after its client has closed it."""
    def read(c):
        try:
            if c.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        WORLD.unregister(c)
        c.close()
    try:
        while True:
            c, _ = s.accept()
            c.setblocking(False)
            WORLD.register(c, selectors.EVENT_READ, read)
    except OSError:
        return


def echo(s):
    """All datagrams that wait."""
    while True:
        try:
            data, peer = s.recvfrom(2048)
            s.sendto(data, peer)
        except BlockingIOError:
            return
        except OSError:
            continue


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--tcp", type=int, action="append", default=[])
    p.add_argument("--keep", type=int, action="append", default=[])
    p.add_argument("--hear", type=int, action="append", default=[])
    p.add_argument("--udp", type=int, action="append", default=[])
    o = p.parse_args()
    for port in o.tcp:
        WORLD.register(listener(socket.SOCK_STREAM, port), selectors.EVENT_READ, answer)
    for port in o.keep:
        WORLD.register(listener(socket.SOCK_STREAM, port), selectors.EVENT_READ, keep)
    for port in o.hear:
        WORLD.register(listener(socket.SOCK_STREAM, port), selectors.EVENT_READ, hear)
    for port in o.udp:
        WORLD.register(listener(socket.SOCK_DGRAM, port), selectors.EVENT_READ, echo)
    while True:
        for key, _ in WORLD.select():
            key.data(key.fileobj)


if __name__ == "__main__":
    main()
