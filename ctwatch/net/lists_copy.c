/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/answer.h>
#include <ctwatch/net/lists_copy.h>
#include <ctwatch/wire/digest.h>

/* A list and what stands before it. */
#define MOST (BOUNDS_LOG_LIST + 2 * BOUNDS_SMALL_BODY)

void
lists_copy_init(struct lists_copy *c)
{
	*c = (struct lists_copy){ .fetched = 0 };
	buf_init(&c->json, BOUNDS_LOG_LIST);
	buf_init(&c->signature, BOUNDS_SMALL_BODY);
}

void
lists_copy_fini(struct lists_copy *c)
{
	buf_fini(&c->json);
	buf_fini(&c->signature);
	free(c->etag);
	lists_copy_init(c);
}

/* DIR/lists/HEX, named by the digest of the URL; the caller frees. */
static char *
path_of(const char *dir, const char *url)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[2 * DIGEST_SIZE + 1];

	digest_sha256(bytes_of(url), digest);
	text_hex((struct bytes){ digest, sizeof digest }, hex);
	return mem_printf("%s/lists/%.32s", dir, hex);
}

/* The rest of line if it begins with word. */
static bool
take_word(struct bytes line, const char *word, struct bytes *rest)
{
	struct bytes first;

	return bytes_take(&line, strlen(word), &first) &&
	    bytes_is(first, word) && (*rest = line, true);
}

static bool
parse_line(struct lists_copy *c, struct bytes line)
{
	struct bytes rest;
	size_t n;
	char *text;
	bool ok = false;

	if (take_word(line, "signature ", &rest)) {
		ok = buf_reserve(&c->signature, rest.n) &&
		    text_unbase64(rest, c->signature.p, &n);
		c->signature.n = ok ? n : 0;
		return ok;
	}
	if (take_word(line, "fetched ", &rest)) {
		text = (char *)mem_dup(rest);
		ok = time_parse(text, &c->fetched);
		free(text);
		return ok;
	}
	if (c->etag == NULL && take_word(line, "etag ", &rest)) {
		c->etag = (char *)mem_dup(rest);
		ok = answer_is_etag(c->etag);
	}
	return ok;
}

void
lists_copy_load(struct lists_copy *c, const char *dir, const char *url)
{
	char *path = path_of(dir, url);
	struct buf file, ignored;
	struct bytes rest, line;
	bool ok;

	buf_init(&file, MOST);
	buf_init(&ignored, 4096);
	ok = file_read(path, false, &file, &ignored) == FILE_OK;
	rest = buf_view(&file);
	while (ok && (ok = bytes_until(&rest, '\n', &line)) && line.n > 0)
		ok = parse_line(c, line);
	if (!ok || c->fetched == 0 || !buf_add(&c->json, rest))
		lists_copy_fini(c);
	buf_fini(&file);
	buf_fini(&ignored);
	free(path);
}

static void
write_head(const struct lists_copy *c, struct buf *out)
{
	char fetched[TIME_TEXT];

	time_format(c->fetched, fetched);
	buf_printf(out, "fetched %s\n", fetched);
	if (c->etag != NULL)
		buf_printf(out, "etag %s\n", c->etag);
	if (c->signature.n > 0) {
		buf_add_text(out, "signature ");
		text_base64_add(out, buf_view(&c->signature));
		buf_add_byte(out, '\n');
	}
	buf_add_byte(out, '\n');
}

bool
lists_copy_save(const struct lists_copy *c, const char *dir, const char *url,
    struct buf *error)
{
	char *folder = mem_printf("%s/lists", dir);
	char *path = path_of(dir, url);
	struct buf out;
	bool ok = mkdir(folder, 0700) == 0 || errno == EEXIST;

	if (!ok)
		buf_printf(error, "%s: %s", folder, strerror(errno));
	buf_init(&out, MOST);
	write_head(c, &out);
	buf_add(&out, buf_view(&c->json));
	ok = ok && file_replace(path, buf_view(&out), error);
	buf_fini(&out);
	free(path);
	free(folder);
	return ok;
}
