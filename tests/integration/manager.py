#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A service manager's ear: manager.py SOCKET FILE writes each datagram that comes to the socket as lines of the file."""
import os
import socket
import sys


def main():
    path, out = sys.argv[1:3]
    if os.path.exists(path):
        os.unlink(path)
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ear.bind(path)
    os.chmod(path, 0o666)
    with open(out, "a", buffering=1) as f:
        while True:
            f.write(ear.recv(4096).decode("utf-8", "replace") + "\n")


if __name__ == "__main__":
    main()
