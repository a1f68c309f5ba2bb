#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# pictures.sh: take the pictures of doc/ from the state of `./autogen.sh demo',
# with Debian's packages chromium and pngquant.
. "$(dirname "$0")/lib.sh"

state=build/demo/state
work=build/pictures
[ -d "$state" ] || fail "no state of the demonstration: run ./autogen.sh demo"
install_packages 'chromium pngquant python3' ''
mkdir -p "$work"

# shoot PAGE WIDTH HEIGHT PICTURE: a page as a PNG with few colours.
shoot() {
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars \
	    --force-device-scale-factor=1 --window-size="$2,$3" \
	    --screenshot="$work/shot.png" "file://$PWD/$1" >"$work/log" 2>&1 ||
	    fail "chromium: $(tail -n 3 "$work/log")"
	pngquant --force --strip --speed 1 --output "$4" 64 "$work/shot.png"
	say "$4: $(wc -c <"$4") bytes"
}

# terminal COMMAND ...: a page that shows the output of ctwatch on a terminal.
terminal() {
	python3 scripts/terminal_page.py build/ctwatch/ctwatch "$@"
}

build/ctwatch/ctwatch report --state "$state" --format html \
    --output "$work/report.html"
shoot "$work/report.html" 1000 1100 doc/report.png
terminal report --state "$state" >"$work/terminal.html"
shoot "$work/terminal.html" 760 820 doc/terminal.png
