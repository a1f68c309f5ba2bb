#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# oci.sh PACKAGE DIR [SUITE]: make an OCI image of the Debian package PACKAGE, a
# .deb, in the new folder DIR (an OCI image layout, tag "latest"), without a
# registry and without running a container.  SUITE is the release of Debian that
# the package was built on; bookworm.  Needs root, and Debian's packages
# mmdebstrap and umoci.
set -eu

fail() {
	printf '%s\n' "oci.sh: $*" >&2
	exit 1
}

[ $# -ge 2 ] || fail "usage: oci.sh PACKAGE DIR [SUITE]"
package=$1
image=$2
suite=${3:-bookworm}
[ -f "$package" ] || fail "$package: no such file"
[ ! -e "$image" ] || fail "$image exists: give a new folder"
for tool in mmdebstrap umoci dpkg-deb; do
	command -v "$tool" >/dev/null || fail "$tool is not installed"
done
# The user of the service has a fixed number, since volumes remember it and
# Kubernetes wants a number for runAsNonRoot.
user=10001

# The packages that it depends on, the first of each alternative; this one makes
# users without systemd.
depends=$(dpkg-deb -f "$package" Depends | tr , '\n' |
    sed 's/[|(].*//; s/ //g; s/^systemd$/systemd-standalone-sysusers/' |
    paste -sd, -)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mmdebstrap --quiet --variant=essential --mode=root \
    --aptopt='APT::Sandbox::User "root"' \
    --include="$depends" \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook="echo _ctwatch:x:$user: >>\"\$1/etc/group\"" \
    --customize-hook="echo _ctwatch:x:$user:$user::/var/lib/ctwatch:/usr/sbin/nologin \
	>>\"\$1/etc/passwd\"" \
    --customize-hook="upload $package /package.deb" \
    --customize-hook='chroot "$1" dpkg -i /package.deb && rm "$1/package.deb"' \
    --customize-hook="install -d -o $user -g $user -m 750 \
	\"\$1/var/lib/ctwatch\"" \
    "$suite" "$work/root.tar"
umoci init --layout "$image"
umoci new --image "$image:latest"
umoci raw add-layer --image "$image:latest" "$work/root.tar"
umoci config --image "$image:latest" --os linux \
    --architecture "$(dpkg-deb -f "$package" Architecture)" \
    --config.user "$user:$user" --config.workingdir /var/lib/ctwatch \
    --config.volume /var/lib/ctwatch \
    --config.env STATE_DIRECTORY=/var/lib/ctwatch \
    --config.entrypoint /usr/bin/ctwatch --config.cmd run --config.cmd --quiet
umoci gc --layout "$image"
du -sh "$image"
