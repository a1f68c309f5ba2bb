/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/wire/mtc_cert.h>

struct mtc_cosigners {
	struct cosignature_key **v;
	size_t n, quorum;
};

/* A number of one to three digits. */
static bool
read_quorum(struct bytes line, size_t *out)
{
	*out = 0;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] < '0' || line.p[i] > '9' || i == 3)
			return false;
		*out = *out * 10 + (size_t)(line.p[i] - '0');
	}
	return *out > 0;
}

struct mtc_cosigners *
mtc_cosigners_new(struct bytes text)
{
	struct mtc_cosigners *c = mem_alloc(1, sizeof *c);
	struct bytes line;
	struct buf error;
	bool ok;

	buf_init(&error, 1024);
	ok = bytes_until(&text, '\n', &line) && read_quorum(line, &c->quorum);
	while (ok && bytes_until(&text, '\n', &line)) {
		struct cosignature_key *key = cosignature_key_new(line, &error);

		ok = key != NULL && c->n < LIMIT_WITNESS_NAMES;
		if (key == NULL)
			break;
		c->v = mem_grow(c->v, c->n, sizeof *c->v);
		c->v[c->n++] = key;
	}
	buf_fini(&error);
	if (ok && text.n == 0 && c->quorum <= c->n)
		return c;
	mtc_cosigners_free(c);
	return NULL;
}

void
mtc_cosigners_free(struct mtc_cosigners *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n; i++)
		cosignature_key_free(c->v[i]);
	free(c->v);
	free(c);
}

/* The length of the CA's cosigner name in the origin of a log, which adds two
 * numbers to it. */
static size_t
ca_name_length(const char *origin)
{
	size_t n = strlen(origin);

	for (int dots = 0; n > 0 && dots < 2;)
		dots += origin[--n] == '.';
	return n;
}

bool
mtc_cosigners_ca_pin(
    struct bytes text, const char *origin, uint8_t out[static SHA256_SIZE])
{
	/* SubjectPublicKeyInfo of ML-DSA-44, up to the key (RFC 9881). */
	static const uint8_t before[] = { 0x30, 0x82, 0x05, 0x32, 0x30, 0x0b,
		0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03,
		0x11, 0x03, 0x82, 0x05, 0x21, 0x00 };
	size_t n = ca_name_length(origin), length;
	uint8_t raw[1 + 1312 + 2]; /* base64 is decoded by threes */
	struct bytes line, name, id;

	while (bytes_until(&text, '\n', &line)) {
		struct bytes parts[] = { { before, sizeof before },
			{ raw + 1, 1312 } };

		if (!bytes_until(&line, '+', &name) ||
		    !bytes_until(&line, '+', &id) || name.n != n ||
		    memcmp(name.p, origin, n) != 0 ||
		    line.n / 4 * 3 > sizeof raw ||
		    !text_unbase64(line, raw, &length) || length != 1313 ||
		    raw[0] != 6)
			continue;
		sha256_parts(parts, 2, out);
		return true;
	}
	return false;
}

size_t
mtc_cosigners_quorum(const struct mtc_cosigners *c)
{
	return c->quorum;
}

static void
add_problem(struct mtc_cosigners_result *out, const struct cosignature_key *key,
    const char *what)
{
	size_t n = strlen(out->problem);

	snprintf(out->problem + n, sizeof out->problem - n, "%s%.80s: %s",
	    n > 0 ? "; " : "", cosignature_key_name(key), what);
}

static void
count(struct mtc_cosigners_result *out, const struct cosignature_key *key,
    enum cosignature result, int64_t time)
{
	switch (result) {
	case COSIGNATURE_VALID:
		out->valid++;
		if (time > out->newest)
			out->newest = time;
		break;
	case COSIGNATURE_INVALID:
		out->invalid++;
		add_problem(out, key, "its cosignature does not verify");
		break;
	case COSIGNATURE_UNSUPPORTED:
		out->unchecked++;
		add_problem(out, key,
		    "its cosignature is not checked, since this OpenSSL has "
		    "no ML-DSA-44 (3.5 has)");
		break;
	case COSIGNATURE_ABSENT:
		break;
	}
}

void
mtc_cosigners_verify(const struct mtc_cosigners *c, const struct note *note,
    struct mtc_cosigners_result *out)
{
	*out = (struct mtc_cosigners_result){ .of = c->n };
	for (size_t i = 0; i < c->n; i++) {
		int64_t time = 0;
		enum cosignature result =
		    cosignature_verify(c->v[i], note, &time);

		count(out, c->v[i], result, time);
	}
	out->met = out->invalid == 0 && out->valid >= c->quorum;
}

void
mtc_cosigners_verify_subtree(const struct mtc_cosigners *c, struct bytes origin,
    uint64_t start, uint64_t end, const struct merkle_hash *root,
    struct bytes signatures, struct mtc_cosigners_result *out)
{
	char name[MTC_CERT_NAME];
	struct bytes signature;

	*out = (struct mtc_cosigners_result){ .of = c->n };
	while (mtc_cert_signature(&signatures, name, &signature))
		for (size_t i = 0; i < c->n; i++)
			if (strcmp(cosignature_key_name(c->v[i]), name) == 0)
				count(out, c->v[i],
				    cosignature_verify_subtree(c->v[i], origin,
				        start, end, root, signature),
				    0);
	out->met = out->invalid == 0 && out->valid >= c->quorum;
}
