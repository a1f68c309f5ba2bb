/* SPDX-License-Identifier: Apache-2.0 */
/* pins: functions for the verbs: read, print, write. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include "cli/pins/pins.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/formats.h>

struct pinset *
pins_load(const struct opts_common *common)
{
	struct pinset *p = NULL;

	if (cmd_util_pinset(common, false, &p) && p == NULL)
		msg_error("no pinset: give --pinset FILE");
	return p;
}

/* Read the file, adding to out; its content goes to *text. */
static bool
read_file(const char *file, const struct formats_format *format,
    struct pinlist *out, const struct formats_format **found, struct blob *text)
{
	struct buf error;
	bool ok;

	if (!opts_read_file(file, LIMIT_PIN_FILE, text))
		return false;
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = formats_read(format, blob_view(*text), file, out, &error, found);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok;
}

/* The format of this name; NULL for NULL.  False if there is none. */
static bool
find_format(const char *name, const struct formats_format **out)
{
	*out = name != NULL ? formats_find(name) : NULL;
	if (name != NULL && *out == NULL)
		msg_error("unknown format %s", name);
	return name == NULL || *out != NULL;
}

/* Resolve the names in out, and say its warnings; free it unless ok. */
static bool
end_read(struct pinlist *out, bool ok)
{
	if (ok)
		pinlist_resolve(out);
	for (size_t i = 0; i < out->n_warnings; i++)
		msg_warn("%s", out->warnings[i]);
	if (!ok)
		pinlist_fini(out);
	return ok;
}

bool
pins_read(char *const files[], size_t n, const char *format,
    struct pinlist *out, const struct formats_format **found)
{
	const struct formats_format *f;
	bool ok = true;

	*out = (struct pinlist){ 0 };
	if (!find_format(format, &f))
		return false;
	for (size_t i = 0; ok && i < n; i++) {
		struct blob text = { 0 };

		ok = read_file(files[i], f, out, found, &text);
		blob_fini(&text);
	}
	return end_read(out, ok);
}

bool
pins_read_one(const char *file, const char *format, struct pinlist *out,
    const struct formats_format **found, struct blob *text)
{
	const struct formats_format *f;

	*out = (struct pinlist){ 0 };
	*text = (struct blob){ 0 };
	return find_format(format, &f) &&
	    end_read(out, read_file(file, f, out, found, text));
}

bool
pins_material(const char *file, struct key_input_list *out)
{
	struct buf error;
	struct blob text;
	bool ok;

	*out = (struct key_input_list){ 0 };
	if (!opts_read_file(file, LIMIT_PIN_FILE, &text))
		return false;
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = key_input_read(blob_view(text), out, &error);
	if (!ok)
		msg_error("%s: %s", file, buf_text(&error));
	buf_fini(&error);
	blob_fini(&text);
	return ok;
}

void
pins_print(const char *text)
{
	struct buf safe;

	buf_init(&safe, SIZE_MAX / 2);
	escape_line(&safe, bytes_of(text), 0);
	fputs(buf_text(&safe), stdout);
	buf_fini(&safe);
}

/* Return the folder of path, with symbolic links resolved, or NULL.  The caller
 * frees. */
static char *
real_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? mem_strdup(".")
	    : slash == path          ? mem_strdup("/")
	                    : mem_printf("%.*s", (int)(slash - path), path);
	char *real = realpath(folder, NULL);

	free(folder);
	return real;
}

bool
pins_path_is_below(const char *pinset, const char *path)
{
	char *top = real_folder(pinset), *folder = real_folder(path);
	size_t n = top != NULL ? strlen(top) : 0;
	bool below = top != NULL && folder != NULL &&
	    strncmp(folder, top, n) == 0 &&
	    (folder[n] == '\0' || folder[n] == '/' || top[n - 1] == '/');

	free(top);
	free(folder);
	return below;
}

char *
pins_path_from(const char *pinset, const char *path)
{
	char *top = real_folder(pinset), *real = realpath(path, NULL);
	size_t n = top != NULL ? strlen(top) : 0;
	char *out = NULL;

	if (real != NULL && n > 1 && strncmp(real, top, n) == 0 &&
	    real[n] == '/')
		out = mem_strdup(real + n + 1);
	else if (real != NULL)
		out = mem_strdup(real);
	free(top);
	free(real);
	return out;
}

bool
pins_certs(const struct opts_list *files, struct key_input_list *out)
{
	*out = (struct key_input_list){ 0 };
	for (size_t i = 0; i < files->n; i++) {
		struct key_input_list l;

		if (!pins_material(files->v[i], &l)) {
			key_input_fini(out);
			return false;
		}
		for (size_t k = 0; k < l.n; k++) {
			out->v = mem_grow(out->v, out->n, sizeof *out->v);
			out->v[out->n++] = l.v[k];
		}
		free(l.v);
	}
	return true;
}

/* ---- output ---- */

int
pins_deliver(const char *output, struct bytes text)
{
	struct buf error;
	bool ok;

	if (output == NULL || strcmp(output, "-") == 0) {
		if (fwrite(text.p, 1, text.n, stdout) == text.n &&
		    fflush(stdout) == 0)
			return CLI_CLEAN;
		msg_error("standard output cannot be written");
		return CLI_UNDELIVERED;
	}
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = file_replace(output, text, &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok ? CLI_CLEAN : CLI_UNDELIVERED;
}

void
pins_list_formats(bool writing)
{
	size_t n;
	const struct formats_format *const *all = formats_all(&n);

	for (size_t i = 0; i < n; i++)
		if (writing ? all[i]->write != NULL : all[i]->read != NULL)
			printf("%-14s %s\n", all[i]->name, all[i]->purpose);
}
