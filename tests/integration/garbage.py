#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that nobody wants. garbage.py SOCKET SECONDS SEED: broken bytes, huge lines, random requests, half-open
clients, subscribers that never read. --line SOCKET FLAG: clients that ask much, read nothing and stay; FLAG is a file
made when they stand there. --ask SOCKET: the lines of stdin, and their answers on stdout. --drops: out of
"nft -j list table" on stdin, whom IPv4's drop sets hold."""
import json
import os
import random
import socket
import sys
import time

VERBS = ["status", "list", "explain", "check-ip", "events", "version", "check", "mode", "ban", "unban", "allow", "no"]
ARGS = ["address", "what", "for", "response", "reason", "rate", "follow", "from", "mode", "all", "false_positive"]
VALUES = ["198.18.1.2", "2001:db8::/32", "::/0", "0.0.0.0/0", "all", "blocks", "guards", "incidents", "enforce", "-1",
          "T-ABCDEFGH", "x" * 500, "\0", "\U0001f600", "198.18.9.0/24", "1.2.3.4/33", "add", "remove", "10m", "drop",
          "shield", "limit", "refuse", True, False, None, 1e308, [], {}, 2**63 - 1, -2**63, 0]
FOLLOW = b'{"v":1,"verb":"events","args":{"follow":true}}\n'
# The mode is asked of the packet thread; the answer is short, so that many fit into a socket's buffer.
QUESTION = b'{"v":1,"verb":"mode","args":{"mode":"enforce"}}\n'


def request(dice):
    args = {a: dice.choice(VALUES) for a in ARGS if dice.random() < 0.3}
    return json.dumps({"v": 1, "verb": dice.choice(VERBS), "args": args}).encode() + b"\n"


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(1)
    s.connect(path)
    return s


def trouble(dice, s):
    """One client's garbage; true where it is to stay connected."""
    kind = dice.randrange(8)
    if kind == 0:
        s.sendall(os.urandom(dice.randrange(1, 70000)))
    elif kind == 1:
        s.sendall(b"[" * 60000 + b"\n")
    elif kind == 2:
        s.sendall(b"".join(request(dice) for _ in range(dice.randrange(1, 40))))
    elif kind == 3:
        s.sendall(request(dice)[:dice.randrange(1, 20)])
    elif kind == 4:
        s.sendall(FOLLOW + b"".join(request(dice) for _ in range(20)))
    elif kind == 5:
        s.sendall(b"a" * 70000)
    elif kind == 6:
        s.sendall(request(dice))
        s.shutdown(socket.SHUT_WR)
        s.recv(65536)
    else:
        s.sendall(b"\n" * 1000 + request(dice))
    return kind in (3, 4)


def rubbish(path, seconds, seed):
    dice = random.Random(seed)
    held = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            s = connect(path)
            if trouble(dice, s):
                held.append(s)
            else:
                s.close()
        except OSError:
            pass # turned away, or hung up on: as it should be
        while len(held) > dice.randrange(1, 60):
            held.pop(dice.randrange(len(held))).close()


def line(path, flag):
    held = [connect(path) for _ in range(16)]
    for s in held:
        s.setblocking(False)
        try:
            s.send(QUESTION * 1300)
        except BlockingIOError:
            pass
    with open(flag, "w", encoding="ascii"):
        pass
    time.sleep(60)


def ask(path):
    s = connect(path)
    s.settimeout(20)
    for question in sys.stdin:
        s.sendall(question.encode())
        answer = b""
        while b'"end":true' not in answer:
            some = s.recv(65536)
            if not some:
                return
            answer += some
        sys.stdout.write(answer.decode())


def text(elem):
    elem = elem.get("elem", elem) if isinstance(elem, dict) else elem
    elem = elem.get("val", elem) if isinstance(elem, dict) else elem
    if isinstance(elem, dict):
        return f'{elem["prefix"]["addr"]}/{elem["prefix"]["len"]}'
    return elem


def drops():
    for item in json.load(sys.stdin)["nftables"]:
        if item.get("set", {}).get("name") in ("drop4", "dropnet4"):
            for elem in item["set"].get("elem", []):
                print(text(elem))


def main():
    if sys.argv[1] == "--line":
        line(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "--ask":
        ask(sys.argv[2])
    elif sys.argv[1] == "--drops":
        drops()
    else:
        rubbish(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
