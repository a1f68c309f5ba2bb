/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/report/collect.h>

json_t *
collect_text(const char *s)
{
	struct buf b;
	json_t *out;

	if (s == NULL)
		return json_null();
	buf_init(&b, SIZE_MAX / 2);
	escape_utf8(&b, bytes_of(s));
	out = json_string(buf_text(&b));
	buf_fini(&b);
	return out;
}

json_t *
collect_lines(const char *text)
{
	struct bytes rest = bytes_of(text), line;
	json_t *out = json_array();

	while (text_line(&rest, &line)) {
		char *s = mem_text(line);

		json_array_append_new(out, collect_text(s));
		free(s);
	}
	return out;
}

json_t *
collect_time(int64_t t)
{
	char text[TIME_TEXT];

	if (t == 0 || t == CERTINFO_NO_TIME)
		return json_null();
	time_format(t, text);
	return json_string(text);
}

/* As collect_time, for the validity of a certificate: 1970-01-01 is a date. */
static json_t *
validity_time(int64_t t)
{
	char text[TIME_TEXT];

	if (t == CERTINFO_NO_TIME)
		return json_null();
	time_format(t, text);
	return json_string(text);
}

static bool
is_zero(const uint8_t digest[static SHA256_SIZE])
{
	static const uint8_t zero[SHA256_SIZE];

	return memcmp(digest, zero, SHA256_SIZE) == 0;
}

json_t *
collect_hex(const uint8_t digest[static SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];

	if (is_zero(digest))
		return json_null();
	text_hex((struct bytes){ digest, SHA256_SIZE }, hex);
	return json_string(hex);
}

json_t *
collect_base64(const uint8_t digest[static SHA256_SIZE])
{
	char b64[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	if (is_zero(digest))
		return json_null();
	text_base64((struct bytes){ digest, SHA256_SIZE }, b64);
	return json_string(b64);
}

static json_t *
list_json(const struct certinfo_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(out, collect_text(list->v[i]));
	return out;
}

json_t *
collect_certificate(const struct store_cert *c, int64_t *not_after)
{
	struct certinfo info;
	json_t *out;

	certinfo_parse(c->kind, c->der, &info);
	*not_after = info.not_after;
	out = json_pack("{so so so so so so so so so so so so so so}",
	    "tbs_sha256", collect_hex(c->tbs_sha256), "cert_sha256",
	    info.tbs ? json_null() : collect_hex(info.cert_sha256),
	    "spki_sha256", collect_base64(info.spki_sha256), "key",
	    collect_text(info.key), "subject", collect_text(info.subject),
	    "issuer", collect_text(info.issuer), "issuer_spki_sha256",
	    collect_base64(c->issuer_key_hash), "serial",
	    collect_text(info.serial), "not_before",
	    validity_time(info.not_before), "not_after",
	    validity_time(info.not_after), "names", list_json(&info.names),
	    "addresses", list_json(&info.addresses), "other_names",
	    list_json(&info.others), "notes", list_json(&info.notes));
	certinfo_fini(&info);
	return out;
}
