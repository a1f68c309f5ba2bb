/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/payload.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>
#include <ctwatch/wire/sha256.h>

/* The block size of SHA-256, to which HMAC pads its key (RFC 2104, 2). */
#define BLOCK 64

void
notify_payload_key(const struct report *r, const char *channel,
    const char *item, char out[static NOTIFY_PAYLOAD_KEY])
{
	char run[32];
	const char *started = report_json_text(r->doc, "run.started");
	uint8_t digest[SHA256_SIZE];
	struct bytes parts[9];
	const char *text[] = { "ctwatch-message/1\n", run, "\n", started, "\n",
		channel, "\n", item, "\n" };

	snprintf(
	    run, sizeof run, "%" PRId64, report_json_int(r->doc, "run.id"));
	for (size_t i = 0; i < 9; i++)
		parts[i] = bytes_of(text[i]);
	sha256_parts(parts, 9, digest);
	text_hex((struct bytes){ digest, SHA256_SIZE / 2 }, out);
}

/* Report whether the finding concerns a pattern of this owner. */
static bool
is_owned(const json_t *finding, const char *contact)
{
	return report_json_find(finding, "owners", "contact", contact) != NULL;
}

struct selection {
	enum rules_severity least;
	const char *contact; /* or NULL */
};

static bool
is_selected(void *arg, struct report_walk *w)
{
	const struct selection *s = arg;

	return report_walk_is_new(w) && w->severity >= s->least &&
	    (s->contact == NULL || is_owned(report_walk_json(w), s->contact));
}

struct report *
notify_payload_select(const struct report *r, enum rules_severity least,
    const char *contact, size_t *n)
{
	struct selection s = { least, contact };
	struct report *out = report_select(r, is_selected, &s);

	*n = report_walk_count(out, STORE_ITEM_FINDING);
	return out;
}

void
notify_payload_summary(const struct report *r, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	size_t n = report_walk_count(r, STORE_ITEM_FINDING);
	struct report_sums sum;
	const json_t *f;

	report_sums_load(r, &sum);
	if (report_json_true(r->doc, "test"))
		buf_add_text(out, "TEST: ");
	if (!report_walk_next(&w)) {
		buf_printf(out, "nothing new, %zu of %zu logs covered",
		    sum.complete, sum.logs);
		return;
	}
	f = report_walk_json(&w);
	buf_printf(out, "%s: %s for ", report_json_text(f, "severity"),
	    report_json_text(f, "name"));
	escape_utf8(out, bytes_of(report_json_about(f)));
	if (n > 1)
		buf_printf(out, " and %zu more new findings", n - 1);
	report_walk_end(&w);
}

/* ---- mail ---- */

static void
add_header(struct buf *out, const char *name, struct bytes value)
{
	buf_printf(out, "%s: ", name);
	escape_mail(out, value, strlen(name) + 2);
	buf_add_byte(out, '\n');
}

static void
add_date(struct buf *out, int64_t t)
{
	char text[TIME_TEXT];

	time_format_mail(t, text);
	buf_printf(out, "Date: %s\n", text);
}

static void
add_message_id(struct buf *out, const char *key)
{
	char host[256] = "";

	gethostname(host, sizeof host - 1);
	for (char *p = host; *p != '\0'; p++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		           "YZ0123456789.-",
		        *p) == NULL)
			*p = '-';
	buf_printf(out, "Message-ID: <%s@%s>\n", key,
	    *host != '\0' ? host : "localhost");
}

void
notify_payload_mail(const struct report *r, const char *to, const char *from,
    const char *key, struct buf *out)
{
	struct buf subject;

	buf_init(&subject, SIZE_MAX / 2);
	buf_add_text(&subject, "[ctwatch] ");
	notify_payload_summary(r, &subject);
	if (from != NULL)
		add_header(out, "From", bytes_of(from));
	add_header(out, "To", bytes_of(to));
	add_header(out, "Subject", buf_view(&subject));
	add_date(out, report_json_time(r->doc, "run.ended"));
	add_message_id(out, key);
	buf_add_text(out,
	    "Auto-Submitted: auto-generated\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: 8bit\n\n");
	if (report_json_true(r->doc, "test"))
		buf_add_text(out,
		    "This is a test of the notification. Nothing has happened."
		    "\n\n");
	write_text(r, &(struct report_style){ .brief = true }, out);
	buf_fini(&subject);
}

/* ---- hooks ---- */

/* Return the log of the first sighting, for the variables of hooks. */
static json_t *
log_json(const struct report *r, const json_t *at)
{
	const json_t *log =
	    report_json_log(r->doc, report_json_text(at, "log_id"));

	if (at == NULL || log == NULL)
		return json_null();
	return json_pack("{ss ss ss sI}", "log_id",
	    report_json_text(at, "log_id"), "description",
	    report_json_text(log, "description"), "url",
	    report_json_text(log, "url"), "index",
	    (json_int_t)report_json_int(at, "index"));
}

void
notify_payload_findings(
    const struct report *r, const json_t *findings, struct buf *out)
{
	const json_t *first = json_array_get(findings, 0);
	bool certificate = json_is_object(report_json_at(first, "certificate"));
	json_t *v = json_pack("{ss sb so sO sO sO}", "event",
	    certificate ? "discovered_cert" : "error", "test",
	    (int)report_json_true(r->doc, "test"), "log",
	    log_json(r, report_json_item(first, "sightings", 0)), "finding",
	    first, "findings", findings, "run", report_json_at(r->doc, "run"));

	write_json_line(v, out);
	json_decref(v);
}

void
notify_payload_refused(
    const struct report *r, const json_t *refused, struct buf *out)
{
	json_t *v = json_pack("{ss sb so sO sO}", "event", "malformed_cert",
	    "test", (int)report_json_true(r->doc, "test"), "log",
	    log_json(r, refused), "refused", refused, "run",
	    report_json_at(r->doc, "run"));

	write_json_line(v, out);
	json_decref(v);
}

/* ---- signing ---- */

static void
hmac(struct bytes key, const struct bytes *parts, size_t n,
    uint8_t out[static SHA256_SIZE])
{
	uint8_t k[BLOCK] = { 0 }, pad[BLOCK], inner[SHA256_SIZE];
	struct bytes all[8] = { { pad, BLOCK } };
	struct bytes outer[] = { { pad, BLOCK }, { inner, SHA256_SIZE } };

	if (key.n > BLOCK)
		sha256_digest(key, k);
	else if (key.n > 0)
		memcpy(k, key.p, key.n);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] = k[i] ^ 0x36;
	memcpy(all + 1, parts, n * sizeof *parts);
	sha256_parts(all, n + 1, inner);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] = k[i] ^ 0x5c;
	sha256_parts(outer, 2, out);
}

void
notify_payload_sign(struct bytes secret, const char *key, const char *timestamp,
    struct bytes body, char out[static NOTIFY_PAYLOAD_SIGNATURE])
{
	static const char prefix[] = "whsec_";
	struct bytes parts[] = { bytes_of(key), bytes_of("."),
		bytes_of(timestamp), bytes_of("."), body };
	uint8_t *decoded = mem_alloc(secret.n + 1, 1), mac[SHA256_SIZE];
	struct bytes head, rest = secret;
	size_t n;

	if (bytes_take(&rest, sizeof prefix - 1, &head) &&
	    bytes_is(head, prefix) && text_unbase64(rest, decoded, &n))
		secret = (struct bytes){ decoded, n };
	hmac(secret, parts, sizeof parts / sizeof parts[0], mac);
	memcpy(out, "v1,", 3);
	text_base64((struct bytes){ mac, sizeof mac }, out + 3);
	free(decoded);
}
