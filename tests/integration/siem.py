#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""siem.py FOLDER EVENTS: holds what packaging/siem ships against real events (lines of JSON).

Every file must parse, numbers of rules be unique and lead to each other, and each field that is named must stand in one
of the events; fields of events that did not happen may stand in the encoder's source instead. Prints how many were
found which way; exit 1 with what is wrong.
"""
import configparser
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

FIELD = re.compile(r"\b(?:tidegate\??\.(?:egress\.)?[a-z_]+|alert\.[a-z_]+|src_ip|dest_ip|in_iface|event_type|timestamp)\b")
NO_FIELD = {"tidegate.conf", "tidegate.example"}
TOP = pathlib.Path(__file__).resolve().parents[2]

wrong = []


def fields_of(value, path=""):
    for name, inner in value.items():
        yield path + name
        if isinstance(inner, dict):
            yield from fields_of(inner, path + name + ".")


def said(text, file):
    """The text without comments."""
    if file.suffix == ".xml":
        return re.sub(r"<!--.*?-->", "", text, flags=re.S)
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def parse(file, text):
    if file.suffix == ".xml":
        root = ET.fromstring("<all>" + text + "</all>")
        judge_rules(file, root)
    elif file.suffix == ".json":
        json.loads(text)
    elif file.parent.name == "splunk":
        c = configparser.RawConfigParser(strict=True, delimiters=("=",))
        c.optionxform = str
        c.read_string(text)
        if not c.sections():
            wrong.append(f"{file}: no section")
    elif file.suffix == ".yml":
        try:
            import yaml
        except ImportError:
            return
        yaml.safe_load(text)


def judge_rules(file, root):
    ids = [r.get("id") for r in root.iter("rule")]
    if len(ids) != len(set(ids)):
        wrong.append(f"{file}: a rule's number is there twice")
    for r in root.iter("rule"):
        if not 0 <= int(r.get("level")) <= 16:
            wrong.append(f"{file}: rule {r.get('id')}: no such level")
        if not 100000 <= int(r.get("id")) <= 120000:
            wrong.append(f"{file}: rule {r.get('id')}: not a number that users may take")
        if not (r.findtext("description") or "").strip():
            wrong.append(f"{file}: rule {r.get('id')} has no description")
        for ref in [e.text for tag in ("if_sid", "if_matched_sid") for e in r.iter(tag)]:
            if ref not in ids or ids.index(ref) >= ids.index(r.get("id")):
                wrong.append(f"{file}: rule {r.get('id')} goes by {ref}, which does not stand before it")


def words(text):
    """Words of tidegate.event, wherever they are compared."""
    for m in re.finditer(r"tidegate\??\.event\"?>?\s*(?:==|=|IN|)\s*[\"'(]?([^<)\n]*)", text):
        if m.group(0).startswith("tidegate.event)"):
            continue
        yield from re.findall(r"\^([a-z-]+)\$", m.group(1))
        if "IN" in m.group(0):
            yield from re.findall(r"[a-z-]+", m.group(1))


def main():
    folder, events = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    real = set()
    for line in events.read_text().splitlines():
        real.update(fields_of(json.loads(line)))
    source = "".join((TOP / "src/codec" / f).read_text() for f in ("event_json.c", "egress_say.c"))
    kinds = set(re.findall(r'return "([a-z-]+)";', source.split("event_word(")[1].split("\n}")[0]))
    kinds.update(re.findall(r'\? "([a-z-]+)" : "([a-z-]+)"', source)[0])
    files = [f for f in sorted(folder.rglob("*")) if f.is_file() and f.suffix != ".md"]
    seen, read = set(), set()
    for f in files:
        text = said(f.read_text(), f)
        try:
            parse(f, text)
        except Exception as why:  # whatever the parser calls it
            wrong.append(f"{f}: {why}")
        for name in (n.replace("?", "") for n in FIELD.findall(text)):
            if name in NO_FIELD:
                continue
            if name in real:
                seen.add(name)
            elif f'"{name.rsplit(".", 1)[-1]}"' in source:
                read.add(name)
            else:
                wrong.append(f"{f}: {name} is in no event")
        for word in words(text):
            if word not in kinds:
                wrong.append(f"{f}: '{word}' is no word of an event")
    if len(files) < 8 or len(seen) < 12:
        wrong.append(f"only {len(files)} files and {len(seen)} fields: is this the right folder?")
    for line in wrong:
        print(line)
    print(f"{len(files)} files; {len(seen)} fields in events that were seen, {len(read)} in the encoder alone:",
          " ".join(sorted(read)))
    sys.exit(bool(wrong))


main()
