/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_crl: read one CRL as a run does, for measuring time and memory.
 *
 * usage: read_crl CRL.der CA.der URL SERIAL
 *
 * SERIAL is the INTEGER contents of a serial number in hexadecimal.  Prints the
 * number of entries, and the reason for which it is revoked.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/response/crl.h>

#include "../support/test.h"

static struct bytes
map(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *p;

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	CHECK(p != MAP_FAILED);
	close(fd);
	return (struct bytes){ p, (size_t)st.st_size };
}

int
main(int argc, char *argv[])
{
	uint8_t serial[LIMIT_SHOWN_SERIAL];
	struct crl_query q = { .serial = { serial, 0 } };
	struct crl crl;
	enum crl_error e;

	CHECK(argc == 5);
	q.serial.n = strlen(argv[4]) / 2;
	CHECK(q.serial.n <= sizeof serial &&
	    text_unhex(argv[4], serial, q.serial.n));
	e = crl_read(map(argv[1]), map(argv[2]), argv[3], &q, 1, &crl);
	printf("%s: %" PRIu64 " entries; %s\n", crl_error_word(e), crl.entries,
	    q.revoked ? crl_reason_word(q.reason) : "not revoked");
	return e == CRL_OK && q.revoked ? 0 : 1;
}
