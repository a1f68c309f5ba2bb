#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The folders are floors: an include that climbs, or that names a foreign
# library where it does not live, is a failure.
cd "${top_srcdir:-.}" || exit 1
bad=0

# What a floor may include beside itself, and the libraries its .c may name.
floors() {
	case $1 in
	base) echo ;;
	wire) echo base ;;
	policy) echo base wire ;;
	store) echo base wire policy ;;
	net) echo base wire ;;
	scan) echo base wire policy store net ;;
	rotate) echo base wire policy store ;;
	report) echo base wire policy store ;;
	cli) echo base wire policy store net scan rotate report ;;
	main) echo cli ;;
	*) echo "none: no such floor" ;;
	esac
}
libraries() {
	case $1 in
	wire) echo openssl ;;
	policy) echo openssl jansson idn2 libpsl ;;
	store) echo jansson sqlite3 ;;
	net) echo jansson curl zlib libdeflate ;;
	scan) echo jansson ;;
	rotate) echo openssl jansson ;;
	report) echo jansson ;;
	cli) echo jansson ;;
	esac
}
libc=" arpa/inet assert ctype dirent endian errno fcntl getopt grp immintrin inttypes \
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

while IFS= read -r f; do
	floor=${f#include/}
	floor=${floor#ctwatch/}
	floor=${floor%%/*}
	[ "$f" = ctwatch/main.c ] && floor=main
	may=" $floor $(floors "$floor") "
	own=" "
	case $f in *.c) own=" $(libraries "$floor") " ;; esac
	for inc in $(sed -n 's/^# *include *\([<"][^>"]*[>"]\).*/\1/p' "$f"); do
		name=${inc:1:-1}
		stem=${name%.h}
		case $inc in
		'<ctwatch/'*)
			above=${name#ctwatch/}
			case $may in
			*" ${above%%/*} "*) ;;
			*) fault "$f" "climbs to $name" ;;
			esac
			;;
		'<'*)
			case $libc$own in
			*" $stem "* | *" ${stem%%/*} "*) ;;
			*) fault "$f" "may not name $inc" ;;
			esac
			;;
		'"config.h"')
			case $f in *.h) fault "$f" "a header needs no config.h" ;; esac
			;;
		*) fault "$f" "include $inc as <ctwatch/FLOOR/...>" ;;
		esac
	done
done < <(find ctwatch include -name '*.[ch]' | sort)
exit $bad
