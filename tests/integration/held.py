#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections that stay: both ends of them, for the census.

    held.py serve [--uid N] [--hold PORT] [--leave PORT] [--shut PORT]
        accepts all; a connection to --hold and --leave stays open whatever its client does (who ends one to --leave
        leaves it in close-wait), one to --shut is closed at once.
    held.py open HOST PORT COUNT FIRST-SOURCE SOURCES [--say BYTES] [--drip SECONDS] [--end | --last]
        COUNT connections from each of so many addresses in a row, then says "ready" and waits for its end. --say: so
        many bytes on each; --drip: one byte on each, every so many seconds; --end: closes them all at once and ends; --last: the same, each after the other side has.
"""
import argparse
import ipaddress
import os
import resource
import selectors
import socket
import time


def serve(args):
    """Both families on one socket, as most services are."""
    if args.uid:
        os.setuid(args.uid)
    world, kept = selectors.DefaultSelector(), []
    for port, stays in [(args.hold, True), (args.leave, True), (args.shut, False)]:
        if not port:
            continue
        s = socket.socket(socket.AF_INET6)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        s.bind(("::", port))
        s.listen(4096)
        s.setblocking(False)
        world.register(s, selectors.EVENT_READ, stays)
    while True:
        for key, _ in world.select():
            try:
                while True:
                    c, _ = key.fileobj.accept()
                    if key.data:
                        kept.append(c)
                    else:
                        c.close()
            except OSError:
                pass


def connections(args):
    """Each asked for, from each source in turn."""
    first = ipaddress.ip_address(args.source)
    family = socket.AF_INET6 if first.version == 6 else socket.AF_INET
    made = []
    for _ in range(args.count):
        for i in range(args.sources):
            s = socket.socket(family)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((str(first + i), 0))
            s.connect((args.host, args.port))
            made.append(s)
    return made


def hold_open(args):
    """Until somebody ends us."""
    made = connections(args)
    for s in made if args.say else []:
        s.sendall(b"x" * args.say)
    if args.end or args.last:
        for s in made:
            while args.last and s.recv(4096):
                pass
            s.close()
    print("ready", flush=True)
    while not args.end and not args.last:
        time.sleep(args.drip or 3600)
        for s in made if args.drip else []:
            s.send(b"x")


def main():
    """Chooses the end."""
    p = argparse.ArgumentParser()
    sub = p.add_subparsers(dest="what", required=True)
    s = sub.add_parser("serve")
    for name in ("uid", "hold", "leave", "shut"):
        s.add_argument("--" + name, type=int, default=0)
    o = sub.add_parser("open")
    o.add_argument("host")
    o.add_argument("port", type=int)
    o.add_argument("count", type=int)
    o.add_argument("source")
    o.add_argument("sources", type=int)
    o.add_argument("--say", type=int, default=0)
    o.add_argument("--drip", type=float, default=0)
    o.add_argument("--end", action="store_true")
    o.add_argument("--last", action="store_true")
    args = p.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if args.what == "serve":
        serve(args)
    hold_open(args)


main()
