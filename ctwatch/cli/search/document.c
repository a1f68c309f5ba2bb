/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include <jansson.h>

#include "cli/search/document.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/report/collect.h>

json_t *
search_document_new(const char *item, int64_t since)
{
	return json_pack("{ss so so so so so}", "format", "ctwatch-search/1",
	    "item", collect_text(item), "since", collect_time(since),
	    "sightings", json_array(), "refused", json_array(), "logs",
	    json_array());
}

static json_t *
base64(const uint8_t digest[static SHA256_SIZE])
{
	char text[TEXT_BASE64_LEN(SHA256_SIZE) + 1];

	text_base64(bytes_at(digest, SHA256_SIZE), text);
	return json_string(text);
}

static void
add_sighting(
    json_t *list, const struct store_log *log, const struct batch_match *m)
{
	struct store_cert c = { .kind = m->leaf.kind, .der = m->leaf.cert };
	struct cert cert;
	int64_t not_after;

	leaf_parse_cert(c.kind, c.der, &cert);
	cert_tbs_hash(&cert, c.tbs_sha256);
	json_array_append_new(list,
	    json_pack("{so so sI so ss so so}", "log_id", collect_hex(log->id),
	        "log", collect_text(log->description), "index",
	        (json_int_t)m->index, "timestamp",
	        collect_time((int64_t)(m->leaf.timestamp & INT64_MAX)), "kind",
	        leaf_kind_word(m->leaf.kind), "leaf_hash",
	        base64(m->leaf_hash.b), "certificate",
	        collect_certificate(&c, &not_after)));
}

void
search_document_found(json_t *doc, const struct store_log *log,
    const struct batch *b, uint64_t from, uint64_t to, int64_t since)
{
	json_t *sightings = json_object_get(doc, "sightings");
	json_t *refused = json_object_get(doc, "refused");

	for (size_t i = 0; i < b->n_matches; i++) {
		const struct batch_match *m = &b->matches[i];

		if (m->index >= from && m->index < to &&
		    m->leaf.timestamp >= (uint64_t)since)
			add_sighting(sightings, log, m);
	}
	for (size_t i = 0; i < b->n_rejected; i++) {
		const struct batch_rejected *r = &b->rejected[i];

		if (r->index >= from && r->index < to && r->possible)
			json_array_append_new(refused,
			    json_pack("{so so sI ss}", "log_id",
			        collect_hex(log->id), "log",
			        collect_text(log->description), "index",
			        (json_int_t)r->index, "reason", r->reason));
	}
}

void
search_document_ranges(json_t *doc, const struct store_log *log,
    const struct search_index_result *r)
{
	json_t *searched = json_array(), *missed = json_array();

	for (size_t i = 0; i < r->n; i++) {
		const struct search_index_range *v = &r->v[i];

		if (v->searched)
			json_array_append_new(searched,
			    json_pack("[II]", (json_int_t)v->from,
			        (json_int_t)v->to));
		else
			json_array_append_new(missed,
			    json_pack("{sI sI so}", "from", (json_int_t)v->from,
			        "to", (json_int_t)v->to, "reason",
			        collect_text(v->why)));
	}
	json_array_append_new(json_object_get(doc, "logs"),
	    json_pack("{so so so sI sI so so sI}", "log_id",
	        collect_hex(log->id), "description",
	        collect_text(log->description), "operator",
	        collect_text(log->operator), "first_entry",
	        (json_int_t)log->first, "next_entry", (json_int_t)log->next,
	        "searched", searched, "not_searched", missed, "tiles_read",
	        (json_int_t)r->tiles));
}

bool
search_document_incomplete(const json_t *doc)
{
	size_t i;
	json_t *log;

	json_array_foreach(json_object_get(doc, "logs"), i, log)
		if (report_json_count(log, "not_searched") > 0)
			return true;
	return false;
}

/* ---- text ---- */

static void
add_line(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %-8s", label);
	escape_line(out, bytes_of(text), LIMIT_SHOWN_TEXT);
	buf_add_byte(out, '\n');
}

static void
add_names(struct buf *out, const json_t *cert, const char *member)
{
	size_t n = report_json_count(cert, member);

	for (size_t i = 0; i < n; i++) {
		buf_add_text(out, i > 0 ? ", " : "  names   ");
		escape_line(out,
		    bytes_of(report_json_item_text(cert, member, i)),
		    LIMIT_SHOWN_TEXT);
	}
	if (n > 0)
		buf_add_byte(out, '\n');
}

static void
add_entry(struct buf *out, const json_t *v)
{
	buf_printf(out, "entry %" PRId64 " of ", report_json_int(v, "index"));
	escape_line(
	    out, bytes_of(report_json_text(v, "log")), LIMIT_SHOWN_TEXT);
}

static void
add_sighting_text(struct buf *out, const json_t *v)
{
	const json_t *c = json_object_get(v, "certificate");

	add_entry(out, v);
	buf_printf(out, ", %s, %s\n", report_json_text(v, "timestamp"),
	    report_json_text(v, "kind"));
	add_names(out, c, "names");
	add_names(out, c, "addresses");
	buf_printf(
	    out, "  key     sha256/%s\n", report_json_text(c, "spki_sha256"));
	add_line(out, "issuer", report_json_text(c, "issuer"));
	buf_printf(out, "  valid   %s to %s\n",
	    report_json_text(c, "not_before"),
	    report_json_text(c, "not_after"));
}

/* Add the entries of one log: "from to last, ...". */
static void
add_ranges(struct buf *out, const json_t *log)
{
	char a[TEXT_COUNT], b[TEXT_COUNT];
	size_t i;
	json_t *v;

	buf_add_text(out, "searched  ");
	escape_line(out, bytes_of(report_json_text(log, "description")),
	    LIMIT_SHOWN_TEXT);
	if (report_json_count(log, "searched") == 0)
		buf_add_text(out, ": nothing");
	json_array_foreach(json_object_get(log, "searched"), i, v) {
		text_count(
		    (uint64_t)json_integer_value(json_array_get(v, 0)), a);
		text_count(
		    (uint64_t)json_integer_value(json_array_get(v, 1)) - 1, b);
		buf_printf(out, "%s %s to %s", i > 0 ? "," : ": entries", a, b);
	}
	buf_add_byte(out, '\n');
	json_array_foreach(json_object_get(log, "not_searched"), i, v) {
		text_count((uint64_t)report_json_int(v, "from"), a);
		text_count((uint64_t)report_json_int(v, "to") - 1, b);
		buf_printf(out, "  not %s to %s: ", a, b);
		escape_line(out, bytes_of(report_json_text(v, "reason")),
		    LIMIT_SHOWN_TEXT);
		buf_add_byte(out, '\n');
	}
}

void
search_document_text(const json_t *doc, struct buf *out)
{
	size_t n = report_json_count(doc, "sightings"), i;
	json_t *v;

	json_array_foreach(json_object_get(doc, "sightings"), i, v)
		add_sighting_text(out, v);
	json_array_foreach(json_object_get(doc, "refused"), i, v) {
		add_entry(out, v);
		buf_printf(out, " may match, but does not parse: %s\n",
		    report_json_text(v, "reason"));
	}
	buf_printf(out, "%zu sighting%s of ", n, n == 1 ? "" : "s");
	escape_line(
	    out, bytes_of(report_json_text(doc, "item")), LIMIT_SHOWN_TEXT);
	buf_add_byte(out, '\n');
	json_array_foreach(json_object_get(doc, "logs"), i, v)
		add_ranges(out, v);
}
