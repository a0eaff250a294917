#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scanner knows after its scan: out of nmap's XML prints "open closed silent", ports of each kind. A port counts
as closed or open only where an answer said so; "open|filtered" and "filtered" are silence."""
import sys
import xml.etree.ElementTree as ET


def kind(state):
    """nmap's word for a port to ours; an unfiltered port (ACK scan) answered with a reset."""
    return {"open": "open", "closed": "closed", "unfiltered": "closed"}.get(state, "silent")


def main():
    count = {"open": 0, "closed": 0, "silent": 0}
    try:
        root = ET.parse(sys.argv[1]).getroot()
    except (OSError, ET.ParseError) as e:
        sys.exit(f"{sys.argv[1]}: {e}")
    for extra in root.iter("extraports"):
        count[kind(extra.get("state"))] += int(extra.get("count"))
    for state in root.iterfind(".//port/state"):
        count[kind(state.get("state"))] += 1
    print(count["open"], count["closed"], count["silent"])


if __name__ == "__main__":
    main()
