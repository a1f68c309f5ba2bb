/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/pins/pins.h"
#include "cli/run/check_consumers.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/log_findings.h>
#include <ctwatch/rotate/drift.h>
#include <ctwatch/rotate/export_record.h>
#include <ctwatch/rotate/formats.h>

/* Maximum number of faults in a message; others are counted. */
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
	buf_printf(&f->text, "%s%s: %s%s", f->n > 1 ? "; " : "", where, what,
	    *what != '\0' ? " " : "");
	text_escape(&f->text, bytes_of(which));
}

/* Compare the file with the pinset; return false if it is not on this machine.
 * An unreadable file is a fault, too, since it may have others. */
static bool
compare(struct store *s, struct drift *drift,
    const struct formats_format *format, const char *path, struct faults *f)
{
	struct pinlist list = { 0 };
	struct buf text, title, error;
	enum file_result r;

	buf_init(&text, LIMIT_PIN_FILE);
	buf_init(&title, LIMIT_PIN_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	r = file_read(path, false, &text, &error);
	if (r == FILE_OK &&
	    formats_read(
	        format, buf_view(&text), path, &list, &error, &drift->format)) {
		pinlist_resolve(&list);
		if (!export_record_title(s, drift->p, buf_view(&text), &title))
			msg_warn("%s", store_error(s));
		drift->text = buf_view(&text);
		drift->title = buf_view(&title);
		drift_check(drift, &list);
	} else if (r == FILE_ABSENT)
		msg_debug("%s", buf_text(&error));
	else
		note(f, "cannot be read", "", buf_text(&error));
	pinlist_fini(&list);
	buf_fini(&text);
	buf_fini(&title);
	buf_fini(&error);
	return r != FILE_ABSENT;
}

bool
check_consumers(struct store *s, const struct pinset *p, const char *file,
    int64_t started, int64_t run)
{
	bool ok = true;

	for (size_t i = 0; ok && p != NULL && i < p->n_consumers; i++) {
		const struct pinset_consumer *k = &p->consumers[i];
		const struct formats_format *format =
		    k->format != NULL ? formats_find(k->format) : NULL;
		struct faults f = { .n = 0 };
		struct drift drift = { .p = p,
			.consumer = k->id,
			.now = time_now(),
			.report = note,
			.arg = &f };
		char *path;

		if (k->path == NULL)
			continue;
		path = pinset_path(file, k->path);
		buf_init(&f.text, LIMIT_SMALL_BODY);
		if (compare(s, &drift, format, path, &f)) {
			if (f.n > NAMED)
				buf_printf(
				    &f.text, "; and %zu more", f.n - NAMED);
			ok = log_findings_state(s, started, run, "CTW074",
			    k->id, f.n > 0 ? buf_text(&f.text) : NULL);
		}
		buf_fini(&f.text);
		free(path);
	}
	return ok;
}
