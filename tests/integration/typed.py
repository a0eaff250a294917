#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines typed into an interactive shell, each with a tab behind it; prints what the shell has made of each.

  typed.py bash|zsh FILE LINE...    FILE is the completion, LINE begins as somebody would type it
"""
import os
import pty
import re
import select
import sys
import time

BEGIN = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
READY = {"bash": "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; PS1='@@'; source %s; echo rea''dy",
         "zsh": "unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; bindkey -e; PS1='@@'; unset zle_bracketed_paste; "
                "source %s; echo rea''dy"}


def until(fd, pattern, seconds):
    heard = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if re.search(pattern, heard):
            return heard
        if select.select([fd], [], [], 0.2)[0]:
            try:
                heard += os.read(fd, 4096)
            except OSError:
                break
    sys.exit(f"no {pattern!r} within {seconds} s: {heard[-400:]!r}")


def typed(fd, line):
    """The line is quoted and printed after the tab: that comes as the shell understands it."""
    os.write(fd, line.encode() + b"\t")
    time.sleep(0.7)  # longer than the tool may take
    os.write(fd, b"\x05>'\x01echo '<\x05\r")
    heard = until(fd, rb"\r?\n<[^\n]*>\r?\n", 10)
    print(re.search(rb"\r?\n<([^\n]*)>\r?\n", heard)[1].decode().strip())


def main():
    shell, file = sys.argv[1:3]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", HISTFILE="")
        os.execvp(BEGIN[shell][0], BEGIN[shell])
    os.write(fd, (READY[shell] % file).encode() + b"\r")
    until(fd, rb"ready\r?\n", 20)
    for line in sys.argv[3:]:
        typed(fd, line)
    os.write(fd, b"\x05\x15exit\r")


main()
