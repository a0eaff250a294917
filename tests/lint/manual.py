# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual against the programs: what the pages of packaging/man list is what there is, neither more nor less.
#
#     tests/lint/manual.py          prints what differs, with file and line; nothing where all is well
#     tests/lint/manual.py --write  writes the lists of keys, rules, options and metrics into the pages anew
#
# Those lists stand between  .\" list NAME ...  and  .\" end of list ; everything else is written by hand, and only its words are
# held against the sources. Needs B/tidegated and B/tidegate; MAN names another folder of pages.
import os
import re
import subprocess
import sys
import tempfile
import textwrap

B = os.environ.get("B", "build")
MAN = os.environ.get("MAN", "packaging/man")
PAGES = ["tidegate.1", "tidegate.conf.5", "tidegate-events.5", "tidegate-metrics.5", "tidegate-policy.5",
         "tidegate-rules.5", "tidegate-setup.7", "tidegate-exporter.8", "tidegated.8"]


def told_by(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def page(name):
    return read(os.path.join(MAN, name))


# ---- mdoc ----

def line(text, words=()):
    """A text as lines of mdoc: each sentence begins one, and no line begins as a request does. Words of a file stay as they are."""
    text = re.sub(r"`([^`]+)`", r"\1", text.strip()).replace("\\", "\\e")
    if not re.match(r"[a-z]+[_.][a-z]", text) and re.split(r"[ ,:;]", text)[0] not in words:
        text = text[0].upper() + text[1:]
    if text[-1] not in ".?!":
        text += "."
    text = re.sub(r"([a-z0-9)\"])([.?!]) (?=[A-Z0-9])", r"\1\2\n", text)
    rows = [row for sentence in text.split("\n") for row in textwrap.wrap(sentence, 79, break_long_words=False,
                                                                           break_on_hyphens=False)]
    return "\n".join("\\&" + t if t[0] in ".'" else t for t in rows)


def word(text):
    """One argument of a macro, whatever is in it."""
    text = text.replace("\\", "\\e").replace("\"", "\\(dq").replace("-", "\\-")
    if text in list("|()[].,:;?!"):
        return "\\&" + text
    return "\"%s\"" % text if " " in text or re.fullmatch(r"[A-Z][a-z]", text) else text


# ---- keys ----

def keys():
    """Of tidegated --print-keys, by where they stand."""
    found = {}
    for row in told_by(f"{B}/tidegated", "--print-keys").splitlines():
        where, name, kind, unit, preset, least, most, words, cap, what = row.split("\t")
        found.setdefault(where, []).append({
            "name": name, "list": kind.endswith("[]"), "kind": kind.removesuffix("[]"), "unit": unit, "preset": preset,
            "least": least, "most": most, "words": words.split("|") if words else [], "cap": int(cap), "what": what})
    return found


def value_of(key):
    """What stands for the value behind the name of a key."""
    kind = key["kind"]
    if kind == "bool":
        return "Cm true No \\(ba Cm false"
    if kind in ("word", "words"):
        return " No \\(ba ".join("Cm " + word(w) for w in key["words"]) + (" ..." if kind == "words" or key["list"] else "")
    name = {"number": key["unit"] or "number", "real": key["unit"] or "number", "group": "", "section": ""}.get(kind, kind)
    name = {"%": "percent"}.get(name, name)
    return ("Ar " + word(name) if name else "") + (" ..." if key["list"] else "")


def bounds_of(key, shipped=None):
    """A sentence or two: what holds where nothing is said, and how far it may be set."""
    said = []
    preset = key["preset"].strip("\"") if key["preset"] not in ("\"\"", "[]") else {"\"\"": "empty", "[]": "none"}[key["preset"]]
    if key["preset"].startswith("["):
        preset = key["preset"].strip("[]").replace("\"", "") or "none"
    unit = {"%": " %", "percent": " %", "bits": " bits"}.get(key["unit"], "")
    if shipped is not None:
        said.append("As shipped: %s%s" % (shipped or "none", unit if shipped[:1].isdigit() else ""))
    if key["preset"] and shipped is None:
        said.append("Default: %s%s" % (preset, unit if preset[0].isdigit() else ""))
    if key["least"] or key["most"]:
        ends = " or forever" if "forever" in key["words"] else ""
        said.append("%s to %s%s%s" % (key["least"], key["most"], unit, ends))
    if key["list"]:
        said.append("at most %d" % key["cap"])
    if not said:
        return ""
    return line("; ".join(said)) + "\n"


def list_of_keys(rows, skip=(), shipped=None):
    out = ".Bl -tag -width Ds -compact\n" if shipped is not None else ".Bl -tag -width Ds\n"
    for key in rows:
        if key["name"] in skip:
            continue
        out += (".It Cm %s %s" % (word(key["name"]), value_of(key))).rstrip() + "\n"
        out += line(key["what"], key["words"] + ["true", "false"]) + "\n"
        out += bounds_of(key, None if shipped is None else shipped.get(key["name"]))
    return out + ".El\n"


# ---- rules ----

def shipped_rules():
    """Of the rules as they are in force with the shipped files: file, and values as a file writes them."""
    text = told_by(f"{B}/tidegated", "-c", "policies/tidegate.conf", "--print-config")
    text = text[text.index("\nrules = ("):text.index("\npolicy = {")]
    rules = []
    for file, body in re.findall(r"\n\t\{ # rules/(\S+):\d+\n(.*?)\n\t\}", text, re.S):
        values = dict(re.findall(r"^\t\t(\w+) = (.*);$", body, re.M))
        for name, value in values.items():
            if re.fullmatch(r"-?\d+\.\d{6}", value):
                value = "%g" % round(float(value), 2)
            values[name] = value.strip("\"[]").replace("\\\"", "\"").replace("\", \"", ", ").rstrip("L")
        rules.append((file, values))
    return rules


def list_of_rules(families):
    known = keys()
    out = ".Bl -tag -width Ds\n"
    for file, values in shipped_rules():
        name = values["name"]
        if name.split(".")[0] not in families:
            continue
        out += ".It Cm %s Pq sid %s , severity %s , Pa %s\n" % (word(name), values["sid"], values["severity"], word(file))
        out += line("Why: " + values["why"][0].upper() + values["why"][1:]) + "\n"
        if name.split(".")[0] == "rate":
            settings = [f"{k} = {values[k]}" for k in ("per", "proto", "ports", "window", "limit") if values.get(k)]
            out += line("As shipped: " + ", ".join(settings)) + "\n"
        elif known.get("rule " + name):
            out += list_of_keys(known["rule " + name], shipped=values)
    return out + ".El\n"


# ---- options, metrics ----

def options():
    """Rows of the table of options: name, letter, argument, help, and whether it is one of all verbs."""
    text = read("src/app/ctl_options.c").replace("(\" CTL_SOCKET \")", "(/run/tidegate/control.sock)")
    rows = re.findall(r"\{ (\w+), \"([a-z-]+)\", (0|'.'), (NULL|\"[^\"]*\"),\s+\"([^\"\n]*)\" \},", text)
    return [(name, letter.strip("'") if letter != "0" else "", argument.strip("\"") if argument != "NULL" else "", what,
             bit == "0") for bit, name, letter, argument, what in rows]


def list_of_options(which):
    out = ".Bl -tag -width Ds\n"
    for name, letter, argument, what, general in options():
        if general != (which == "general"):
            continue
        value = ""
        if argument:
            literal = argument == argument.lower()
            value = " " + " No \\(ba ".join(("Cm " if literal else "Ar ") + word(a.lower()) for a in argument.split("|"))
        out += ".It %sFl \\-%s%s\n" % (f"Fl {letter}{value} , " if letter else "", word(name), value)
        out += line(what) + "\n"
    return out + ".El\n"


def families():
    return [row.split("\t") for row in told_by(f"{B}/tidegate", "metrics", "families", "-o", "plain").splitlines()]


def list_of_metrics():
    out = ".Bl -tag -width Ds\n"
    for name, kind, labels, what in families():
        marks = " ".join("Ar " + word(label) + (" ," if i + 1 < len(labels.split(",")) else "")
                         for i, label in enumerate(labels.split(","))) if labels else ""
        out += ".It Cm %s Pq %s%s\n" % (word(name), kind, " by " + marks if marks else "")
        out += line(what) + "\n"
    return out + ".El\n"


def made(request):
    what, *words = request.split()
    if what == "keys":
        where = " ".join(words)
        where, _, skip = where.partition(" but ")
        rows = keys()["" if where == "main" else where]
        rows = [row for row in rows if row["kind"] not in ("section", "group")] if where == "main" else rows
        return list_of_keys(rows, skip.split())
    if what == "rules":
        return list_of_rules(words)
    if what == "options":
        return list_of_options(words[0])
    assert what == "metrics", request
    return list_of_metrics()


LIST = re.compile(r"(\.\\\" list ([^\n]+)\n)(.*?)(\.\\\" end of list\n)", re.S)


def with_lists(text):
    return LIST.sub(lambda m: m[1] + made(m[2]) + m[4], text)


# ---- what is written by hand ----

def say(name, what):
    print(f"{os.path.join(MAN, name)}: {what}")


def compare(name, what, there, told):
    """Both ways."""
    for missing in sorted(set(there) - set(told)):
        say(name, f"{what} {missing} is not told")
    for strange in sorted(set(told) - set(there)):
        say(name, f"{what} {strange} is told, and there is none")


def plain(text):
    return text.replace("\\-", "-").replace("\\&", "").replace("\\(dq", "\"")


def section(name, head):
    """Of a page, from .Sh or .Ss of that name to the next of the same kind."""
    match = re.search(r"^\.(S[hs]) %s\n(.*?)(?=^\.Sh |^\.\1 |\Z)" % re.escape(head), page(name), re.S | re.M)
    if not match:
        say(name, f"has no section {head}")
    return plain(match[2]) if match else ""


def items(text, macro="Cm"):
    """The names of a list's items: of .It Cm this , Cm that."""
    found = []
    for row in re.findall(r"^\.It (.*)$", text, re.M):
        found += re.findall(r"(?:^|[ ,])%s (\S+)" % macro, row)
    return found


def check_verbs():
    table = told_by(f"{B}/tidegate", "__complete", "--", "")
    verbs = [row.split("\t")[0] for row in table.splitlines() if not row.startswith(":")]
    text = section("tidegate.1", "VERBS")
    parts = re.split(r"^\.It Ic ", text, flags=re.M)[1:]
    told = {}
    for part in parts:
        told[part.split()[0]] = part
    compare("tidegate.1", "verb", verbs, told)
    letters = {letter: name for name, letter, _, _, _ in options() if letter}
    met = set()
    for verb in set(verbs) & set(told):
        rows = told_by(f"{B}/tidegate", "__complete", "--", verb, "--").splitlines()
        general = {"--" + name for name, _, _, _, every in options() if every}
        there = {row.split("\t")[0] for row in rows if row.startswith("--")} - general
        heads = re.sub(r"Fl ([a-z])\b", lambda m: "Fl -" + letters.get(m[1], m[1]), told[verb])
        said = {"--" + name for name in re.findall(r"Fl -([a-z-]+)", heads)} - general
        met |= there
        compare("tidegate.1", f"of {verb}, option", there, said)
        for alias in re.findall(r"also: tidegate (\S+)", told_by(f"{B}/tidegate", verb, "--help")):
            if not re.search(r"Ic %s\b" % alias, told[verb]):
                say("tidegate.1", f"{verb} has the alias {alias}, which is not told")
    # The rows that were read out of the source are those that the program has.
    compare("tidegate.1", "option", met, {"--" + name for name, _, _, _, every in options() if not every})


def check_program(name, source):
    there = re.findall(r"\{ \"([a-z-]+)\", (?:required|no)_argument", read(source))
    text = page(name)
    compare(name, "option", there, re.findall(r"Fl \\?-([a-z-]+)", "\n".join(
        row for row in plain(text).splitlines() if row.startswith(".It "))))


def check_signals():
    for name, head, source in (("tidegated.8", "SIGNALS", "src/app/daemon.c"),
                               ("tidegate-exporter.8", "SIGNALS", "src/app/tidegate_exporter.c"),
                               ("tidegate.1", "SIGNALS OF NOTIFY", "src/app/ctl_notify.c")):
        there = re.findall(r"sigaddset\(&\w+, (SIG\w+)\)", read(source))
        there = there or re.findall(r"(SIG(?:HUP|USR1|USR2|TERM|INT))\b", read(source))
        compare(name, "signal", there, items(section(name, head), "Dv"))


def check_events():
    name = "tidegate-events.5"
    code = read("src/codec/event_json.c")
    body = code[code.index("event_word("):]
    words = re.findall(r"return \"([a-z-]+)\"", body[:body.index("\n}\n")])
    body = body[body.index("event_word("):]
    body = body[:body.index("\n}\n")]
    words = set(re.findall(r"\"([a-z-]+)\"", body)) - {"none"}
    compare(name, "event", words, items(section(name, "EVENTS")))
    fields = set(re.findall(r"\bput_\w+\(\w+, \"(\w+)\"", code + read("src/codec/egress_say.c")))
    compare(name, "field", fields, items(section(name, "THE FIELDS")))
    cef = read("src/codec/event_cef.c")
    there = set(re.findall(r"\bput(?:_\w+)?\(&?t, (?:source \? )?\"(\w+)\"", cef))
    there |= set(re.findall(r"source \? \"(\w+)\" : \"(\w+)\"", cef)[0]) if "source ?" in cef else set()
    there |= {w for pair in re.findall(r"source \? \"(\w+)\" : \"(\w+)\"", cef) for w in pair} | {"rt"}
    compare(name, "key of CEF", there, items(section(name, "CEF")))
    compare(name, "category", set(re.findall(r"return \"([A-Z][^\"]*)\"", code)),
            re.findall(r"^\.Dq (.*)$", section(name, "Categories"), re.M))


def check_hooks():
    there = re.findall(r"\b(TIDEGATE_[A-Z_]+)=?\b", read("src/app/ctl_notify_hooks.c"))
    there = [t.rstrip("_") for t in there if t != "TIDEGATE_APP_CTL_NOTIFY_H"]
    compare("tidegate.1", "variable", there, items(section("tidegate.1", "HOOKS"), "Ev"))


def check_routes():
    """Paths of the exporter."""
    there = re.findall(r"\[HTTP_\w+\] = \{ \"(/[^\"]*)\"", read("src/codec/http_route.c"))
    rows = "\n".join(row for row in section("tidegate-exporter.8", "Paths").splitlines() if row.startswith(".It "))
    compare("tidegate-exporter.8", "path", there, re.findall(r"Pa (/\S*)", rows))


def check_files():
    """What the pages say lies below /usr/share/tidegate is what packaging/install puts there, from the folders of that name."""
    for name in PAGES:
        for path in set(re.findall(r"/usr/share/tidegate/([\w./-]*\w)", page(name))):
            if not os.path.exists(os.path.join("packaging", path)) and not os.path.exists(path):
                say(name, f"/usr/share/tidegate/{path} is installed from nowhere")


def check_examples():
    """Pieces of configuration in the pages are read by the daemon without a word."""
    for name in ("tidegate.conf.5", "tidegate-rules.5", "tidegate-policy.5"):
        for number, text in enumerate(re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed", page(name), re.S | re.M), 1):
            with tempfile.TemporaryDirectory() as folder:
                policy = "example" if name == "tidegate-policy.5" else "web-server"
                main = "policy_path = [\"p\", \"%s/policies\"]; rules_path = [\"%s/rules\"]; policy = \"%s\";\n" % (
                    os.getcwd(), os.getcwd(), policy)
                place = "p/example.conf" if policy == "example" else "conf.d/example.conf"
                os.makedirs(os.path.dirname(os.path.join(folder, place)))
                for file, content in (("tidegate.conf", main), (place, text.replace("user = \"backup\"", "user = \"root\""))):
                    with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                        out.write(content)
                ran = subprocess.run([f"{B}/tidegated", "-c", f"{folder}/tidegate.conf", "--check-config"], check=False,
                                     capture_output=True, text=True)
            if ran.returncode or ran.stderr:
                say(name, f"example {number}: {ran.stderr.strip()}")


def check_codes():
    there = set(re.findall(r"CTL_\w+ = (\d+)", read("include/codec/ctl_msg.h")))
    compare("tidegate.1", "exit code", there, re.findall(r"^\.It (\d+)", section("tidegate.1", "EXIT STATUS"), re.M))


def check_complete():
    """Each key and rule stands in a list somewhere, so that a new section is not forgotten."""
    lists = [m[1] for name in PAGES for m in LIST.findall(page(name))]
    wanted = {"keys " + (where or "main") for where in keys() if not where.startswith("rule ")}
    told = {re.sub(r" but .*", "", request) for request in lists}
    for missing in sorted(wanted - told):
        print(f"{MAN}: no page lists the {missing}")
    rules = {values["name"].split(".")[0] for _, values in shipped_rules()}
    for missing in sorted(rules - {f for r in lists if r.startswith("rules ") for f in r.split()[1:]}):
        print(f"{MAN}: no page lists the rules {missing}.*")


def check_lists():
    for name in PAGES:
        text = page(name)
        want = with_lists(text)
        if want != text:
            rows = zip(text.splitlines(), want.splitlines())
            at = next((i for i, (a, b) in enumerate(rows, 1) if a != b), 0)
            print(f"{os.path.join(MAN, name)}:{at}: a list is not what the program says: tests/lint/manual.py --write")


def check_pages():
    there = {n for n in os.listdir(MAN) if re.search(r"\.[1578]$", n)}
    compare("", "page", there, PAGES)
    for name in sorted(there):
        for other, number in re.findall(r"Xr (tidegate[a-z.-]*) (\d)", page(name)):
            if f"{other}.{number}" not in there:
                say(name, f"refers to {other}({number}), and there is no such page")


def main():
    if sys.argv[1:] == ["--write"]:
        for name in PAGES:
            text = page(name)
            want = with_lists(text)
            if want != text:
                with open(os.path.join(MAN, name), "w", encoding="utf-8") as file:
                    file.write(want)
        return
    check_pages()
    check_lists()
    check_complete()
    check_verbs()
    check_program("tidegated.8", "src/app/tidegated.c")
    check_program("tidegate-exporter.8", "src/app/tidegate_exporter.c")
    check_signals()
    check_events()
    check_hooks()
    check_codes()
    check_routes()
    check_files()
    check_examples()


main()
