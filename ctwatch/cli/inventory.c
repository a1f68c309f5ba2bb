/* SPDX-License-Identifier: Apache-2.0 */
/* inventory: the command `inventory': list the certificates in the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_json.h>

static const char *const format_words[] = { "text", "json", "csv", NULL };

enum {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV
};

struct settings {
	struct opts_common common;
	int format;
};

struct inventory {
	struct store *s;
	const struct pinset *p; /* or NULL */
	json_t **v;             /* owned: one object per certificate */
	size_t n;
};

/* ---- gathering ---- */

/* Return the pinset's id and state of a key; null without a pinset. */
static json_t *
pin_json(const struct pinset *p, const char *base64)
{
	const struct pinset_key *k = NULL;
	uint8_t spki[SHA256_SIZE];

	if (p == NULL)
		return json_null();
	if (text_unbase64_exact(bytes_of(base64), spki, sizeof spki))
		k = pinset_key(p, spki);
	if (k == NULL)
		return json_pack("{sn ss}", "id", "state", "unknown");
	return json_pack("{so ss}", "id", collect_text(k->id), "state",
	    pinset_state_word(k->state));
}

static void
add_cert(void *arg, const struct store_cert *c)
{
	struct inventory *all = arg;
	int64_t not_after;
	json_t *cert = collect_certificate(c, &not_after);
	size_t sightings;

	free(store_sightings(all->s, c->tbs_sha256, &sightings));
	json_object_set_new(cert, "pin",
	    pin_json(all->p, report_json_text(cert, "spki_sha256")));
	json_object_set_new(cert, "first_seen", collect_time(c->first_seen));
	json_object_set_new(cert, "last_seen", collect_time(c->last_seen));
	json_object_set_new(
	    cert, "sightings", json_integer((json_int_t)sightings));
	json_object_set_new(cert, "verified", json_boolean(c->verified));
	all->v = mem_grow(all->v, all->n, sizeof *all->v);
	all->v[all->n++] = cert;
}

/* Return the sort key of a certificate: its first name, or another field. */
static const char *
name_of(const json_t *c)
{
	return report_json_count(c, "names") > 0
	    ? report_json_item_text(c, "names", 0)
	    : report_json_count(c, "addresses") > 0
	    ? report_json_item_text(c, "addresses", 0)
	    : report_json_text(c, "subject");
}

static int
compare(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	int64_t p = report_json_time(x, "not_before"),
	        q = report_json_time(y, "not_before");
	int order = strcmp(name_of(x), name_of(y));

	if (order == 0)
		order = (p > q) - (p < q);
	return order != 0 ? order
	                  : strcmp(report_json_text(x, "tbs_sha256"),
	                        report_json_text(y, "tbs_sha256"));
}

/* ---- printing ---- */

static void
text_names(struct buf *out, const json_t *c)
{
	size_t n = report_json_count(c, "names"),
	       m = report_json_count(c, "addresses");

	for (size_t i = 0; i < n + m; i++) {
		buf_add_text(out, i > 0 ? ", " : "");
		escape_line(out,
		    bytes_of(i < n
		            ? report_json_item_text(c, "names", i)
		            : report_json_item_text(c, "addresses", i - n)),
		    LIMIT_SHOWN_TEXT);
	}
	buf_add_text(out, n + m > 0 ? "\n" : "(no name)\n");
}

static void
text_one(struct buf *out, const json_t *c)
{
	const char *pin = report_json_text(c, "pin.id");
	const char *state = report_json_text(c, "pin.state");
	const char *key = report_json_text(c, "key");

	text_names(out, c);
	buf_printf(
	    out, "  key     sha256/%s", report_json_text(c, "spki_sha256"));
	if (*key != '\0') {
		buf_add_text(out, " (");
		escape_line(out, bytes_of(key), LIMIT_SHOWN_TEXT);
		buf_add_byte(out, ')');
	}
	buf_printf(out, "%s%s", *state != '\0' ? " " : "", state);
	buf_add_text(out, *pin != '\0' ? " " : "");
	escape_line(out, bytes_of(pin), LIMIT_SHOWN_TEXT);
	buf_add_text(out, "\n  issuer  ");
	escape_line(
	    out, bytes_of(report_json_text(c, "issuer")), LIMIT_SHOWN_TEXT);
	buf_printf(out, "\n  valid   %s to %s, serial ",
	    report_json_text(c, "not_before"),
	    report_json_text(c, "not_after"));
	escape_line(
	    out, bytes_of(report_json_text(c, "serial")), LIMIT_SHOWN_TEXT);
	buf_printf(out, "\n  seen    %s to %s%s\n",
	    report_json_text(c, "first_seen"), report_json_text(c, "last_seen"),
	    report_json_true(c, "verified")
	        ? ""
	        : ", not verified: no signed tree head covers its entry yet");
}

static void
csv_field(struct buf *out, const char *text, const char *end)
{
	escape_csv(out, bytes_of(text));
	buf_add_text(out, end);
}

static void
csv_one(struct buf *out, const json_t *c)
{
	static const char *const paths[] = { "spki_sha256", "key", "pin.id",
		"pin.state", "subject", "issuer", "serial", "not_before",
		"not_after", "first_seen", "last_seen", "tbs_sha256" };
	size_t n = report_json_count(c, "names"),
	       m = report_json_count(c, "addresses");
	struct buf names;

	/* Join names with blanks, which no name has. */
	buf_init(&names, SIZE_MAX / 2);
	for (size_t i = 0; i < n + m; i++)
		buf_printf(&names, "%s%s", i > 0 ? " " : "",
		    i < n ? report_json_item_text(c, "names", i)
		          : report_json_item_text(c, "addresses", i - n));
	csv_field(out, buf_text(&names), ",");
	buf_fini(&names);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		csv_field(out, report_json_text(c, paths[i]), ",");
	csv_field(
	    out, report_json_true(c, "verified") ? "true" : "false", "\r\n");
}

static void
write_json(struct buf *out, const struct inventory *all)
{
	json_t *certs = json_array(), *doc;

	for (size_t i = 0; i < all->n; i++)
		json_array_append(certs, all->v[i]);
	doc = json_pack(
	    "{ss so}", "format", "ctwatch-inventory/1", "certificates", certs);
	cmd_util_json(doc, out);
	json_decref(doc);
}

static void
write_all(struct buf *out, const struct inventory *all, int format)
{
	if (format == FORMAT_JSON) {
		write_json(out, all);
		return;
	}
	if (format == FORMAT_CSV)
		buf_add_text(out,
		    "names,spki_sha256,key,pin,state,subject,issuer,serial,"
		    "not_before,not_after,first_seen,last_seen,tbs_sha256,"
		    "verified\r\n");
	for (size_t i = 0; i < all->n; i++)
		if (format == FORMAT_CSV)
			csv_one(out, all->v[i]);
		else
			text_one(out, all->v[i]);
	if (format == FORMAT_TEXT)
		buf_printf(
		    out, "%zu certificate%s\n", all->n, all->n == 1 ? "" : "s");
}

/* ---- the command ---- */

static int
print(const struct settings *set, struct store *s, const struct pinset *p)
{
	struct inventory all = { .s = s, .p = p };
	struct buf out;
	int status = CLI_LOCAL;

	buf_init(&out, SIZE_MAX / 2);
	if (store_certs_each(s, add_cert, &all)) {
		if (all.n > 0)
			qsort(all.v, all.n, sizeof *all.v, compare);
		write_all(&out, &all, set->format);
		status = cmd_util_print(&out);
	} else
		msg_error("%s", store_error(s));
	for (size_t i = 0; i < all.n; i++)
		json_decref(all.v[i]);
	free(all.v);
	buf_fini(&out);
	return status;
}

int
cli_inventory(int argc, char *argv[])
{
	struct settings set = { .format = FORMAT_TEXT };
	const struct opts_opt opts[] = {
		{ "format", OPTS_WORD, &set.format, "text|json|csv",
		    "output format", format_words },
	};
	const struct opts_command command = { "inventory", "",
		"List every seen certificate for the watched names, from the "
		"store.",
		opts, sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);
	struct pinset *p;
	struct store *s;
	int status;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n > 0) {
		msg_error("inventory: takes no operand: %s", argv[1]);
		return CLI_USAGE;
	}
	if (!cmd_util_pinset(&set.common, false, &p))
		return CLI_USAGE;
	s = cmd_util_store(&set.common, STORE_READ);
	status = s != NULL ? print(&set, s, p) : CLI_LOCAL;
	store_close(s);
	pinset_free(p);
	return status;
}
