#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verify the files beside this one.  Needs openssl and the POSIX utilities.
# Prints a line for each claim that holds; ends with 1 at the first that fails.
set -u
cd "$(dirname "$0")" && t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
fail() { echo "failed: $*"; exit 1; }
part() { dd if="$1" bs=1 skip="$2" count="$3" 2>/dev/null; }
sha256() { openssl dgst -sha256 -binary; }
number() { case $1 in '' | *[!0-9]* | ????????????????????*) fail "not a number: $1" ;; esac; }
u64() { for s in 56 48 40 32 24 16 8 0; do printf "\\$(printf %03o $(($1 >> s & 255)))"; done; }
integer() { n=0; for b in $(part "$1" "$2" "$3" | od -An -tu1); do n=$(((n << 8) | b)); done; echo "$n"; }
signed() { openssl dgst -sha256 -verify log-key.der -keyform DER -signature "$1" "$2" >"$t/out" 2>&1; }
hash() { printf '%s\n' "$1" | openssl base64 -d -A >"$2" && [ $(($(wc -c <"$2"))) -eq 32 ] || fail "not a hash: $1"; }
for f in $(cut -c67- MANIFEST); do
	printf '%s  %s\n' "$(openssl dgst -sha256 -r "$f" | cut -c1-64)" "$f"
done >"$t/manifest" 2>/dev/null
cmp -s "$t/manifest" MANIFEST || fail "a file is not as MANIFEST lists it"
echo "verified: every file is as MANIFEST lists it"
leaf=leaf.bin
[ ! -f other-leaf.bin ] || leaf=other-leaf.bin
if [ -f head.note ]; then cat head.note; else sed '1,/^$/d' proof.tlog-proof; fi >"$t/head"
origin=$(sed -n 1p "$t/head") size=$(sed -n 2p "$t/head")
hash "$(sed -n 3p "$t/head")" "$t/root"
number "$size"
if [ ! -f head.note ]; then
	exec 3<proof.tlog-proof
	read -r word <&3 && [ "$word" = c2sp.org/tlog-proof@v1 ] || fail "not a tlog-proof"
	read -r word index <&3 && [ "$word" = index ] || fail "no index in the proof"
	number "$index" && number "$size" && [ "$index" -lt "$size" ] || fail "index $index of $size"
	{ printf '\000' && cat "$leaf"; } | sha256 >"$t/node"
	i=$index last=$((size - 1))
	while read -r word <&3 && [ -n "$word" ]; do
		hash "$word" "$t/beside"
		[ "$last" -gt 0 ] || fail "the proof is too long"
		set -- "$t/node" "$t/beside"
		if [ $((i & 1)) -eq 1 ] || [ "$i" -eq "$last" ]; then
			set -- "$t/beside" "$t/node"
			while [ $((i & 1)) -eq 0 ]; do i=$((i >> 1)) last=$((last >> 1)); done
		fi
		{ printf '\001' && cat "$@"; } | sha256 >"$t/parent" && mv "$t/parent" "$t/node"
		i=$((i >> 1)) last=$((last >> 1))
	done
	[ "$last" -eq 0 ] && cmp -s "$t/node" "$t/root" || fail "the proof does not lead to the root"
	echo "verified: $leaf is entry $index of the tree of $size entries"
fi
# cosigned: the line of a verifier key in the checkpoint, over $t/text; ends with 2 if this openssl cannot check it.
cosigned() {
	name=${1%%+*} id=${1#*+} && id=${id%%+*}
	printf '%s\n' "${1#*+*+}" | openssl base64 -d -A >"$t/key" || return 1
	type=$(integer "$t/key" 0 1)
	while read -r word signer line; do
		[ "$signer" = "$name" ] && printf '%s\n' "$line" | openssl base64 -d -A >"$t/line" &&
		    [ "$(part "$t/line" 0 4 | od -An -tx1 | tr -d ' ')" = "$id" ] && break
		signer=
	done <"$t/head"
	[ "$signer" = "$name" ] || return 1
	case $type in
	4)
		{ printf '\060\052\060\005\006\003\053\145\160\003\041\000' && part "$t/key" 1 32; } >"$t/spki"
		{ printf 'cosignature/v1\ntime %s\n' "$(integer "$t/line" 4 8)" && cat "$t/text"; } >"$t/message"
		;;
	6)
		{ printf '\060\202\005\062\060\013\006\011\140\206\110\001\145\003\004\003\021\003\202\005\041\000' && part "$t/key" 1 1312; } >"$t/spki"
		{ printf 'subtree/v1\n\000' && printf "\\$(printf %03o ${#name})" && printf %s "$name" && part "$t/line" 4 8 &&
		    printf "\\$(printf %03o ${#origin})" && printf %s "$origin" && u64 0 && u64 "$size" && cat "$t/root"; } >"$t/message"
		;;
	*) return 1 ;;
	esac
	openssl pkey -pubin -inform DER -in "$t/spki" -noout >/dev/null 2>&1 || return 2
	part "$t/line" 12 4096 >"$t/sig"
	openssl pkeyutl -verify -pubin -keyform DER -inkey "$t/spki" -rawin -in "$t/message" -sigfile "$t/sig" >/dev/null 2>&1
}
if [ -f cosigners ]; then
	sed '/^$/,$d' "$t/head" >"$t/text"
	quorum=$(sed -n 1p cosigners) valid=0
	number "$quorum"
	for vkey in $(sed 1d cosigners); do
		cosigned "$vkey"
		case $? in
		0) valid=$((valid + 1)) && echo "verified: the checkpoint is cosigned by ${vkey%%+*}" ;;
		2) echo "not checked: this openssl cannot verify the cosignature of ${vkey%%+*}" ;;
		esac
	done
	[ "$valid" -ge "$quorum" ] || fail "$valid cosigners have signed the checkpoint, and the quorum is $quorum"
else
	{ printf '%s\n\005' "$origin" && sha256 <log-key.der; } | sha256 >"$t/id"
	while read -r word name line; do
		[ "$name" = "$origin" ] && printf '%s\n' "$line" | openssl base64 -d -A >"$t/line" &&
		    [ "$(part "$t/line" 0 4 | od -An -tx1)" = "$(part "$t/id" 0 4 | od -An -tx1)" ] && break
	done <"$t/head"
	{ printf '\000\001' && part "$t/line" 4 8 && u64 "$size" && cat "$t/root"; } >"$t/sth"
	part "$t/line" 16 1024 >"$t/sig" && signed "$t/sig" "$t/sth" || fail "the tree head is not signed by log-key.der"
	echo "verified: the tree head is signed by the log $origin"
fi
if [ -f sct.bin ]; then
	set -- $(part sct.bin 41 2 | od -An -tu1)
	part sct.bin $((47 + $1 * 256 + $2)) 1024 >"$t/sig" && signed "$t/sig" leaf.bin || fail "sct.bin is not signed by log-key.der"
	echo "verified: the log promised this entry in the SCT"
fi
if [ -f head.note ] || [ -f other-leaf.bin ]; then
	[ -f sct.bin ] || fail "no sct.bin"
	at=$(integer sct.bin 33 8) dated=$(integer "$t/line" 4 8)
	[ "$dated" -gt "$at" ] || fail "the tree head is older than the SCT"
	echo "verified: the tree head is dated $(((dated - at) / 1000)) s after the SCT"
	if [ "$(integer sct.bin 41 5)" -eq $(((8 << 24) | 5)) ]; then # leaf_index
		at=$(integer sct.bin 46 5)
		if [ -f head.note ]; then
			[ "$at" -ge "$size" ] || fail "the tree has an entry $at"
			echo "verified: the SCT is of entry $at, and the tree has $size entries"
		else
			[ "$at" -eq "$index" ] && ! cmp -s leaf.bin other-leaf.bin || fail "the SCT is of entry $at"
			echo "verified: the SCT is of entry $at, which is another one"
		fi
	fi
fi
if [ -f entry.der ] && [ -f chain/0.der ]; then
	[ "$(part leaf.bin 11 1 | od -An -tu1)" -eq 1 ] || part leaf.bin 15 $(($(wc -c <entry.der))) | cmp -s - entry.der || fail "entry.der is not the certificate in leaf.bin"
	for f in entry chain/0; do openssl x509 -inform DER -in "$f.der" -out "$t/${f#chain/}.pem" || fail "$f.der"; done
	openssl verify -partial_chain -trusted "$t/0.pem" -no_check_time -ignore_critical "$t/entry.pem" >"$t/out" 2>&1 || fail "entry.der is not signed by chain/0.der"
	echo "verified: the certificate is signed by $(openssl x509 -in "$t/0.pem" -noout -subject)"
fi
