#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the event file: eve.py FILE count FIELD=GLOB... | eve.py FILE values FIELD FIELD=GLOB...
Fields are dotted ("tidegate.detector"). A line that is no JSON object is an error, except the last: it may be half
written."""
import fnmatch
import json
import signal
import sys


def events(path):
    """The events of the file, in order; none where there is no file."""
    try:
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
    except FileNotFoundError:
        return
    for i, line in enumerate(lines):
        if not line:
            continue
        try:
            yield json.loads(line)
        except ValueError:
            if i != len(lines) - 1:
                sys.exit(f"{path}:{i + 1}: not JSON: {line}")


def field(event, name):
    """A dotted field, or None."""
    for part in name.split("."):
        if not isinstance(event, dict) or part not in event:
            return None
        event = event[part]
    return event


def text(value):
    """As it stands in the file: true rather than Python's True."""
    return value if isinstance(value, str) else json.dumps(value)


def matches(event, wants):
    """All FIELD=GLOB hold; a field that is not there matches nothing."""
    for want in wants:
        name, glob = want.split("=", 1)
        value = field(event, name)
        if value is None or not fnmatch.fnmatchcase(text(value), glob):
            return False
    return True


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    path, verb, *rest = sys.argv[1:]
    show = rest.pop(0) if verb == "values" else None
    hits = [e for e in events(path) if matches(e, rest)]
    if verb == "count":
        print(len(hits))
        return
    for value in (field(e, show) for e in hits):
        if value is not None:
            print(text(value))


if __name__ == "__main__":
    main()
