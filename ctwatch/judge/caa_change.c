/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "judge/close_findings.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/caa_change.h>
#include <ctwatch/judge/caa_findings.h>
#include <ctwatch/policy/caa.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/wire/caa_set.h>

#define RULE "CTW059"

/* Why a change that let no further CA issue is closed. */
#define CLOSED "reported; it let no further CA issue"

/* Records of a set that a message lists. */
#define LISTED 5

/* By what a change does to CAs. */
static const struct {
	enum rules_severity severity;
	const char *text;
} effects[] = {
	[CAA_SAME] = { RULES_NOTE, "the same CAs may issue" },
	[CAA_STRICTER] = { RULES_LOW, "fewer CAs or accounts may issue" },
	[CAA_LOOSER] = { RULES_MEDIUM,
	    "CAs or accounts may issue that might not before" },
};

/* The watched items that name is the registrable name of, or a part of. */
static json_t *
items_of(const struct watch *w, const char *name)
{
	json_t *out = json_array();

	for (size_t i = 0; i < watch_count(w); i++) {
		const char *item = watch_item(w, i);
		char *base = caa_findings_name(item);
		size_t n = base != NULL ? strlen(base) : 0, all = strlen(name);

		if (base != NULL && all >= n &&
		    strcmp(name + all - n, base) == 0 &&
		    (all == n || name[all - n - 1] == '.') &&
		    json_array_size(out) < LIMIT_FINDING_NAMES)
			json_array_append_new(out, json_string(item));
		free(base);
	}
	return out;
}

static char *
message_of(const struct store_caa *before, const struct store_caa *after,
    enum caa_effect effect)
{
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	buf_printf(&b, "%s: the CAA records have changed, and %s: before, ",
	    after->name, effects[effect].text);
	caa_set_list(blob_view(before->set), LISTED, &b);
	buf_add_text(&b, "; now, ");
	caa_set_list(blob_view(after->set), LISTED, &b);
	buf_add_text(&b,
	    after->authenticated ? "; authenticated by DNSSEC"
	                         : "; not authenticated by DNSSEC");
	return buf_detach(&b);
}

bool
caa_change_open(struct store *s, const struct watch *w,
    const struct store_caa *before, const struct store_caa *after, int64_t now,
    int64_t run)
{
	enum caa_effect effect =
	    caa_compare(blob_view(before->set), blob_view(after->set));
	char from[2 * SHA256_SIZE + 1], to[2 * SHA256_SIZE + 1];
	char day[TIME_TEXT];
	const char *fields[] = { after->name, day, from, to };
	struct store_finding f = { .rule = (char *)(uintptr_t)RULE,
		.severity = (int)effects[effect].severity,
		.status = STORE_NEW,
		.subject = after->name,
		.first_seen = now,
		.last_seen = now,
		.first_run = run,
		.last_run = run };
	json_t *detail;
	bool ok;

	sha256_hex(blob_view(before->set), from);
	sha256_hex(blob_view(after->set), to);
	time_format_date(after->last, day);
	if (strcmp(from, to) == 0)
		return true;
	detail = json_pack("{so}", "watched", items_of(w, after->name));
	f.detail = json_dumps(detail, JSON_COMPACT);
	f.message = message_of(before, after, effect);
	rules_fingerprint(rules_find(RULE), fields, 4, f.id);
	ok = store_finding_save(s, &f);
	free(f.detail);
	free(f.message);
	json_decref(detail);
	return ok;
}

/* ---- closing ---- */

struct closing {
	struct store *s;
	int64_t looked_up, run;
	bool ok;
};

static void
close_one(void *arg, const struct store_finding *f)
{
	struct closing *x = arg;
	struct store_caa last;

	if (f->severity >= (int)RULES_MEDIUM || f->first_run >= x->run)
		return;
	if (store_caa_last(x->s, f->subject, &last) &&
	    last.last >= x->looked_up)
		x->ok = close_findings_one(x->s, f->id, CLOSED) && x->ok;
	store_caa_fini(&last);
}

bool
caa_change_close(struct store *s, int64_t looked_up, int64_t run)
{
	struct closing x = {
		.s = s, .looked_up = looked_up, .run = run, .ok = true
	};

	return store_findings_open_each(s, RULE, RULE, close_one, &x) && x.ok;
}
