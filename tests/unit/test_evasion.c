/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evasions of tests/support/evasion.tsv, each in a certificate made for it.
 *
 * usage: test_evasion [FOLDER]
 * With a folder, the certificates go there and nothing is tested: ROW.der,
 * and a line "ROW place name" on standard output for each, between tabs.
 */
#include <ctwatch/base/text.h>
#include <ctwatch/policy/name_keys.h>
#include <ctwatch/policy/watch.h>

#include "../support/der_builder.h"

enum {
	WATCH,
	PLACE,
	VALUE,
	STRICT,
	LENIENT,
	HOW,
	COLUMNS
};

/* The bytes that a column means: UTF-8 text with \xNN. */
static struct bytes
unescape(struct bytes in)
{
	struct buf out;

	buf_init(&out, BUILD_MAX);
	buf_reserve(&out, 1);
	while (in.n > 0) {
		uint8_t byte = *in.p;
		size_t n = 1;

		if (in.n >= 4 && in.p[0] == '\\' && in.p[1] == 'x') {
			char hex[3] = { (char)in.p[2], (char)in.p[3], '\0' };

			CHECK(text_unhex(hex, &byte, 1));
			n = 4;
		}
		buf_add_byte(&out, byte);
		in.p += n;
		in.n -= n;
	}
	return build_keep(buf_view(&out));
}

/* UTF-8 as big-endian characters of 2 or 4 bytes. */
static struct bytes
widen(struct bytes in, size_t width)
{
	struct buf out;
	uint32_t c;

	buf_init(&out, BUILD_MAX);
	while (text_utf8_take(&in, &c))
		for (size_t i = width; i-- > 0;)
			buf_add_byte(&out, (uint8_t)(i < 4 ? c >> 8 * i : 0));
	return build_keep(buf_view(&out));
}

static struct bytes
unhex(struct bytes in)
{
	uint8_t *out = mem_alloc(in.n / 2 + 1, 1);
	char *hex = mem_text(in);

	CHECK(text_unhex(hex, out, in.n / 2));
	free(hex);
	return build_keep((struct bytes){ out, in.n / 2 });
}

/* otherName of the form id-on `form`, a string in it. */
static struct bytes
other_name(const char *form, unsigned tag, struct bytes value)
{
	return TLV(0xa0,
	    TLV(DER_OID, LIT("\x2b\x06\x01\x05\x05\x07\x08"), bytes_of(form)),
	    TLV(0xa0, build_tlv(tag, value)));
}

/* otherName with this type-id, a UTF8String in it. */
static struct bytes
other_type(struct bytes oid, struct bytes value)
{
	return TLV(0xa0, build_tlv(DER_OID, oid),
	    TLV(0xa0, build_tlv(DER_UTF8, value)));
}

/* KRB5PrincipalName (RFC 4556, 3.2.2): "realm/part". */
static struct bytes
kerberos(struct bytes value)
{
	const unsigned general_string = 0x1b;
	struct bytes realm;

	CHECK(bytes_until(&value, '/', &realm));
	return TLV(0xa0, TLV(DER_OID, LIT("\x2b\x06\x01\x05\x02\x02")),
	    TLV(0xa0,
	        SEQ(TLV(0xa0, build_tlv(general_string, realm)),
	            TLV(0xa1,
	                SEQ(TLV(0xa0, LIT("\x02\x01\x02")),
	                    TLV(0xa1,
	                        SEQ(build_tlv(general_string, LIT("HTTP")),
	                            build_tlv(general_string, value))))))));
}

static _Noreturn void
give_up(struct bytes word)
{
	fprintf(stderr, "what is '%.*s'?\n", (int)word.n, (const char *)word.p);
	exit(1);
}

/* A Certificate with the value as a CN of the type that place names. */
static struct bytes
cert_with_cn(struct bytes type, struct bytes value)
{
	static const struct {
		const char *name;
		unsigned tag;
		size_t width;
	} types[] = {
		{ "utf8", DER_UTF8, 1 },
		{ "printable", DER_PRINTABLE, 1 },
		{ "ia5", DER_IA5, 1 },
		{ "t61", DER_T61, 1 },
		{ "visible", DER_VISIBLE, 1 },
		{ "numeric", 0x12, 1 },
		{ "bmp", DER_BMP, 2 },
		{ "universal", DER_UNIVERSAL, 4 },
	};
	bool raw = type.n > 4 && memcmp(type.p, "raw-", 4) == 0;

	if (raw)
		type = (struct bytes){ type.p + 4, type.n - 4 };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (!bytes_is(type, types[i].name))
			continue;
		if (!raw && types[i].width > 1)
			value = widen(value, types[i].width);
		return build_cert(
		    build_tbs(build_cn(types[i].tag, value), LIT("")));
	}
	give_up(type);
}

/* A Certificate with the value at the place. */
static struct bytes
cert_with(struct bytes place, struct bytes value)
{
	struct bytes no_name = SEQ(LIT("")), names = { 0 };

	if (place.n > 3 && memcmp(place.p, "cn:", 3) == 0)
		return cert_with_cn(
		    (struct bytes){ place.p + 3, place.n - 3 }, value);
	if (bytes_is(place, "subject"))
		return build_cert(build_tbs(SEQ(value), LIT("")));
	if (bytes_is(place, "ext"))
		return build_cert(build_tbs(no_name, value));
	if (bytes_is(place, "san"))
		return build_cert(build_tbs(no_name, build_san(value)));
	if (bytes_is(place, "names"))
		names = value;
	else if (bytes_is(place, "dns"))
		names = build_tlv(0x82, value);
	else if (bytes_is(place, "ip"))
		names = build_tlv(0x87, unhex(value));
	else if (bytes_is(place, "uri"))
		names = build_tlv(0x86, value);
	else if (bytes_is(place, "email"))
		names = build_tlv(0x81, value);
	else if (bytes_is(place, "srv"))
		names = other_name("\x07", DER_IA5, value);
	else if (bytes_is(place, "xmpp"))
		names = other_name("\x05", DER_UTF8, value);
	else if (bytes_is(place, "nai"))
		names = other_name("\x08", DER_UTF8, value);
	else if (bytes_is(place, "upn"))
		names = other_type(
		    LIT("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"), value);
	else if (bytes_is(place, "kerberos"))
		names = kerberos(value);
	else if (bytes_is(place, "mailbox"))
		names = other_name("\x09", DER_UTF8, value);
	else
		give_up(place);
	return build_cert(build_tbs(no_name, build_san(SEQ(names))));
}

/* The clearest way in which item and certificate meet. */
static const char *
how_they_meet(struct bytes item, struct bytes der)
{
	const char *word = "none";
	enum watch_how how = WATCH_HOW_MAX;
	struct watch_hits hits;
	struct watch *w = watch_new();
	char *text = mem_text(item);
	struct buf error;
	struct cert c;

	buf_init(&error, 1000);
	CHECK(watch_add(w, bytes_of(text), &error));
	free(text);
	watch_build(w);
	CHECK(cert_parse(der, &c) == CERT_OK);
	watch_explain(w, &c, &hits);
	CHECK(watch_match(w, &c) == (hits.n > 0));
	for (size_t i = 0; i < hits.n; i++)
		if (hits.v[i].how < how)
			how = hits.v[i].how;
	if (hits.n > 0)
		word = watch_how_word(how);
	watch_hits_free(&hits);
	watch_free(w);
	return word;
}

struct row {
	struct bytes column[COLUMNS];
	struct bytes cert;
};

static struct row
read_row(struct bytes line)
{
	struct row r;

	for (size_t i = 0; i < HOW; i++)
		CHECK(bytes_until(&line, '\t', &r.column[i]));
	r.column[HOW] = line;
	r.cert = cert_with(r.column[PLACE], unescape(r.column[VALUE]));
	return r;
}

/* Report whether the index gives the certificate to a search for the item. */
static bool
is_candidate(struct bytes item, struct bytes der)
{
	static const uint8_t secret[NAME_KEYS_SECRET];
	struct name_keys *of_item = name_keys_new(secret);
	struct name_keys *of_cert = name_keys_new(secret);
	struct cert c;
	bool found;

	CHECK(name_keys_item(of_item, item, &found) == NULL);
	CHECK((of_item->n == 0) == found);
	if (cert_read(der, &c) == CERT_OK)
		name_keys_cert(of_cert, &c);
	else
		name_keys_any(of_cert);
	for (size_t i = 0; i < of_item->n; i++)
		for (size_t k = 0; k < of_cert->n; k++)
			found = found || of_item->v[i] == of_cert->v[k];
	name_keys_free(of_item);
	name_keys_free(of_cert);
	return found;
}

static bool
check_row(const struct row *r)
{
	const struct bytes *column = r->column;
	const char *how = how_they_meet(column[WATCH], r->cert);

	if (strcmp(how, "none") != 0 && !is_candidate(column[WATCH], r->cert)) {
		fprintf(stderr, "%.*s: not a candidate of %.*s\n",
		    (int)column[VALUE].n, column[VALUE].p, (int)column[WATCH].n,
		    column[WATCH].p);
		return false;
	}

	if (bytes_is(column[HOW], how))
		return true;
	fprintf(stderr, "%.*s, %.*s %.*s: %s, not %.*s\n", (int)column[WATCH].n,
	    column[WATCH].p, (int)column[PLACE].n, column[PLACE].p,
	    (int)column[VALUE].n, column[VALUE].p, how, (int)column[HOW].n,
	    column[HOW].p);
	return false;
}

static void
save_row(const struct row *r, const char *folder, size_t number)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%03zu.der", folder, number);
	f = fopen(path, "wb");
	CHECK(f != NULL && fwrite(r->cert.p, r->cert.n, 1, f) == 1);
	CHECK(fclose(f) == 0);
	printf("%03zu\t%.*s\t%.*s\n", number, (int)r->column[PLACE].n,
	    r->column[PLACE].p, (int)r->column[VALUE].n, r->column[VALUE].p);
}

int
main(int argc, char *argv[])
{
	struct bytes text = test_data("../tests/support/evasion.tsv");
	struct bytes table = text, line;
	size_t rows = 0, wrong = 0;

	while (bytes_until(&table, '\n', &line)) {
		struct row r;

		if (line.n == 0 || *line.p == '#')
			continue;
		r = read_row(line);
		if (argc > 1)
			save_row(&r, argv[1], rows);
		else
			wrong += !check_row(&r);
		rows++;
	}
	if (argc == 1)
		printf("%zu evasions, %zu of them get through\n", rows, wrong);
	CHECK(rows >= 150 && wrong == 0);
	free((void *)text.p);
	return 0;
}
