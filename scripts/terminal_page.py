#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print a page that shows what a command writes on a terminal of 80 columns.

usage: terminal_page.py PROGRAM ARG ...
"""
import html, os, pty, re, sys

# What SGR codes mean (ECMA-48, 8.3.117): the style of a span.
STYLES = {1: "font-weight:bold", 2: "opacity:.7", 4: "text-decoration:underline",
          7: "color:#1d1f21;background:#d8d8d8", 31: "color:#ff6b6b",
          32: "color:#7bd88f", 33: "color:#fce566", 34: "color:#5ad4e6",
          35: "color:#d3a0ff", 36: "color:#5ad4e6", 90: "color:#8b8b8b",
          41: "background:#b3261e", 97: "color:#fff", 37: "color:#fff",
          91: "color:#ff8f8f", 92: "color:#a0e8b0", 93: "color:#fff08a"}


def output(words):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="50")
        os.environ.pop("NO_COLOR", None)
        os.execv(words[0], words)
    data = b""
    try:
        while chunk := os.read(fd, 65536):
            data += chunk
    except OSError:
        pass
    os.waitpid(pid, 0)
    return data.decode()


def spans(text):
    style = []
    for part in re.split(r"(\x1b\[[0-9;]*m)", text.replace("\r", "")):
        match = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not match:
            yield '<span style="%s">%s</span>' % (
                ";".join(style), html.escape(part)) if part else ""
            continue
        for code in (int(c or 0) for c in match[1].split(";")):
            style = [] if code == 0 else style + [STYLES.get(code, "")]


shown = os.path.basename(sys.argv[1]) + " " + sys.argv[2]
print('<!doctype html><meta charset="utf-8"><body style="margin:0;'
      'background:#1d1f21"><pre style="margin:0;padding:16px;color:#d8d8d8;'
      'font:14px/1.3 \'DejaVu Sans Mono\',monospace">'
      '$ <b>%s</b>\n%s</pre>' % (html.escape(shown),
                                 "".join(spans(output(sys.argv[1:])))))
