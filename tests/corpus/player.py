# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs `tidegate replay` and tcpdump on captures, and remembers what they said."""
import calendar
import collections
import ipaddress
import json
import os
import re
import subprocess
import threading
import time

LIMIT_S = 10  # one replay of one file; the slowest takes under one
CONFIG = "policies/tidegate.conf"

Packet = collections.namedtuple("Packet", "at_us src dst tcp syn")
Action = collections.namedtuple("Action", "at_us rule subject proto proof response count")

LINE = re.compile(r"^(\d+)\.(\d+) IP6? (\S+) > (\S+): (.*)$")
SYN = re.compile(r"Flags \[S[EW]*\]")  # not of a null, xmas or SYN-FIN scan


class Broken(Exception):
    """A replay that crashed, stalled, or ended with a code that it has not."""


class Ran:
    def __init__(self, code, said, complaint):
        self.code, self.said, self.complaint = code, said, complaint
        self.actions, self.told = [], []  # what is done about; what leaves, and is told without anything being done
        for line in said.splitlines():
            event = json.loads(line)
            if event["event_type"] != "alert":
                continue
            if event["tidegate"]["decision"] != "observe":
                self.actions.append(action_of(event))
            elif event["tidegate"]["detector"].startswith("egress."):
                self.told.append(action_of(event))

    def decisions(self, but=()):
        return {(a.subject, a.rule, a.proof, a.response) for a in self.actions + self.told if (a.rule, a.subject) not in but}


def action_of(event):
    t = event["tidegate"]
    seconds, rest = event["timestamp"].split(".")
    at = calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 1000000 + int(rest[:6])
    return Action(at, t["detector"], t["subject"], event.get("proto"), t["proof"], t["decision"], t["count"])


def address(text):
    """Of tcpdump's 192.0.2.1.80, 2001:db8::1.80, 192.0.2.1."""
    if ":" in text:
        return text.split(".")[0]
    return ".".join(text.split(".")[:4])


def is_host(text):
    a = ipaddress.ip_address(text)
    return not (a.is_multicast or a.is_unspecified or text == "255.255.255.255")


def read_packets(path):
    """Each IP packet, with its time as replay takes it: one that steps back counts as the latest."""
    said = subprocess.run(["tcpdump", "-nn", "-tt", "-r", path], capture_output=True, text=True, check=True,
                          errors="replace").stdout
    packets, latest = [], 0
    for line in said.splitlines():
        m = LINE.match(line)
        if m:
            latest = max(latest, int(m[1]) * 1000000 + int(m[2][:6]))
            packets.append(Packet(latest, address(m[3]), address(m[4]), m[5].startswith("Flags ["),
                                  bool(SYN.match(m[5]))))
    return packets


class Player:
    def __init__(self, program, corpus):
        self.program, self.corpus = program, corpus
        self.known = {}
        self.lock = threading.Lock()

    def packets(self, capture):
        with self.lock:
            if capture not in self.known:
                self.known[capture] = read_packets(os.path.join(self.corpus, capture))
            return self.known[capture]

    def replay(self, capture, *words):
        path = os.path.join(self.corpus, capture)
        command = [self.program, "-c", CONFIG, "-o", "json", "replay", path, *words]
        try:
            ran = subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False, text=True,
                                 errors="replace")
        except subprocess.TimeoutExpired as late:
            raise Broken(f"{' '.join(words)}: not done within {LIMIT_S} s") from late
        if ran.returncode not in (0, 65) or (ran.returncode and "parser/" not in path):
            raise Broken(f"{' '.join(words)}: ended with {ran.returncode}: {ran.stderr.strip()[-400:]}")
        return Ran(ran.returncode, ran.stdout, ran.stderr)
