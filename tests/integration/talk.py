#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Conversations of known length, both families.

  talk.py serve PORT ANSWER [UID]   as that user reads each caller to its end, then says ANSWER bytes and closes
  talk.py call HOST PORT SAY COUNT [STAY]  COUNT times: says SAY bytes, stays so many seconds, hears all, closes;
                                    prints how many were answered
  talk.py give-up HOST PORT         begins a connection and does not wait for an answer
  talk.py datagrams HOST PORT SOURCE GAP COUNT  one from this source port, each GAP seconds
"""
import os
import socket
import sys
import time


def family_of(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def serve(port, answer):
    s = socket.socket(socket.AF_INET6)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", port))
    s.listen(1024)
    while True:
        c, _ = s.accept()
        try:
            while c.recv(65536):
                pass
            c.sendall(b"a" * answer)
        except OSError:
            pass
        c.close()


def call(host, port, say, stay):
    with socket.socket(family_of(host)) as s:
        s.settimeout(5)
        s.connect((host, port))
        s.sendall(b"q" * say)
        time.sleep(stay)
        s.shutdown(socket.SHUT_WR)
        heard = 0
        while True:
            got = s.recv(65536)
            if not got:
                return heard > 0
            heard += len(got)


def call_often(host, port, say, count, stay):
    good = 0
    for _ in range(count):
        try:
            good += call(host, port, say, stay)
        except OSError:
            pass
    print(good)


def give_up(host, port):
    with socket.socket(family_of(host)) as s:
        s.setblocking(False)
        s.connect_ex((host, port))
        time.sleep(0.1)


def datagrams(host, port, source, gap, count):
    with socket.socket(family_of(host), socket.SOCK_DGRAM) as s:
        s.bind(("", source))
        s.settimeout(0.5)
        for i in range(count):
            time.sleep(gap if i else 0)
            s.sendto(b"d" * 100, (host, port))
            try:
                s.recv(2048)
            except OSError:
                pass


def main():
    verb, args = sys.argv[1], sys.argv[2:]
    if verb == "serve":
        if len(args) > 2:
            os.setuid(int(args[2]))
        serve(int(args[0]), int(args[1]))
    elif verb == "call":
        call_often(args[0], int(args[1]), int(args[2]), int(args[3]), float(args[4]) if len(args) > 4 else 0)
    elif verb == "give-up":
        give_up(args[0], int(args[1]))
    else:
        datagrams(args[0], int(args[1]), int(args[2]), float(args[3]), int(args[4]))


main()
