# SPDX-License-Identifier: Apache-2.0
# lib: install what is missing, and build.  The scripts source it.  The build is
# in build/, the output of each step in build/*.log.  Packages are installed on
# Debian and Ubuntu only, with apt-get.
set -eu
cd "$(dirname "$0")/.."

# Packages of Debian 12 that the build needs.
build_packages='autoconf automake gcc libc-ares-dev libc6-dev
	libcurl4-openssl-dev libexpat1-dev libidn2-dev libjansson-dev libpsl-dev
	libseccomp-dev libsqlite3-dev libssl-dev make pkg-config zlib1g-dev'

say() {
	printf '%s\n' "== $*"
}

fail() {
	printf '%s\n' "${0##*/}: $*" >&2
	exit 1
}

# step LOG WHAT COMMAND ...: run a command with its output in build/LOG.log; if
# it fails, print the end of the log, and exit.
step() {
	log=build/$1.log
	what=$2
	shift 2
	say "$what"
	"$@" >"$log" 2>&1 </dev/null || {
		tail -n 40 "$log" >&2
		fail "failed: $what (whole output: $log)"
	}
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# missing PACKAGE ...: print those that are not installed.
missing() {
	for p; do
		dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null |
		    grep -q ' installed$' || printf '%s ' "$p"
	done
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o DPkg::Lock::Timeout=600 "$@"
}

# install_packages PACKAGES EXTRA: install both, EXTRA as far as the archive has
# it.
# shellcheck disable=SC2086 # lists of words
install_packages() {
	if ! command -v dpkg-query >/dev/null ||
	    ! command -v apt-get >/dev/null; then
		say "neither Debian nor Ubuntu: these packages must be installed:" $1
		return
	fi
	need=$(missing $1)
	extra=$(missing $2)
	[ -n "$need$extra" ] || return 0
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		[ -z "$need" ] ||
		    fail "neither root nor sudo: install these packages: $need"
		say "neither root nor sudo: tests are skipped without $extra"
		return
	fi
	say "reading the package lists"
	if ! apt update >build/apt-update.log 2>&1 </dev/null; then
		cat build/apt-update.log >&2
		[ -z "$need" ] || fail "failed: reading the package lists"
		say "no package archive: tests are skipped without $extra"
		return
	fi
	for p in $extra; do
		if apt-cache show "$p" >/dev/null 2>&1; then
			need="$need $p"
		else
			say "not in the archive: tests are skipped without $p"
		fi
	done
	[ -z "$need" ] || step apt-install "installing missing packages" \
	    apt install --no-install-recommends $need
}

configure_and_make() {
	step autoreconf "making configure" ./autogen.sh
	step configure "configuring" in_build ../configure -q "$@"
	step make "building" in_build make -j "$(nproc)"
}

in_build() {
	(cd build && "$@")
}
