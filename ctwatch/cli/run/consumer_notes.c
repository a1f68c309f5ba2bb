/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/run/consumer_notes.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/export_record.h>
#include <ctwatch/wire/cert.h>

struct noting {
	struct store *s;
	const struct pinset *p;
	bool ok;
};

/* The SPKI digest of a finding's certificate; false if it is of none. */
static bool
load_spki(struct store *s, const struct store_finding *f,
    uint8_t out[static SHA256_SIZE])
{
	struct store_cert stored;
	struct cert c;
	bool ok;

	if (!store_cert_load(s, f->tbs_sha256, &stored))
		return false;
	ok = leaf_parse_cert(stored.kind, stored.der, &c) == CERT_OK;
	if (ok)
		cert_pin(&c, out);
	store_cert_fini(&stored);
	return ok;
}

/* Replace the notes about consumers in a finding's detail by these lines; true
 * if that changed it. */
static bool
replace_notes(json_t *detail, struct bytes lines)
{
	json_t *notes = json_object_get(detail, "notes"), *v;
	json_t *fresh = json_array();
	struct bytes line;
	bool changed;
	size_t i;

	json_array_foreach(notes, i, v)
		if (json_is_string(v) &&
		    strstr(json_string_value(v), EXPORT_RECORD_ACCEPTS) == NULL)
			json_array_append(fresh, v);
	while (text_line(&lines, &line))
		json_array_append_new(
		    fresh, json_stringn((const char *)line.p, line.n));
	changed = notes == NULL ? json_array_size(fresh) > 0
	                        : !json_equal(notes, fresh);
	json_object_set_new(detail, "notes", fresh);
	return changed;
}

static void
add_notes(void *arg, const struct store_finding *f)
{
	struct noting *x = arg;
	struct store_finding changed = *f;
	uint8_t spki[SHA256_SIZE];
	struct buf lines;
	json_t *detail;

	if (!x->ok ||
	    (strcmp(f->rule, "CTW004") != 0 &&
	        strcmp(f->rule, "CTW006") != 0) ||
	    !load_spki(x->s, f, spki))
		return;
	buf_init(&lines, LIMIT_SMALL_BODY);
	x->ok = export_record_holders(x->s, x->p, spki, time_now(), &lines);
	detail = json_loads(f->detail != NULL ? f->detail : "{}", 0, NULL);
	if (x->ok && json_is_object(detail) &&
	    replace_notes(detail, buf_view(&lines))) {
		changed.detail = json_dumps(detail, JSON_COMPACT);
		x->ok = store_finding_save(x->s, &changed);
		free(changed.detail);
	}
	json_decref(detail);
	buf_fini(&lines);
}

bool
consumer_notes_add(struct store *s, const struct pinset *p)
{
	struct noting x = { s, p, true };

	if (p == NULL || p->n_consumers == 0)
		return true;
	return store_findings_open_each(s, "CTW004", "CTW006", add_notes, &x) &&
	    x.ok;
}
