# SPDX-License-Identifier: GPL-2.0-or-later
"""What the manifest says of a capture, what tests/corpus/expected does, and the table of both against the decisions."""
import collections
import csv
import re
import textwrap

WIDTH = 98
HEAD = f"{'capture':39}{'manifest':9}rule, source, its probes/counted, response"
IPV4 = r"\d+\.\d+\.\d+\.\d+"

Found = collections.namedtuple("Found", "rule subject within mostly")
Told = collections.namedtuple("Told", "rule subject within")
Missed = collections.namedtuple("Missed", "what why")
Harm = collections.namedtuple("Harm", "rule subject why")


class Truth:
    """A line of the manifest."""

    def __init__(self, row):
        clauses = [c.strip() for c in row["expected_verdict"].split(";")]
        self.name = row["file"]
        self.benign = row["kind"].startswith("benign/")
        self.grade = re.match(r"MUST NOT|[A-Z]+", row["expected_verdict"])[0]
        self.bad = set(re.findall(IPV4, row["attacker"]))
        # A crowd of forged or reflecting sources is told by its number only, and not to be acted on one by one; one
        # of which that is not said has scanners in it, and expected names those.
        self.crowd = not (self.benign or self.bad or "MUST NOT ban" in row["expected_verdict"])
        self.good = set()
        for clause in clauses:
            if clause.startswith("MUST NOT"):
                self.good |= set(re.findall(IPV4, clause))
            else:
                self.bad |= set(re.findall(rf"(?:src=|MAY scan )({IPV4})", clause))
        self.bad -= self.good


class Line:
    """A line of expected: a capture, a way to look at it, what then is found."""

    def __init__(self, text):
        self.capture, words, what = (part.strip() for part in text.split("|"))
        self.view = tuple(words.split())
        parts = re.split(r";\s+(?=found |mostly |told |missed |false )", what)
        self.parts = [] if what == "quiet" else [part_of(p) for p in parts]

    def of(self, kind):
        return [p for p in self.parts if isinstance(p, kind)]

    def unsteady(self):
        return {(p.rule, p.subject) for p in self.of(Found) if p.mostly}

    def falses(self):
        return {(p.rule, p.subject) for p in self.of(Harm)}


def part_of(text):
    m = re.fullmatch(r"(found|mostly) (\S+) by (.+) within (\d+)", text)
    if m:
        return Found(m[2], m[3], int(m[4]), m[1] == "mostly")
    m = re.fullmatch(r"told (\S+) of (.+) within (\d+)", text)
    if m:
        return Told(m[1], m[2], int(m[3]))
    m = re.fullmatch(r"missed ([^:]+): (.+)", text)
    if m:
        return Missed(m[1], m[2])
    m = re.fullmatch(r"false (\S+) by (\S+): (.+)", text)
    if not m:
        raise ValueError(f"tests/corpus/expected: '{text}' is none of found, mostly, told, missed, false, quiet")
    return Harm(m[1], m[2], m[3])


def read_manifest(path):
    with open(path, encoding="utf-8", newline="") as f:
        return {row["file"]: Truth(row) for row in csv.DictReader(f, delimiter="\t")}


def read_expected(path):
    table = {}
    with open(path, encoding="utf-8") as f:
        for text in f:
            if text.strip() and not text.startswith("#"):
                line = Line(text)
                table.setdefault(line.capture, []).append(line)
    return table


def is_source(subject):
    return "." in subject or ":" in subject


def falses(truth, actions, named=()):
    """Sources that are acted on and whom the manifest does not call bad; in a benign capture also services and host."""
    found = set()
    for a in actions:
        if a.subject in truth.bad or (not truth.benign and not is_source(a.subject)):
            continue
        if truth.crowd and a.subject not in truth.good and not truth.benign:
            continue
        found.add((a.subject, a.rule))
    return sorted(found - {(p.subject, p.rule) for p in named})


def probes(packets, action):
    """Of its source until then: its SYNs, or where it sends none what it sends; of a destination what it is sent; of
    neither: everybody's."""
    mine = [p for p in packets if action.proto is None or p.tcp == (action.proto == "TCP")]
    if is_source(action.subject):
        leaves = action.rule.startswith("egress.")
        mine = [p for p in mine if (p.dst if leaves else p.src) == action.subject]
    if any(p.syn for p in mine):
        mine = [p for p in mine if p.syn]
    return sum(p.at_us <= action.at_us for p in mine)


class Row(collections.namedtuple("Row", "name grade kind said")):
    def text(self):
        said = textwrap.wrap(f"{self.kind:7}{self.said}", WIDTH - 48, subsequent_indent=" " * 7, break_on_hyphens=False)
        name = self.name if len(self.name) < 39 else self.name[:37] + "~"
        first = f"{name:39}{self.grade:9}{said[0]}"
        return "\n".join([first] + [" " * 48 + text for text in said[1:]])


def with_head(rows, name, grade, line):
    """The name once; a second look at the same capture says how it looked."""
    stem = name.rsplit(".", 1)[0] if name else "  " + " ".join(line.view)
    return [r._replace(name=stem if not i else "", grade=grade if not i else "") for i, r in enumerate(rows)]


def say(action, n):
    return f"{action.rule} {action.subject} {n}/{action.count} {action.response}"


def compare_told(truth, line, ran, packets):
    """What leaves, and is told though nothing is done: an alert that the table does not have is as wrong as another."""
    first, rows, wrong = {}, [], []
    for a in ran.told:
        first.setdefault((a.rule, a.subject), a)
    for p in line.of(Told):
        a = first.pop((p.rule, p.subject), None)
        if not a:
            wrong.append(f"{p.rule} of {p.subject} is told no more")
            continue
        n = probes(packets, a)
        if n > p.within:
            wrong.append(f"{p.rule} of {p.subject} is told after {n} probes, {p.within} had been enough")
        rows.append(Row("", "", "told" if not truth.benign else "TOLD", say(a, n)))
    for a in first.values():
        wrong.append(f"not in tests/corpus/expected: tells {say(a, probes(packets, a))}")
        rows.append(Row("", "", "NEW", say(a, probes(packets, a))))
    return rows, wrong


def compare(truth, line, ran, packets):
    first, best = {}, {}
    for a in ran.actions:
        first.setdefault((a.rule, a.subject), a)
        if a.proof == "answered":
            best.setdefault((a.rule, a.subject), a)
    rows, wrong = compare_told(truth, line, ran, packets)
    for p in line.of(Found):
        a = first.pop((p.rule, p.subject), None)
        if not a:
            wrong.append(f"{p.rule} by {p.subject} is found no more")
            continue
        n = probes(packets, a)
        if n > p.within:
            wrong.append(f"{p.rule} by {p.subject} is found after {n} probes, {p.within} had been enough")
        proven = best.get((p.rule, p.subject))
        better = f", proven: {proven.response}" if proven and proven is not a else ""
        rows.append(Row("", "", "found", say(a, n) + better + (", by most seeds" if p.mostly else "")))
    for p in line.of(Harm):
        if not first.pop((p.rule, p.subject), None):
            wrong.append(f"{p.rule} no longer acts on {p.subject}: say so in tests/corpus/expected")
        rows.append(Row("", "", "FALSE", f"{p.rule} by {p.subject}: {p.why}"))
    for p in line.of(Missed):
        rows.append(Row("", "", "MISSED" if truth.grade == "MUST" else "missed", f"{p.what}: {p.why}"))
    for a in first.values():
        wrong.append(f"not in tests/corpus/expected: {say(a, probes(packets, a))}")
        rows.append(Row("", "", "NEW", say(a, probes(packets, a))))
    if not (truth.benign or line.of(Found) or line.of(Told) or line.of(Missed)):
        wrong.append(f"the manifest says {truth.grade}, tests/corpus/expected neither found, told nor missed")
    wrong += [f"acts on {s} by {r}" for s, r in falses(truth, ran.actions, line.of(Harm))]
    return rows or [Row("", "", "quiet", "nobody is above observe")], wrong


class Totals:
    def __init__(self):
        self.by = collections.defaultdict(collections.Counter)
        self.views = self.harmed = self.named = self.benign = 0

    def add(self, truth, rows, views, harmed):
        """rows: of each look at the capture; the first one says whether it is found."""
        kinds = {r.kind for r in rows[0]}
        self.views += views
        self.harmed += harmed
        self.named += sum(r.kind == "FALSE" for look in rows for r in look)
        self.benign += truth.benign
        if truth.benign:
            return
        missed = kinds & {"BROKEN"} or kinds & {"missed", "MISSED"}
        some = "found" if "found" in kinds else "told" if "told" in kinds else ""
        self.by[truth.grade][(some or "found") if not missed else "in part" if some else "missed"] += 1

    def print(self):
        print()
        for grade in ("MUST", "SHOULD", "MAY"):
            c = self.by[grade]
            print(f"{grade:7} {sum(c.values()):2} captures: {c['found']} found, {c['told']} told only, {c['in part']} found in part, "
                  f"{c['missed']} missed")
        print(f"benign  {self.benign:2} captures")
        print(f"false, in {self.views} views of all captures: {self.harmed + self.named}")
