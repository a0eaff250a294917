#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pages.py PORT FOLDER: an HTTP server that many may call at once, and that takes what is PUT: it prints path, bytes and
KiB a second of each, without its first second, and "0" for a shorter one."""
import functools
import http.server
import sys
import time


class Pages(http.server.SimpleHTTPRequestHandler):
    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        total = got = 0
        first = last = time.monotonic() + 1
        try:
            while left > 0 and (data := self.rfile.read1(min(left, 1 << 18))):
                left -= len(data)
                total += len(data)
                at = time.monotonic()
                if at > first:
                    got += len(data)
                    last = at
        except OSError:
            pass  # its end is as good as any
        print(self.path, total, int(got / 1024 / (last - first)) if last > first else 0, flush=True)
        if not left:
            self.send_response(201)
            self.end_headers()


def main():
    http.server.ThreadingHTTPServer.request_queue_size = 1024
    page = functools.partial(Pages, directory=sys.argv[2])
    http.server.ThreadingHTTPServer(("", int(sys.argv[1])), page).serve_forever()


main()
