#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The folders are layers.  An include of a higher layer fails, and so does a
# foreign library outside its folder, a private header included from another
# layer, and a public header that only its own layer includes.
cd "${top_srcdir:-.}" || exit 1
bad=0

# The layers that a layer may include beside itself.
layers() {
	case $1 in
	base) echo ;;
	wire) echo base ;;
	policy) echo base wire ;;
	store) echo base wire policy ;;
	net) echo base wire ;;
	judge) echo base wire policy store net ;;
	sync) echo base wire policy store net judge ;;
	response) echo base wire policy store net judge sync ;;
	audit) echo base wire policy store net judge ;;
	rotate) echo base wire policy store ;;
	report) echo base wire policy store ;;
	notify) echo base wire policy store report ;;
	cli) echo base wire policy store net judge sync response audit rotate report notify ;;
	main) echo base wire store cli ;;
	*) echo "none: no such layer" ;;
	esac
}

# The libraries that the .c files of a layer may include.
libraries() {
	case $1 in
	base) echo seccomp ;;
	wire) echo openssl ;;
	policy) echo openssl jansson idn2 libpsl ;;
	store) echo jansson sqlite3 zlib ;;
	net) echo ares jansson curl zlib libdeflate openssl ;;
	judge) echo jansson ;;
	sync) echo jansson ;;
	response) echo openssl jansson ;;
	audit) echo openssl jansson ;;
	rotate) echo openssl jansson expat ;;
	report) echo jansson ;;
	notify) echo jansson ;;
	cli) echo jansson ;;
	main) echo jansson ;;
	esac
}
libc=" arpa/inet arpa/nameser assert ctype dirent endian errno fcntl getopt grp immintrin inttypes \
langinfo limits linux locale malloc math net/if netdb netinet/in poll pthread pwd sched \
semaphore signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio \
stdlib stdnoreturn string strings sys/epoll sys/eventfd sys/file sys/ioctl \
sys/mman sys/param sys/prctl sys/random sys/resource sys/select sys/socket \
sys/stat sys/statvfs sys/syscall sys/sysinfo sys/time sys/types sys/uio sys/un \
sys/utsname sys/wait syslog termios threads time unistd "

fault() {
	echo "$1: $2"
	bad=1
}

layer_of() {
	layer=${1#include/}
	layer=${layer#ctwatch/}
	layer=${layer%%/*}
	[ "$layer" = main.c ] && layer=main
}

while IFS= read -r f; do
	layer_of "$f"
	may=" $layer $(layers "$layer") "
	own=" "
	case $f in *.c) own=" $(libraries "$layer") " ;; esac
	for inc in $(sed -n 's/^# *include *\([<"][^>"]*[>"]\).*/\1/p' "$f"); do
		name=${inc:1:-1}
		stem=${name%.h}
		case $inc in
		'<ctwatch/'*)
			above=${name#ctwatch/}
			case $may in
			*" ${above%%/*} "*) ;;
			*) fault "$f" "includes $name of a higher layer" ;;
			esac
			[ "${above%%/*}" = "$layer" ] || echo "$name" >&3
			;;
		'<'*)
			case $libc$own in
			*" $stem "* | *" ${stem%%/*} "*) ;;
			*) fault "$f" "may not include $inc" ;;
			esac
			;;
		'"config.h"')
			case $f in *.h) fault "$f" "a header needs no config.h" ;; esac
			;;
		*)
			[ "${name%%/*}" = "$layer" ] && [ -f "ctwatch/$name" ] ||
			    fault "$f" "includes the private header $name"
			case $f in include/*)
				fault "$f" "a public header includes a private one: $name" ;;
			esac
			;;
		esac
	done
done 3>"${TMPDIR:-/tmp}/ctwatch-layers.$$" \
    < <(find ctwatch include -name '*.[ch]' | sort)

# A public header is included from another layer, or by a header that is.
used=$(sort -u "${TMPDIR:-/tmp}/ctwatch-layers.$$")
rm -f "${TMPDIR:-/tmp}/ctwatch-layers.$$"
while :; do
	more=$(for h in $used; do
		sed -n 's/^# *include *<\(ctwatch\/[^>]*\)>.*/\1/p' "include/$h"
	done | cat - <(printf '%s\n' $used) | sort -u)
	[ "$more" = "$used" ] && break
	used=$more
done
while IFS= read -r h; do
	case "
$used
" in
	*"
${h#include/}
"*) ;;
	*) fault "$h" "only its own layer includes it: move it to ${h#include/}" ;;
	esac
done < <(find include -name '*.h' | sort)
exit $bad
