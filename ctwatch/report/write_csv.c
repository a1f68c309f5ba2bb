/* SPDX-License-Identifier: Apache-2.0 */
/* write_csv: the findings as CSV (RFC 4180). */
#include <jansson.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

/* A column and its path in a finding; elements of arrays are joined. */
static const struct {
	const char *name, *path;
} columns[] = {
	{ "id", "id" },
	{ "rule", "rule" },
	{ "name", "name" },
	{ "severity", "severity" },
	{ "status", "status" },
	{ "verified", "verified" },
	{ "first_seen", "first_seen" },
	{ "last_seen", "last_seen" },
	{ "watched", "watched" },
	{ "matched_names", "matched_names" },
	{ "message", "message" },
	{ "owner", "owner.name" },
	{ "contact", "owner.contact" },
	{ "key", "certificate.key" },
	{ "spki_sha256", "certificate.spki_sha256" },
	{ "subject", "certificate.subject" },
	{ "issuer", "certificate.issuer" },
	{ "serial", "certificate.serial" },
	{ "not_before", "certificate.not_before" },
	{ "not_after", "certificate.not_after" },
	{ "names", "certificate.names" },
	{ "addresses", "certificate.addresses" },
	{ "tbs_sha256", "certificate.tbs_sha256" },
	{ "cert_sha256", "certificate.cert_sha256" },
	{ "sightings", "sightings" },
};

#define N_COLUMNS (sizeof columns / sizeof columns[0])

static void
add_value(struct buf *out, const json_t *v)
{
	size_t i;
	json_t *e;

	if (json_is_string(v))
		buf_add_text(out, json_string_value(v));
	else if (json_is_boolean(v))
		buf_add_text(out, json_is_true(v) ? "true" : "false");
	else if (json_is_object(json_array_get(v, 0)))
		buf_printf(out, "%zu", json_array_size(v));
	else
		json_array_foreach(v, i, e) {
			buf_add_text(out, i > 0 ? " " : "");
			buf_add_text(out, json_string_value(e));
		}
}

void
write_csv(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	struct buf value;

	for (size_t c = 0; c < N_COLUMNS; c++)
		buf_printf(out, "%s%s", c > 0 ? "," : "", columns[c].name);
	buf_add_text(out, "\r\n");
	buf_init(&value, SIZE_MAX / 2);
	while (report_walk_next(&w)) {
		const json_t *f = report_walk_json(&w);

		for (size_t c = 0; c < N_COLUMNS; c++) {
			buf_clear(&value);
			add_value(&value, report_json_at(f, columns[c].path));
			buf_add_text(out, c > 0 ? "," : "");
			escape_csv(out, buf_view(&value));
		}
		buf_add_text(out, "\r\n");
		report_output_drain(style, out);
	}
	buf_fini(&value);
}
