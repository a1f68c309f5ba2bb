#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# autogen.sh        make ./configure
# autogen.sh demo   scripts/demo.sh: build, and show ctwatch at work
# autogen.sh check  scripts/check.sh: build, and run all tests
# Further words go to configure.
set -eu
cd "$(dirname "$0")"
case ${1-} in
'') exec autoreconf -fi ;;
demo | check)
	what=$1
	shift
	exec "scripts/$what.sh" "$@"
	;;
*)
	echo "usage: autogen.sh [demo|check [CONFIGURE-OPTION ...]]" >&2
	exit 1
	;;
esac
