# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a report is a page that stands alone: XML, with a policy that allows its own style sheet by its hash, and without
a script, a handler, a style of an element's own, or anything that a browser would fetch."""
import base64
import hashlib
import re
import sys
import xml.etree.ElementTree as tree


def wrong(text):
    root = tree.fromstring(text.replace("<!DOCTYPE html>", "", 1))
    style = re.search("<style>(.*?)</style>", text, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = [m.get("content") for m in root.iter("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    if len(policy) != 1 or not policy[0].startswith("default-src 'none'; style-src 'sha256-%s';" % digest):
        yield "policy: %s, style: %s" % (policy, digest)
    if re.search(r"url\(|@import|://", text):
        yield "an address"
    for e in root.iter():
        if e.tag in ("script", "link", "img", "image", "use", "iframe", "object", "embed", "form", "base", "a:href"):
            yield "element " + e.tag
        for name, value in e.attrib.items():
            if name.startswith("on") or name in ("style", "src", "action") or (name == "href" and value[0] != "#"):
                yield "attribute %s of %s" % (name, e.tag)
    if root.get("lang") != "en" or len(list(root.iter("h1"))) != 1:
        yield "no language, or no heading"


found = list(wrong(open(sys.argv[1], encoding="utf-8", newline="").read()))
print("\n".join(found))
sys.exit(1 if found else 0)
