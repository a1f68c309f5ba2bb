/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C library reads the message.  The parser in c-ares 1.18 gives no TTL, and
 * refuses an empty value, which RFC 8659, 4.2, allows.
 */
#include <limits.h>
#include <stdlib.h>

#include <arpa/nameser.h>

#include "net/caa_message.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/caa_set.h>

/* The type of CAA: RFC 8659, 4.1; the C library does not name it. */
#define TYPE_CAA 257

/* The records of a message; their views are of the message. */
struct records {
	struct caa_set_record *v;
	size_t n;
};

static const char *
take_records(ns_msg *message, struct caa_message *out, struct records *r)
{
	ns_rr rr;

	for (int i = 0; i < ns_msg_count(*message, ns_s_an); i++) {
		if (ns_parserr(message, ns_s_an, i, &rr) != 0)
			return "malformed answer";
		if (ns_rr_type(rr) != TYPE_CAA || ns_rr_class(rr) != ns_c_in)
			continue;
		r->v = mem_grow(r->v, r->n, sizeof *r->v);
		if (!caa_set_parse(bytes_at(ns_rr_rdata(rr), ns_rr_rdlen(rr)),
		        &r->v[r->n]))
			return "malformed CAA record";
		if (r->n++ == 0 || ns_rr_ttl(rr) < out->ttl)
			out->ttl = ns_rr_ttl(rr);
	}
	return NULL;
}

const char *
caa_message_parse(
    struct bytes message, struct caa_message *out, struct buf *set)
{
	struct records r = { .n = 0 };
	const char *fault;
	ns_msg m;

	*out = (struct caa_message){ 0 };
	buf_clear(set);
	if (message.n > INT_MAX ||
	    ns_initparse(message.p, (int)message.n, &m) != 0)
		return "malformed answer";
	if (ns_msg_getflag(m, ns_f_tc) != 0)
		return "truncated answer";
	out->rcode = ns_msg_getflag(m, ns_f_rcode);
	out->authenticated = ns_msg_getflag(m, ns_f_ad) != 0;
	fault = take_records(&m, out, &r);
	if (fault == NULL && !caa_set_make(r.v, r.n, set))
		fault = "CAA set over the limit";
	free(r.v);
	return fault;
}
