/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/json_bytes.h>
#include <ctwatch/rotate/pinset_change.h>
#include <ctwatch/wire/sha256.h>

/* The members of the stored change, and the suffixes of their files, in the
 * order in which the files are replaced. */
static const struct {
	const char *member, *suffix;
	size_t at;
} parts[] = {
	{ "base", ".base", offsetof(struct pinset_change, base) },
	{ "base_sig", ".base.sig", offsetof(struct pinset_change, base_sig) },
	{ "text", "", offsetof(struct pinset_change, text) },
	{ "sig", ".sig", offsetof(struct pinset_change, sig) },
};

#define N_PARTS (sizeof parts / sizeof *parts)

static struct blob *
part(struct pinset_change *c, size_t i)
{
	return (struct blob *)((char *)c + parts[i].at);
}

char *
pinset_change_realpath(const char *path)
{
	char *real = realpath(path, NULL), *copy;

	if (real == NULL)
		return mem_strdup(path);
	copy = mem_strdup(real);
	free(real);
	return copy;
}

/* Return the name of the value in the store; the caller frees. */
static char *
value_name(const char *path)
{
	char *real = pinset_change_realpath(path);
	char *name = mem_printf("pinset-change/%s", real);

	free(real);
	return name;
}

bool
pinset_change_save(struct store *s, const char *path,
    const struct pinset_change *c, struct bytes from)
{
	struct pinset_change copy = *c;
	json_t *root = json_object();
	char hex[2 * SHA256_SIZE + 1], *name = value_name(path), *text;
	bool ok;

	sha256_hex(from, hex);
	json_object_set_new(root, "from", json_string(hex));
	for (size_t i = 0; i < N_PARTS; i++)
		json_object_set_new(root, parts[i].member,
		    json_bytes_new(blob_view(*part(&copy, i))));
	text = json_dumps(root, JSON_COMPACT);
	ok = store_value_save(s, name, bytes_of(text));
	free(text);
	free(name);
	json_decref(root);
	return ok;
}

/* Return the unfinished change of the pinset at path, or NULL. */
static json_t *
load(struct store *s, const char *path)
{
	char *name = value_name(path);
	json_t *root = NULL;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (store_value_load(s, name, &text) && text.n > 0)
		root = json_loadb((const char *)text.p, text.n, 0, NULL);
	buf_fini(&text);
	free(name);
	if (json_is_object(root))
		return root;
	json_decref(root);
	return NULL;
}

static void
take_parts(const json_t *root, struct pinset_change *out)
{
	for (size_t i = 0; i < N_PARTS; i++)
		*part(out, i) =
		    json_bytes_take(json_object_get(root, parts[i].member));
}

bool
pinset_change_load(struct store *s, const char *path, struct pinset_change *out)
{
	json_t *root = load(s, path);

	*out = (struct pinset_change){ 0 };
	if (root == NULL)
		return false;
	take_parts(root, out);
	json_decref(root);
	return true;
}

void
pinset_change_fini(struct pinset_change *c)
{
	for (size_t i = 0; i < N_PARTS; i++)
		blob_fini(part(c, i));
	*c = (struct pinset_change){ 0 };
}

/* Keep a pinset that is neither the old one nor the new one. */
static bool
keep_edited(
    const char *path, const char *from, struct bytes text, struct buf *error)
{
	char hex[2 * SHA256_SIZE + 1], *kept;
	struct buf now;
	bool ok = true;

	buf_init(&now, LIMIT_USER_FILE);
	if (file_read(path, false, &now, error) != FILE_OK) {
		buf_clear(error); /* absent: replaced by the new one */
		buf_fini(&now);
		return true;
	}
	sha256_hex(buf_view(&now), hex);
	if (strcmp(hex, from) != 0 && !bytes_equal(buf_view(&now), text)) {
		kept = mem_printf("%s.unsigned", path);
		ok = file_replace(kept, buf_view(&now), error);
		if (ok)
			msg_warn("%s was edited during an approved change: the "
			         "edited file was renamed to %s",
			    path, kept);
		free(kept);
	}
	buf_fini(&now);
	return ok;
}

static bool
put_file(const char *path, const char *suffix, struct bytes content,
    struct buf *error)
{
	char *file = mem_printf("%s%s", path, suffix);
	bool ok = true;

	if (content.n > 0)
		ok = file_replace(file, content, error);
	else if (unlink(file) != 0 && errno != ENOENT)
		ok = buf_printf(error, "%s: cannot remove: %s", file,
		         strerror(errno)) &&
		    false;
	free(file);
	return ok;
}

bool
pinset_change_complete(struct store *s, const char *path, struct buf *error)
{
	json_t *root = load(s, path);
	struct pinset_change c;
	const char *from;
	char *name;
	bool ok;

	if (root == NULL)
		return true;
	take_parts(root, &c);
	from = json_string_value(json_object_get(root, "from"));
	ok = keep_edited(
	    path, from != NULL ? from : "", blob_view(c.text), error);
	/* Remove the base only after the pinset that needs none is in place. */
	for (size_t i = 0; ok && i < N_PARTS; i++)
		if (part(&c, i)->n > 0)
			ok = put_file(path, parts[i].suffix,
			    blob_view(*part(&c, i)), error);
	for (size_t i = 0; ok && i < N_PARTS; i++)
		if (part(&c, i)->n == 0)
			ok = put_file(path, parts[i].suffix,
			    blob_view(*part(&c, i)), error);
	name = value_name(path);
	if (ok && !store_value_save(s, name, bytes_of(""))) {
		buf_add_text(error, store_error(s));
		ok = false;
	}
	free(name);
	pinset_change_fini(&c);
	json_decref(root);
	return ok;
}
