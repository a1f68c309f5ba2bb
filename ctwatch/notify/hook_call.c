/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/hook_call.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

static void
add_entry(struct hook_call *c, char *entry)
{
	/* One beyond the last for the NULL that ends it. */
	c->env = mem_grow(c->env, c->n_env, sizeof *c->env);
	c->env[c->n_env++] = entry;
}

void
hook_call_set(struct hook_call *c, const char *name, const char *value)
{
	struct buf entry;

	buf_init(&entry, SIZE_MAX / 2);
	buf_printf(&entry, "%s=", name);
	escape_utf8(&entry, text_cut(bytes_of(value), LIMIT_HOOK_VALUE));
	add_entry(c, buf_detach(&entry));
}

void
hook_call_number(struct hook_call *c, const char *name, int64_t value)
{
	add_entry(c, mem_printf("%s=%" PRId64, name, value));
}

static bool
is_set(const struct hook_call *c, const char *entry)
{
	size_t n = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < c->n_env; i++)
		if (strncmp(c->env[i], entry, n) == 0)
			return true;
	return false;
}

/* Programs differ in which of two equal variables they use, so skip those that
 * are set. */
void
hook_call_inherit(struct hook_call *c)
{
	extern char **environ;

	for (char **e = environ; *e != NULL; e++)
		if (!is_set(c, *e))
			add_entry(c, mem_strdup(*e));
	add_entry(c, NULL);
}

void
hook_call_file(struct hook_call *c, const char *variable, const char *name,
    struct bytes content)
{
	char *path = mem_printf("%s/%s", c->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	c->ok &= fd >= 0 && file_write(fd, content);
	if (fd >= 0)
		close(fd);
	hook_call_set(c, variable, path);
	free(path);
}

void
hook_call_json(
    struct hook_call *c, const char *variable, const char *name, json_t *v)
{
	char *text = json_dumps(v, JSON_INDENT(2));

	hook_call_file(c, variable, name, bytes_of(text != NULL ? text : ""));
	free(text);
	json_decref(v);
}

bool
hook_call_begin(struct hook_call *c, const json_t *message, struct store *s,
    struct buf *error)
{
	const char *tmp = getenv("TMPDIR");

	*c = (struct hook_call){ .message = message, .store = s, .ok = true };
	c->dir = mem_printf("%s/ctwatch-hook.XXXXXX",
	    tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (mkdtemp(c->dir) != NULL)
		return true;
	buf_printf(error, "%s: %s", c->dir, strerror(errno));
	free(c->dir);
	c->dir = NULL;
	return false;
}

void
hook_call_end(struct hook_call *c)
{
	DIR *d = c->dir != NULL ? opendir(c->dir) : NULL;
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	if (c->dir != NULL)
		rmdir(c->dir);
	for (size_t i = 0; i < c->n_env; i++)
		free(c->env[i]);
	free(c->env);
	free(c->dir);
}
