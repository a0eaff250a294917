# SPDX-License-Identifier: GPL-2.0-or-later
"""Holds the decisions of `tidegate replay` on the captures of the corpus against its manifest.

The manifest says who misbehaves and who must be left alone; tests/corpus/expected says how each capture is looked at,
and what is found or missed today. Both ways count: what is no longer found fails, and so does what is found though the
table calls it missed. Called by tests/corpus/run.
"""
import collections
import concurrent.futures
import os
import sys

import judge
import player

POLICIES = ("database", "ssh-bastion", "workstation", "router-gateway", "web-server")
BUSIEST = 5  # hosts of a benign capture that each are the home once
SEEDS = ("1", "2", "3")


class Score:
    """Cases, as the other suites count them."""

    def __init__(self):
        self.passed = self.failed = 0

    def hold(self, name, wrong):
        if not wrong:
            self.passed += 1
            return
        self.failed += 1
        for line in wrong:
            print(f"{name}: {line}")


def views_beside(truth, capture, play):
    """Ways to look at a capture that expected does not name: whoever is the home, nobody may be harmed."""
    views = [()]
    if truth.benign:
        hosts = collections.Counter(p.src for p in play.packets(capture) if player.is_host(p.src))
        views += [("--home", host) for host, _ in sorted(hosts.most_common(BUSIEST))]
    return views


def nobody_harmed(play, truth, views, capture):
    wrong, harmed = [], 0
    for view in views:
        ran = play.replay(capture, *view)
        for subject, rule in judge.falses(truth, ran.actions):
            harmed += 1
            wrong.append(f"acts on {subject} by {rule} ({' '.join(view) or 'home guessed'})")
        for a in ran.told if truth.benign else ():
            wrong.append(f"tells {a.rule} of {a.subject} ({' '.join(view) or 'home guessed'})")
    return wrong, harmed


def same_again(play, line):
    """The same seed gives the same bytes; another one the same decisions, but for those that expected calls 'mostly'."""
    wrong = []
    if play.replay(line.capture, *line.view).said != play.replay(line.capture, *line.view).said:
        wrong.append("the same seed gave other bytes")
    runs = [play.replay(line.capture, *line.view, "--seed", s).decisions(line.unsteady()) for s in SEEDS]
    differ = set.union(*runs) - set.intersection(*runs)
    return wrong + [f"not by every seed: {' '.join(d)}" for d in sorted(differ)]


def under_policies(play, truth, line):
    wrong = []
    for policy in POLICIES:
        actions = play.replay(line.capture, *line.view, "--policy", policy).actions
        named = line.falses()
        for subject, rule in judge.falses(truth, actions):
            if (rule, subject) not in named:
                wrong.append(f"acts on {subject} by {rule} under {policy}")
    play.replay(line.capture, *line.view, "--policy", "honeypot")  # acts on the first touch, whoever it is
    return wrong


def judge_line(play, truth, line):
    """One line of expected: its rows of the table and what is wrong, per case."""
    ran = play.replay(line.capture, *line.view)
    rows, wrong = judge.compare(truth, line, ran, play.packets(line.capture))
    return rows, {
        "decisions": wrong,
        "seeds": same_again(play, line),
        "policies": under_policies(play, truth, line),
    }


def judge_capture(play, truth, lines):
    rows, cases = [], []
    for number, line in enumerate(lines):
        more, wrong = judge_line(play, truth, line)
        rows.append(judge.with_head(more, "" if number else truth.name, "" if number else truth.grade, line))
        cases += wrong.items()
    views = views_beside(truth, lines[0].capture, play)
    wrong, harmed = nobody_harmed(play, truth, views, lines[0].capture)
    cases.append(("nobody is harmed", wrong))
    return rows, cases, len(views) + len(lines), harmed


def judge_or_say(play, truth, lines):
    try:
        return judge_capture(play, truth, lines)
    except player.Broken as broken:
        row = judge.Row(truth.name, truth.grade, "BROKEN", str(broken))
        return [[row]], [("replay", [str(broken)])], len(lines), 0


def whole_corpus(play, score, pool):
    truths = judge.read_manifest(os.path.join(play.corpus, "manifest.tsv"))
    table = judge.read_expected("tests/corpus/expected")
    score.hold("tests/corpus/expected", [f"{name} is on one side only" for name in sorted(set(truths) ^ set(table))])
    names = [n for n in truths if n in table]
    results = list(pool.map(lambda n: judge_or_say(play, truths[n], table[n]), names))
    totals = judge.Totals()
    print(judge.HEAD)
    for name, (rows, cases, views, harmed) in zip(names, results):
        totals.add(truths[name], rows, views, harmed)
        for row in [row for look in rows for row in look]:
            print(row.text())
    totals.print()
    for name, (_, cases, _, _) in zip(names, results):
        for what, wrong in cases:
            score.hold(f"{name}, {what}", wrong)


def survives(play, path):
    """Exit 0, or 65 with a word of why; in time; and nobody is acted on for it."""
    wrong = []
    for view in ((), ("--home", "192.0.2.1", "--router")):
        try:
            ran = play.replay(path, *view)
        except player.Broken as broken:
            wrong.append(str(broken))
            continue
        if ran.code == 65 and not ran.complaint:
            wrong.append("refused without a word")
        wrong += [f"acts on {a.subject} by {a.rule}" for a in ran.actions]
    return wrong


def abuse(play, score, pool):
    folder = os.path.join(play.corpus, "parser")
    files = sorted(f for f in os.listdir(folder) if ".pcap" in f)
    for name, wrong in zip(files, pool.map(lambda f: survives(play, os.path.join("parser", f)), files)):
        score.hold(f"parser/{name}", wrong)
    print(f"parser: {len(files)} files read, or refused with a reason")


def all_read(play, score, pool):
    """With sanitizers: every capture once, for what they find; the decisions are the other build's business."""
    table = judge.read_expected("tests/corpus/expected")

    def once(name):
        try:
            play.replay(name, *table[name][0].view)
        except player.Broken as broken:
            return [str(broken)]
        return []

    for name, wrong in zip(table, pool.map(once, table)):
        score.hold(name, wrong)


def main(program, corpus, only, suite):
    play = player.Player(program, corpus)
    score = Score()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        if only == "parser":
            all_read(play, score, pool)
        else:
            whole_corpus(play, score, pool)
        abuse(play, score, pool)
    print(f"{suite}: {score.passed} passed, {score.failed} failed")
    return score.failed != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
