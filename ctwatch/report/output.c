/* SPDX-License-Identifier: Apache-2.0 */
/* output: write a report to a file, a device or standard output. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/items.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/terminal.h>
#include <ctwatch/report/report_json.h>

/* Bytes of a report that are kept in memory until they are written. */
#define PART (64u << 10)

/* Where a report goes. */
struct output {
	int fd;
	char *temp; /* owned: a new file beside the target; else NULL */
	int failed; /* the errno of the first failure, or 0 */
};

void
report_output_drain(const struct report_style *style, struct buf *out)
{
	if (style->drain != NULL && out->n >= PART)
		style->drain(style->arg, out);
}

static void
drain(void *arg, struct buf *out)
{
	struct output *o = arg;

	if (o->failed == 0 && !file_write(o->fd, buf_view(out)))
		o->failed = errno;
	buf_clear(out);
}

static bool
open_target(struct output *o, const char *target)
{
	struct stat st;

	if (target == NULL) {
		o->fd = fflush(stdout) == 0 ? STDOUT_FILENO : -1;
	} else if (lstat(target, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISLNK(st.st_mode)) {
		o->fd = open(target, O_WRONLY | O_CLOEXEC);
	} else
		o->fd = file_create_beside(target, 0644, &o->temp);
	if (o->fd < 0)
		o->failed = errno;
	return o->fd >= 0;
}

/* Close it; a file gets its place if all of it was written. */
static void
close_target(struct output *o, const char *target, struct buf *error)
{
	if (o->temp != NULL) {
		if (!file_put_in_place(
		        o->fd, o->temp, target, o->failed, error))
			o->failed = -1;
		free(o->temp);
		return;
	}
	if (target != NULL && o->fd >= 0 && close(o->fd) != 0 && o->failed == 0)
		o->failed = errno;
	if (o->failed != 0)
		buf_printf(error, "%s: %s",
		    target != NULL ? target : "standard output",
		    strerror(o->failed));
}

bool
report_output(const struct report *r, const struct report_writer *w,
    struct store *s, const char *path)
{
	bool std = path == NULL || strcmp(path, "-") == 0;
	struct output o = { .fd = -1 };
	struct report_style style = { .store = s,
		.colour = std && terminal_colour(STDOUT_FILENO),
		.drain = drain,
		.arg = &o };
	char *target = std ? NULL : file_output_path(path);
	struct buf out, error;

	buf_init(&out, SIZE_MAX / 2);
	buf_init(&error, 4096);
	if (open_target(&o, target)) {
		w->write(r, &style, &out);
		drain(&o, &out);
		if (r->items != NULL && *store_error(r->items->s) != '\0' &&
		    o.failed == 0) {
			buf_printf(&error, "%s; ", store_error(r->items->s));
			o.failed = EIO;
		}
	}
	close_target(&o, target, &error);
	if (o.failed != 0)
		msg_error("cannot write the report: %s", buf_text(&error));
	buf_fini(&error);
	buf_fini(&out);
	free(target);
	return o.failed == 0;
}
