/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd_util.h"
#include "cli/outputs.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>

static bool
is_standard(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

static bool
is_twice(const struct outputs *o, const char *path)
{
	for (size_t i = 0; i < o->n; i++)
		if (is_standard(path) ? is_standard(o->v[i].path)
		                      : !is_standard(o->v[i].path) &&
		            strcmp(path, o->v[i].path) == 0)
			return true;
	return false;
}

static bool
add(struct outputs *o, const char *format, const char *path)
{
	const struct report_writer *w = cmd_util_writer(format);

	if (w == NULL)
		return false;
	if (is_twice(o, path)) {
		msg_error("--output: two reports go to %s",
		    is_standard(path) ? "standard output" : path);
		return false;
	}
	o->v = mem_grow(o->v, o->n, sizeof *o->v);
	o->v[o->n++] = (struct outputs_one){ w, path };
	return true;
}

/* Add FILE or FORMAT:FILE. */
static bool
add_value(struct outputs *o, const char *value, const char *format)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz-");
	char *name;
	bool ok;

	if (n == 0 || value[n] != ':')
		return add(o, format, value);
	if (value[n + 1] == '\0') {
		msg_error("--output: '%s' names no file", value);
		return false;
	}
	name = mem_printf("%.*s", (int)n, value);
	ok = add(o, name, value + n + 1);
	if (!ok && report_writer(name) == NULL)
		msg_error("--output: write a file of that name as ./%s", value);
	free(name);
	return ok;
}

bool
outputs_parse(const struct opts_list *values, const char *format, bool quiet,
    struct outputs *out)
{
	bool ok = true;

	*out = (struct outputs){ .n = 0 };
	if (values->n == 0 && quiet && format == NULL)
		return true;
	if (format == NULL)
		format = "text";
	else if (cmd_util_writer(format) == NULL)
		return false;
	for (size_t i = 0; ok && i < values->n; i++)
		ok = add_value(out, values->v[i], format);
	if (values->n == 0)
		ok = add(out, format, NULL);
	if (!ok)
		outputs_fini(out);
	return ok;
}

/* Report why target cannot be written; 0 if it can. */
static int
why_not(const char *target)
{
	struct stat st;
	char *name;
	int fd;

	if (lstat(target, &st) == 0 && S_ISDIR(st.st_mode))
		return EISDIR;
	if (lstat(target, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISLNK(st.st_mode))
		return access(target, W_OK) == 0 ? 0 : errno;
	fd = file_create_beside(target, 0600, &name);
	if (fd < 0)
		return errno;
	close(fd);
	unlink(name);
	free(name);
	return 0;
}

bool
outputs_check(const struct outputs *o)
{
	bool ok = true;

	for (size_t i = 0; i < o->n; i++) {
		char *target;
		int why;

		if (is_standard(o->v[i].path))
			continue;
		target = file_output_path(o->v[i].path);
		why = why_not(target);
		if (why != 0)
			msg_error("--output: %s cannot be written: %s",
			    o->v[i].path, strerror(why));
		ok = ok && why == 0;
		free(target);
	}
	return ok;
}

bool
outputs_write(const struct outputs *o, const struct report *r, struct store *s)
{
	bool ok = true;

	for (size_t i = 0; i < o->n; i++)
		ok = report_output(r, o->v[i].writer, s, o->v[i].path) && ok;
	return ok;
}

void
outputs_fini(struct outputs *o)
{
	free(o->v);
	*o = (struct outputs){ .n = 0 };
}
