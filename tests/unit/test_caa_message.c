/* SPDX-License-Identifier: Apache-2.0 */
/* test_caa_message: CAA records in DNS messages, well formed and hostile.  The
 * messages are written as RFC 1035, 4, describes them. */
#include <string.h>

#include "../support/test.h"
#include "net/caa_message.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/caa_set.h>

#define CAA   257
#define CNAME 5

/* The name www.example.com, and a pointer to it in the question. */
#define NAME     "\3www\7example\3com\0"
#define QUESTION "\xc0\x0c"

static struct buf message;

static void
u16(unsigned v)
{
	buf_add_byte(&message, (uint8_t)(v >> 8));
	buf_add_byte(&message, (uint8_t)v);
}

/* Begin an answer with these flags and n records. */
static void
begin(unsigned flags, unsigned n)
{
	buf_clear(&message);
	u16(0x1234);
	u16(0x8180 | flags);
	u16(1);
	u16(n);
	u16(0);
	u16(0);
	buf_add(&message, bytes_at(NAME, sizeof NAME - 1));
	u16(CAA);
	u16(1);
}

static void
record(struct bytes name, unsigned type, unsigned class, unsigned ttl,
    struct bytes rdata)
{
	buf_add(&message, name);
	u16(type);
	u16(class);
	u16(0);
	u16(ttl);
	u16((unsigned)rdata.n);
	buf_add(&message, rdata);
}

static void
caa(unsigned ttl, const char *rdata, size_t n)
{
	record(bytes_of(QUESTION), CAA, 1, ttl, bytes_at(rdata, n));
}

#define CAA_RECORD(ttl, text) caa(ttl, text, sizeof(text) - 1)

static const char *
parse(struct caa_message *m, struct buf *set)
{
	return caa_message_parse(buf_view(&message), m, set);
}

static void
refuses(const char *fault)
{
	struct caa_message m;
	struct buf set;
	const char *said;

	buf_init(&set, LIMIT_CAA_SET);
	said = parse(&m, &set);
	if (said == NULL || strcmp(said, fault) != 0)
		fprintf(stderr, "wanted: %s; got: %s\n", fault,
		    said != NULL ? said : "none");
	CHECK(said != NULL && strcmp(said, fault) == 0);
	buf_fini(&set);
}

static void
reads_records(void)
{
	struct caa_set_record r;
	struct caa_message m;
	struct bytes rest;
	struct buf set;

	buf_init(&set, LIMIT_CAA_SET);
	begin(0x20, 3);
	CAA_RECORD(300, "\0\5issueletsencrypt.org");
	CAA_RECORD(60, "\x80\5issue;");
	CAA_RECORD(600, "\0\5issue"); /* an empty value */
	CHECK(parse(&m, &set) == NULL);
	CHECK(m.rcode == 0 && m.authenticated && m.ttl == 60);
	rest = buf_view(&set);
	CHECK(caa_set_next(&rest, &r) && r.value.n == 0);
	CHECK(caa_set_next(&rest, &r) && r.flags == 0x80 &&
	    bytes_is(r.value, ";"));
	CHECK(caa_set_next(&rest, &r) && bytes_is(r.value, "letsencrypt.org"));
	CHECK(rest.n == 0);
	/* No record, and no DNSSEC: SERVFAIL, NXDOMAIN, an empty answer. */
	for (unsigned rcode = 0; rcode <= 5; rcode++) {
		begin(rcode, 0);
		CHECK(parse(&m, &set) == NULL && set.n == 0);
		CHECK(m.rcode == (int)rcode && !m.authenticated && m.ttl == 0);
	}
	/* Behind an alias; another class, another type. */
	begin(0, 4);
	record(bytes_of(QUESTION), CNAME, 1, 5, bytes_at("\5alias\3net\0", 11));
	record(bytes_at("\5alias\3net\0", 11), CAA, 1, 50,
	    bytes_at("\0\5issuea", 8));
	record(bytes_of(QUESTION), CAA, 3, 5, bytes_at("\0\5issueb", 8));
	record(bytes_of(QUESTION), 256, 1, 5, bytes_at("\0\5issuec", 8));
	CHECK(parse(&m, &set) == NULL && m.ttl == 50);
	rest = buf_view(&set);
	CHECK(caa_set_next(&rest, &r) && bytes_is(r.value, "a") && rest.n == 0);
	buf_fini(&set);
}

static void
refuses_every_prefix(void)
{
	struct caa_message m;
	struct bytes all;
	struct buf set;

	buf_init(&set, LIMIT_CAA_SET);
	begin(0, 2);
	CAA_RECORD(1, "\0\5issuea");
	CAA_RECORD(1, "\0\5issueb");
	all = buf_view(&message);
	CHECK(caa_message_parse(all, &m, &set) == NULL);
	for (size_t n = 0; n < all.n; n++) {
		uint8_t *copy = mem_alloc(n + 1, 1);

		memcpy(copy, all.p, n);
		CHECK(caa_message_parse(bytes_at(copy, n), &m, &set) != NULL);
		free(copy);
	}
	buf_fini(&set);
}

static void
refuses_hostile_answers(void)
{
	begin(0, 1);
	CAA_RECORD(1, "\0\0issue");
	refuses("malformed CAA record");
	begin(0, 1);
	CAA_RECORD(1, "\0\xffissue");
	refuses("malformed CAA record");
	begin(0, 1);
	CAA_RECORD(1, "\0");
	refuses("malformed CAA record");
	begin(0, 1);
	CAA_RECORD(1, "\0\6is\0sueb");
	refuses("malformed CAA record");
	/* A good record does not make up for a bad one. */
	begin(0, 2);
	CAA_RECORD(1, "\0\5issuea");
	CAA_RECORD(1, "\0\1\x1b");
	refuses("malformed CAA record");
	/* More records than there are. */
	begin(0, 65535);
	CAA_RECORD(1, "\0\5issuea");
	refuses("malformed answer");
	/* A name that points to itself, one that points past the end. */
	begin(0, 1);
	record(bytes_at("\xc0\x21", 2), CAA, 1, 1, bytes_at("\0\5issuea", 8));
	refuses("malformed answer");
	begin(0, 1);
	record(bytes_at("\xff\xff", 2), CAA, 1, 1, bytes_at("\0\5issuea", 8));
	refuses("malformed answer");
	/* RDATA longer than the message. */
	begin(0, 1);
	CAA_RECORD(1, "\0\5issuea");
	message.p[message.n - 9] = 9;
	refuses("malformed answer");
	begin(0x200, 0);
	refuses("truncated answer");
}

/* A set of n records whose encoding has 1000 bytes each. */
static void
big_answer(unsigned n, size_t last)
{
	char rdata[998];

	begin(0, n);
	for (unsigned i = 0; i < n; i++) {
		size_t size = i + 1 < n ? sizeof rdata : last;

		memset(rdata, 'a', sizeof rdata);
		memcpy(rdata, "\0\5issue", 7);
		rdata[7] = (char)('a' + i);
		caa(1, rdata, size);
	}
}

static void
limits_the_set(void)
{
	struct caa_message m;
	struct buf set;

	/* 8 records of 1000 bytes, and one of 192: the limit. */
	buf_init(&set, LIMIT_CAA_SET);
	big_answer(9, LIMIT_CAA_SET - 8000 - 2);
	CHECK(parse(&m, &set) == NULL && set.n == LIMIT_CAA_SET);
	big_answer(9, LIMIT_CAA_SET - 8000 - 1);
	refuses("CAA set over the limit");
	buf_fini(&set);
}

int
main(void)
{
	buf_init(&message, 1 << 20);
	reads_records();
	refuses_every_prefix();
	refuses_hostile_answers();
	limits_the_set();
	buf_fini(&message);
	return 0;
}
