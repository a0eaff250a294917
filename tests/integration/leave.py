#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program of this host notices of what it may not do. "try" connects or sends and prints "open", "refused" (at once:
within a tenth of a second) or "silent"; "upload" sends for some seconds over one connection; "sink" takes uploads and
prints the KiB a second of each, without its first second."""
import argparse
import socket
import time


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def attempt(o):
    kind = socket.SOCK_DGRAM if o.udp else socket.SOCK_STREAM
    begun = time.monotonic()
    with socket.socket(family(o.host), kind) as s:
        s.settimeout(o.timeout)
        try:
            s.connect((o.host, o.port))
            if o.udp:
                s.send(b"hello")
                s.recv(64)
            return "open"
        except OSError:
            return "refused" if time.monotonic() - begun < 0.1 else "silent"


def upload(o):
    end = time.monotonic() + o.seconds
    with socket.create_connection((o.host, o.port)) as s:
        s.settimeout(1)
        while time.monotonic() < end:
            try:
                s.send(bytes(16384))
            except TimeoutError:
                pass
            except OSError:
                return  # the sink has seen enough


def sink(o):
    with socket.create_server(("::", o.port), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        while True:
            conn, _ = listener.accept()
            begun = None
            got = 0
            first = time.monotonic() + 1
            while data := conn.recv(1 << 20):
                at = time.monotonic()
                if at < first:
                    continue
                begun = begun or at
                got += len(data)
                last = at
                if at - begun > o.seconds:
                    break
            print(int(got / 1024 / (last - begun)) if begun and last > begun else 0, flush=True)
            conn.close()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("what", choices=["try", "upload", "sink"])
    p.add_argument("host")
    p.add_argument("port", type=int)
    p.add_argument("--udp", action="store_true")
    p.add_argument("--timeout", type=float, default=0.7)
    p.add_argument("--seconds", type=float, default=4)
    o = p.parse_args()
    if o.what == "try":
        print(attempt(o))
    else:
        {"upload": upload, "sink": sink}[o.what](o)


if __name__ == "__main__":
    main()
