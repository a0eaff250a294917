# SPDX-License-Identifier: GPL-2.0-or-later
"""What tidegate history says of a file that probe_history has filled, against the sum of the same formula.

history.py NOW MONTHS TOOL ARGUMENT...: prints each difference, and "N compared" at the end."""
import datetime
import json
import subprocess
import sys

NOW, MONTHS, TOOL = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
OFFSET = 3600
compared = 0


def civil(local_s):
    return datetime.datetime.fromtimestamp(local_s, datetime.timezone.utc)


def same(what, got, wanted):
    global compared
    compared += 1
    if got != wanted:
        print(f"{what}: {got!r}, should be {wanted!r}")


def first_slot():
    day = civil(NOW + OFFSET)
    month = day.year * 12 + day.month - 1 - MONTHS
    for number in range(day.day, 0, -1):  # the 31st of a shorter month is its last day
        try:
            begin = datetime.datetime(month // 12, month % 12 + 1, number, tzinfo=datetime.timezone.utc)
            return int(begin.timestamp()) - OFFSET
        except ValueError:
            continue
    raise SystemExit("no such month")


def slots():
    for start in range(first_slot(), NOW - 299, 300):
        when = civil(start + OFFSET)
        yield when, 1000000 * (1 + when.hour) // (2 if when.weekday() >= 5 else 1)


def sums():
    table = {"hour": {}, "day": {}, "month": {}, "year": {}}
    for when, carried in slots():
        for by, form in (("hour", "%Y-%m-%dT%H:00"), ("day", "%Y-%m-%d"), ("month", "%Y-%m"), ("year", "%Y")):
            key = when.strftime(form)
            known = table[by].setdefault(key, [0, 0, 0])
            known[0] += carried
            known[1] += 300
            known[2] += when.hour + 1
    return table


def run(*words):
    return subprocess.run(TOOL + list(words), capture_output=True, text=True, check=False)


def objects(*words):
    return [json.loads(line) for line in run(*words, "-o", "json").stdout.splitlines()]


def rows_against(table, by, since):
    got = {o["begin"]: o for o in objects("eth0", "--by", by, "--since", since)}
    wanted = table[by]
    if by == "hour":  # those before are forgotten
        least = civil(NOW + OFFSET - 399 * 86400).strftime("%Y-%m-%dT%H:00")
        got = {k: v for k, v in got.items() if k >= least}
        wanted = {k: v for k, v in wanted.items() if k >= least}
    same(f"{by}s that are known", sorted(got), sorted(wanted))
    for key in wanted:
        o = got.get(key, {})
        same(f"{by} {key}", (o.get("bytes_in"), o.get("bytes_out"), o.get("seconds")),
             (wanted[key][0], 10 * wanted[key][0], wanted[key][1]))


def in_words(n):
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if n < 999.5:
            break
        n /= 1000
    digits = 0 if unit == "B" or n >= 99.95 else 1 if n >= 9.995 else 2
    return f"{n:.{digits}f} {unit}"


def table_against(table):
    day = civil(NOW + OFFSET)
    yesterday = table["day"][(day - datetime.timedelta(days=1)).strftime("%Y-%m-%d")]
    lines = run("eth0").stdout.splitlines()
    rate = in_words(yesterday[0] * 11 * 8 // yesterday[1]).replace("B", "bit/s")
    same("the head", lines[0].split(), ["eth0", "received", "sent", "total", "mean", "by", "its", "end"])
    same("yesterday", lines[1].rstrip(), "  yesterday       %9s  %9s  %9s  %12s" % (
        in_words(yesterday[0]), in_words(yesterday[0] * 10), in_words(yesterday[0] * 11), rate))
    for line in lines:
        same("80 columns", len(line) <= 80, True)
    bars = [line[48:] for line in lines if line[2:5] in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    same("the longest bar", max(len(bar) for bar in bars), 30)
    same("its parts", {bar.count("#") for bar in bars if len(bar) == 30}, {3})
    same("what it is made of", set("".join(bars)), {"#", "-"})


def growth_against(table):
    now, = (o for o in objects() if o["series"] == "link eth0")
    growth = {g["against"]: g for g in now["growth"] if g["of"] == "today"}
    passed = (NOW + OFFSET) % 86400 // 300
    day = civil(NOW + OFFSET)
    if passed == 0:
        return
    today = table["day"][day.strftime("%Y-%m-%d")]
    same("of today, now", growth["yesterday"]["bytes_now"], today[0] * 11)
    for back, name in ((1, "yesterday"), (7, None), (28, None), (364, None)):
        then = day - datetime.timedelta(days=back)
        name = name or then.strftime("%a %Y-%m-%d")
        weight = 2 if then.weekday() >= 5 else 1
        carried = sum(1000000 * (1 + slot // 12) // weight for slot in range(passed)) * 11
        same(f"{name}, to the same minute", abs(growth[name]["bytes_then"] - carried) < 100, True)
        wanted = round((today[0] * 11 / today[1]) / (carried / (passed * 300)) * 100 - 100, 1)
        same(f"growth against {name}", abs(growth[name]["percent"] - wanted) <= 0.11, True)
    same("weeks of the median", [g["n"] for a, g in growth.items() if a.endswith("median")], [4])


def main():
    table = sums()
    for by in ("year", "month", "day", "hour"):
        rows_against(table, by, "600d")
    table_against(table)
    growth_against(table)
    print(f"{compared} compared")


main()
