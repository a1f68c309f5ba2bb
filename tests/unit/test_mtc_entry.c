/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of issuance logs: those that the working group's generator wrote, and
 * every way of spoiling one. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/text.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/wire/mtc_entry.h>

#include "../support/test.h"

/* Entry number i of a bundle. */
static struct bytes
entry_of(struct bytes bundle, size_t i)
{
	struct bytes entry = { NULL, 0 };

	for (size_t k = 0; k <= i; k++)
		CHECK(mtc_entry_take(&bundle, &entry));
	return entry;
}

/* Describe entry number i of the bundle as index of log 1. */
static void
describe(struct bytes bundle, size_t i, uint64_t index, struct certinfo *out)
{
	struct bytes entry = entry_of(bundle, i);
	struct buf der;
	uint8_t serial[MTC_ENTRY_SERIAL];

	buf_init(&der, 1 << 17);
	mtc_entry_serial(1, index, serial);
	buf_add(&der, bytes_at(serial, sizeof serial));
	buf_add(&der, entry);
	certinfo_parse(LEAF_MTC, buf_view(&der), out);
	buf_fini(&der);
}

/* The pins of truth.json are hashes of the keys that the generator got. */
static void
entries_have_the_names_and_keys_of_the_truth(void)
{
	struct bytes text = test_data("mtc/example/truth.json");
	json_t *truth = json_loadb((const char *)text.p, text.n, 0, NULL);
	json_t *expected = json_object_get(truth, "expected"), *one;
	size_t i, found = 0;

	json_array_foreach(expected, i, one) {
		json_int_t at =
		    json_integer_value(json_object_get(one, "index"));
		char *path = mem_printf("mtc/example/tile/entries/%03d%s",
		    (int)at / 256, at >= 1536 ? ".p/44" : "");
		struct bytes bundle = test_data(path);
		const char *key = json_string_value(json_array_get(
		    json_object_get(truth, "keys"),
		    (size_t)json_integer_value(json_object_get(one, "key"))));
		json_t *names = json_object_get(one, "names");
		uint8_t spki[256], pin[SHA256_SIZE];
		struct certinfo c;
		char serial[32];
		size_t n;

		CHECK(text_unbase64(bytes_of(key), spki, &n));
		sha256_digest(bytes_at(spki, n), pin);
		describe(bundle, (size_t)at % 256, (uint64_t)at, &c);
		CHECK(memcmp(c.spki_sha256, pin, sizeof pin) == 0);
		/* A common name may follow. */
		CHECK(c.names.n >= json_array_size(names));
		for (size_t k = 0; k < json_array_size(names); k++)
			CHECK(strcmp(c.names.v[k],
			          json_string_value(
			              json_array_get(names, k))) == 0);
		snprintf(serial, sizeof serial, "0%014llx",
		    0x1000000000000ULL + (unsigned long long)at);
		CHECK(strcmp(c.serial, serial + 1) == 0);
		CHECK(c.key == NULL && c.tbs);
		CHECK(strcmp(c.issuer, "trustAnchorID=32473.11") == 0);
		certinfo_fini(&c);
		free((void *)(uintptr_t)bundle.p);
		free(path);
		found++;
	}
	CHECK(found == 8);
	json_decref(truth);
	free((void *)(uintptr_t)text.p);
}

static void
no_prefix_of_an_entry_is_a_certificate(void)
{
	struct bytes bundle = test_data("mtc/example/tile/entries/000");
	struct bytes entry = entry_of(bundle, 1);
	uint8_t der[512];
	struct cert c;

	mtc_entry_serial(1, 1, der);
	memcpy(der + MTC_ENTRY_SERIAL, entry.p, entry.n);
	for (size_t n = 0; n < MTC_ENTRY_SERIAL + entry.n; n++) {
		enum cert_error e = cert_parse_mtc(bytes_at(der, n), &c);

		/* Extensions are optional: up to them it is whole. */
		CHECK(e != CERT_OK || c.extensions.n == 0);
	}
	CHECK(cert_parse_mtc(bytes_at(der, MTC_ENTRY_SERIAL + entry.n), &c) ==
	    CERT_OK);
	free((void *)(uintptr_t)bundle.p);
}

static void
parse(const char *octets, size_t n, enum leaf_error want, size_t tbs)
{
	struct mtc_entry e;

	CHECK(mtc_entry_parse(bytes_at(octets, n), &e) == want);
	CHECK(e.tbs.n == tbs);
}

#define PARSE(octets, want, tbs) parse(octets, sizeof octets - 1, want, tbs)

static void
entries_are_refused_by_the_reason(void)
{
	PARSE("\0\0\0\0", LEAF_OK, 0);
	PARSE("\0\0\0\0x", LEAF_TRAILING, 0);
	PARSE("\0\0\0\1", LEAF_EMPTY, 0);
	PARSE("\0\0\0\1x", LEAF_OK, 1);
	PARSE("\0\0\0\2x", LEAF_TYPE, 0);
	PARSE("\0\0\xff\xffx", LEAF_TYPE, 0);
	PARSE("", LEAF_TRUNCATED, 0);
	PARSE("\0\0\0", LEAF_TRUNCATED, 0);
	PARSE("\0\5\0\1\0\1", LEAF_TRUNCATED, 0);
	/* an extension whose length runs past the end of all extensions */
	PARSE("\0\5\0\1\0\2x\0\1y", LEAF_TRUNCATED, 0);
	PARSE("\0\5\0\1\0\1x\0\1y", LEAF_EXTENSION, 1);
	PARSE("\0\4\0\0\0\0\0\1y", LEAF_EXTENSION, 1);
	PARSE("\0\x8\0\1\0\0\0\2\0\0\0\1y", LEAF_EXTENSION, 1);
	PARSE("\0\x8\0\1\0\0\0\1\0\0\0\1y", LEAF_EXTENSION_ORDER, 0);
	PARSE("\0\x8\0\2\0\0\0\1\0\0\0\1y", LEAF_EXTENSION_ORDER, 0);
}

static void
an_entry_of_the_greatest_length_is_read(void)
{
	static uint8_t bundle[2 + MTC_ENTRY_MAX + 2];
	struct bytes in = bytes_at(bundle, sizeof bundle - 2), entry;
	struct mtc_entry e;

	bundle[0] = bundle[1] = 0xff;
	bundle[5] = 1;
	CHECK(mtc_entry_take(&in, &entry) && in.n == 0);
	CHECK(entry.n == MTC_ENTRY_MAX);
	CHECK(mtc_entry_parse(entry, &e) == LEAF_OK);
	CHECK(e.tbs.n == MTC_ENTRY_MAX - 4);
	/* one octet less than the length says */
	in = bytes_at(bundle, sizeof bundle - 3);
	CHECK(!mtc_entry_take(&in, &entry) && in.n == sizeof bundle - 3);
}

/* A hash of 48 octets, as with SHA-384: no pin can match it. */
static void
a_hash_of_another_length_is_no_pin(void)
{
	struct bytes bundle = test_data("mtc/example/tile/entries/000");
	struct bytes entry = entry_of(bundle, 1);
	const uint8_t *at = memmem(entry.p, entry.n, "\x04\x20", 2);
	size_t before = (size_t)(at - entry.p);
	uint8_t der[512];
	struct cert_names it;
	struct cert_name name;
	struct cert c;

	CHECK(at != NULL);
	mtc_entry_serial(1, 1, der);
	memcpy(der + 9, entry.p, before);
	memcpy(der + 9 + before, "\x04\x30", 2);
	memset(der + 9 + before + 2, 7, 48);
	memcpy(der + 9 + before + 50, at + 34, entry.n - before - 34);
	CHECK(cert_parse_mtc(bytes_at(der, 9 + entry.n + 16), &c) ==
	    CERT_KEY_HASH);
	CHECK(
	    strcmp(cert_error_word(CERT_KEY_HASH), "key-hash-not-sha256") == 0);
	/* Its names can still be read. */
	cert_names(&c, &it);
	CHECK(cert_names_next(&it, &name) &&
	    bytes_is(name.value, "www.example.com"));
	free((void *)(uintptr_t)bundle.p);
}

static void
serial_numbers_are_minimal(void)
{
	static const struct {
		uint16_t log;
		uint64_t index;
		const char *hex;
	} table[] = {
		{ 0, 5, "05" },
		{ 1, 5, "01000000000005" },
		{ 0x80, 0, "0080000000000000" },
		{ 0x8000, 1, "008000000000000001" },
		{ 0xffff, 0xffffffffffff, "00ffffffffffffffff" },
	};
	uint8_t octets[MTC_ENTRY_SERIAL];
	char hex[2 * MTC_ENTRY_SERIAL + 1];

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct bytes in = bytes_at(octets, sizeof octets), serial;

		mtc_entry_serial(table[i].log, table[i].index, octets);
		CHECK(mtc_entry_take_serial(&in, &serial) && in.n == 0);
		text_hex(serial, hex);
		CHECK(strcmp(hex, table[i].hex) == 0);
	}
}

int
main(void)
{
	entries_have_the_names_and_keys_of_the_truth();
	no_prefix_of_an_entry_is_a_certificate();
	entries_are_refused_by_the_reason();
	an_entry_of_the_greatest_length_is_read();
	a_hash_of_another_length_is_no_pin();
	serial_numbers_are_minimal();
	return 0;
}
