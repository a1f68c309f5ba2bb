/* SPDX-License-Identifier: Apache-2.0 */
/* write_cef: the report as events in ArcSight's Common Event Format. */
#include <inttypes.h>

#include <jansson.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/text.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

/* The longest value that CEF gives msg, in bytes. */
#define MSG_MAX 1023

/* CEF's severities, 0 to 10, by ours. */
static const int severity[] = { 1, 3, 6, 8, 10 };

static void
add_header(struct buf *out, const char *text)
{
	buf_add_byte(out, '|');
	escape_cef_header(out, bytes_of(text));
}

/* Append " key=value" with at most max bytes, unless value is empty. */
static void
add_value(struct buf *out, const char *key, const char *text, size_t max)
{
	struct bytes in = bytes_of(text);

	if (in.n == 0)
		return;
	buf_printf(out, " %s=", key);
	escape_cef_value(out, text_cut(in, max));
}

/* Append a custom string with its label. */
static void
add_custom(struct buf *out, int n, const char *label, const char *text)
{
	char key[16];

	if (*text == '\0')
		return;
	snprintf(key, sizeof key, "cs%d", n);
	buf_printf(out, " cs%dLabel=%s", n, label);
	add_value(out, key, text, MSG_MAX);
}

static void
add_extension(const json_t *doc, const json_t *f, struct buf *out)
{
	const json_t *seen = report_json_item(f, "sightings", 0);
	const json_t *log =
	    report_json_log(doc, report_json_text(seen, "log_id"));

	buf_printf(out, "|rt=%" PRId64, report_json_time(doc, "run.ended"));
	if (report_json_time(f, "first_seen") != 0)
		buf_printf(out, " start=%" PRId64 " end=%" PRId64,
		    report_json_time(f, "first_seen"),
		    report_json_time(f, "last_seen"));
	add_value(out, "cat", report_json_text(f, "name"), MSG_MAX);
	add_value(out, "act", "alert", MSG_MAX);
	add_value(out, "externalId", report_json_text(f, "id"), 40);
	add_value(out, "outcome", report_json_text(f, "status"), MSG_MAX);
	add_value(out, "dhost", report_json_about(f), MSG_MAX);
	add_value(out, "request", report_json_text(log, "url"), MSG_MAX);
	add_value(out, "fileHash",
	    report_json_text(f, "certificate.cert_sha256"), MSG_MAX);
	add_custom(
	    out, 1, "spki", report_json_text(f, "certificate.spki_sha256"));
	add_custom(out, 2, "issuer", report_json_text(f, "certificate.issuer"));
	add_custom(
	    out, 3, "tbs", report_json_text(f, "certificate.tbs_sha256"));
	add_custom(out, 4, "watch", report_json_item_text(f, "watched", 0));
	add_custom(out, 5, "pinset", report_json_text(doc, "run.pinset.name"));
	add_custom(out, 6, "log", report_json_text(log, "description"));
	if (seen != NULL)
		buf_printf(out, " cn1Label=index cn1=%" PRId64,
		    report_json_int(seen, "index"));
	add_value(out, "msg", report_json_text(f, "message"), MSG_MAX);
	buf_add_byte(out, '\n');
}

void
write_cef(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);

	while (report_walk_next(&w)) {
		const json_t *f = report_walk_json(&w);

		buf_add_text(out, "CEF:0|ctwatch|ctwatch");
		add_header(out, report_json_text(r->doc, "run.version"));
		add_header(out, report_json_text(f, "rule"));
		add_header(out, report_json_text(f, "name"));
		buf_printf(out, "|%d", severity[report_json_severity(f)]);
		add_extension(r->doc, f, out);
		report_output_drain(style, out);
	}
}
