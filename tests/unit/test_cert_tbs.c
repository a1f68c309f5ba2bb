/* SPDX-License-Identifier: Apache-2.0 */
/* cert: the TBSCertificate without SCT list and poison, which a log hashes. */
#include <jansson.h>

#include <ctwatch/base/text.h>
#include <ctwatch/wire/leaf.h>

#include "../support/der_builder.h"

/* Extensions of RFC 6962: an SCT list of one byte, and the poison. */
#define SCTS                                                                   \
	LIT("\x30\x0f\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02\x04\x01" \
	    "s")
#define POISON                                                                 \
	LIT("\x30\x13\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03\x01\x01" \
	    "\xff\x04\x02\x05\x00")

static bool
hashes_as(struct bytes tbs, struct bytes plain)
{
	uint8_t ours[SHA256_SIZE], want[SHA256_SIZE];
	struct cert c;

	CHECK(cert_parse_tbs(tbs, &c) == CERT_OK);
	cert_tbs_hash(&c, ours);
	sha256_digest(plain, want);
	return memcmp(ours, want, sizeof ours) == 0;
}

static void
truncates_as_logs_do(void)
{
	struct bytes cn = build_cn(DER_UTF8, LIT("cn"));
	struct bytes san = build_san(build_example_name());
	/* long enough that the cut changes how long the lengths are */
	struct bytes big = build_san(SEQ(build_tlv(
	    0x82, build_keep((struct bytes){ mem_alloc(100, 1), 100 }))));
	/* not as DER has it: a false critical, a padded length */
	struct bytes odd =
	    LIT("\x30\x81\x0a\x06\x01\x2a\x01\x01\x00\x04\x02xy");

	CHECK(hashes_as(build_tbs(cn, san), build_tbs(cn, san)));
	CHECK(hashes_as(build_tbs(cn, JOIN(SCTS, san)), build_tbs(cn, san)));
	CHECK(hashes_as(build_tbs(cn, JOIN(san, SCTS)), build_tbs(cn, san)));
	CHECK(hashes_as(build_tbs(cn, JOIN(san, POISON)), build_tbs(cn, san)));
	CHECK(hashes_as(build_tbs(cn, JOIN(POISON, san, SCTS, POISON, odd)),
	    build_tbs(cn, JOIN(san, odd))));
	CHECK(hashes_as(build_tbs(cn, JOIN(big, SCTS)), build_tbs(cn, big)));
	/* a list that is empty, or becomes it, goes with its [3] */
	CHECK(hashes_as(build_tbs(cn, SCTS), build_tbs(cn, LIT(""))));
	CHECK(hashes_as(build_tbs(cn, POISON), build_tbs(cn, LIT(""))));
}

/* A SEQUENCE with n octets of length, more than DER has. */
static struct bytes
padded_seq(struct bytes body, unsigned n)
{
	struct buf o;

	buf_init(&o, 4096);
	CHECK(der_add_header(&o, DER_SEQUENCE, body.n, n) && buf_add(&o, body));
	return build_keep(buf_view(&o));
}

/* A TBSCertificate whose lengths are not as DER has them. */
static struct bytes
odd_tbs(struct bytes extensions)
{
	struct bytes fields = build_tbs(build_cn(DER_UTF8, LIT("cn")), LIT(""));
	struct bytes b = fields, list;
	struct der e;

	CHECK(der_any(&b, &e));
	list = JOIN(
	    e.body, LIT("\xa3\x80"), padded_seq(extensions, 3), LIT("\0\0"));
	return padded_seq(list, 4);
}

static void
keeps_odd_lengths_as_odd(void)
{
	struct bytes san = build_san(build_example_name());

	CHECK(hashes_as(odd_tbs(JOIN(san, SCTS)), odd_tbs(san)));
}

/* base64 of a member of an entry. */
static struct bytes
member(const json_t *entry, const char *name)
{
	struct bytes b =
	    bytes_of(json_string_value(json_object_get(entry, name)));
	uint8_t *out = mem_alloc(b.n + 1, 1);
	size_t n;

	CHECK(text_unbase64(b, out, &n));
	return build_keep((struct bytes){ out, n });
}

/* In a log's answer the leaf's TBSCertificate is the precertificate's. */
static void
precerts_of_a_log_hash_as_their_leaves(const char *name)
{
	struct bytes text = test_data(name), precert, chain;
	json_t *doc = json_loadb((const char *)text.p, text.n, 0, NULL), *entry;
	uint8_t ours[SHA256_SIZE], want[SHA256_SIZE];
	size_t i, n = 0;
	struct leaf leaf;
	struct cert c;

	json_array_foreach(json_object_get(doc, "entries"), i, entry) {
		CHECK(
		    leaf_parse(member(entry, "leaf_input"), &leaf) == LEAF_OK);
		if (leaf.kind != LEAF_PRECERT)
			continue;
		CHECK(leaf_parse_extra(member(entry, "extra_data"), leaf.kind,
		          &precert, &chain) == LEAF_OK);
		CHECK(cert_parse(precert, &c) == CERT_OK);
		cert_tbs_hash(&c, ours);
		sha256_digest(leaf.cert, want);
		CHECK(memcmp(ours, want, sizeof ours) == 0);
		CHECK(hashes_as(leaf.cert, leaf.cert));
		n++;
	}
	CHECK(n > 0);
	json_decref(doc);
	free((void *)text.p);
}

int
main(void)
{
	truncates_as_logs_do();
	keeps_odd_lengths_as_odd();
	precerts_of_a_log_hash_as_their_leaves(
	    "entries/argon2026h2-1111014090.json");
	precerts_of_a_log_hash_as_their_leaves(
	    "entries/nimbus2026-4354630040.json");
	return 0;
}
