/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shipping: what the pinset's consumers ship, looked at in every run.
 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/night.h>
#include <ctwatch/cli/pins.h>
#include <ctwatch/rotate/drift.h>
#include <ctwatch/rotate/formats.h>

/* Faults that one message names; the others are counted. */
#define NAMED 3

struct faults {
	struct buf text;
	size_t n;
};

static void
note(void *arg, const char *where, const char *what, const char *which)
{
	struct faults *f = arg;

	if (f->n++ >= NAMED)
		return;
	buf_printf(&f->text, "%s%s: %s ", f->n > 1 ? "; " : "", where, what);
	text_safe(&f->text, bytes_of(which));
}

/* Read what a consumer ships; false when it is not here or no such file. */
static bool
read_shipped(
    const struct pinset_consumer *k, const char *path, struct pinlist *out)
{
	const struct formats_format *format =
	    k->format != NULL ? formats_find(k->format) : NULL;
	struct buf text, error;
	enum file_result r;
	bool ok;

	buf_init(&text, BOUNDS_PIN_FILE);
	buf_init(&error, BOUNDS_SMALL_BODY);
	r = file_read(path, false, &text, &error);
	ok = r == FILE_OK &&
	    formats_read(format, buf_view(&text), path, out, &error, NULL);
	if (ok)
		pinlist_resolve(out);
	else if (r == FILE_ABSENT)
		msg_debug("%s", buf_text(&error));
	else
		msg_warn("%s", buf_text(&error));
	buf_fini(&text);
	buf_fini(&error);
	return ok;
}

bool
shipping_check(struct night *n,
    bool (*save)(struct night *, const char *rule, const char *subject,
        const char *message))
{
	const struct pinset *p = n->pinset;
	bool ok = true;

	for (size_t i = 0; ok && p != NULL && i < p->n_consumers; i++) {
		const struct pinset_consumer *k = &p->consumers[i];
		const struct formats_format *format =
		    k->format != NULL ? formats_find(k->format) : NULL;
		struct pinlist list = { 0 };
		struct faults f = { .n = 0 };
		struct drift drift = { .p = p, .tell = note, .arg = &f };
		char *path;

		if (k->path == NULL)
			continue;
		path = pins_path(n->set.common.pinset, k->path);
		if (format != NULL && (format->can & FORMATS_NAMES) != 0)
			drift.consumer = k->id;
		buf_init(&f.text, BOUNDS_SMALL_BODY);
		if (read_shipped(k, path, &list)) {
			drift_check(&drift, &list);
			if (f.n > NAMED)
				buf_printf(
				    &f.text, "; and %zu more", f.n - NAMED);
			ok = save(n, "CTW074", k->id,
			    f.n > 0 ? buf_text(&f.text) : NULL);
		}
		buf_fini(&f.text);
		pinlist_fini(&list);
		free(path);
	}
	return ok;
}
