/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "net/http_headers.h"
#include "net/loglist_cache.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/sha256.h>

/* The size of a list with its header. */
#define FILE_MAX_SIZE (LIMIT_LOG_LIST + 2 * LIMIT_SMALL_BODY)

void
loglist_cache_init(struct loglist_cache *c)
{
	*c = (struct loglist_cache){ .fetched = 0 };
	buf_init(&c->json, LIMIT_LOG_LIST);
	buf_init(&c->signature, LIMIT_SMALL_BODY);
}

void
loglist_cache_fini(struct loglist_cache *c)
{
	buf_fini(&c->json);
	buf_fini(&c->signature);
	free(c->etag);
	loglist_cache_init(c);
}

/* DIR/lists/HEX, named by the digest of the URL; the caller frees. */
static char *
path_of(const char *dir, const char *url)
{
	char hex[2 * SHA256_SIZE + 1];

	sha256_hex(bytes_of(url), hex);
	return mem_printf("%s/lists/%.32s", dir, hex);
}

/* Return the rest of line if it begins with word. */
static bool
take_word(struct bytes line, const char *word, struct bytes *rest)
{
	struct bytes first;

	return bytes_take(&line, strlen(word), &first) &&
	    bytes_is(first, word) && (*rest = line, true);
}

static bool
parse_line(struct loglist_cache *c, struct bytes line)
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
		text = mem_text(rest);
		ok = time_parse(text, &c->fetched);
		free(text);
		return ok;
	}
	if (c->etag == NULL && take_word(line, "etag ", &rest)) {
		c->etag = mem_text(rest);
		ok = http_headers_is_etag(c->etag);
	}
	return ok;
}

void
loglist_cache_load(struct loglist_cache *c, const char *dir, const char *url)
{
	char *path = path_of(dir, url);
	struct buf file, ignored;
	struct bytes rest, line;
	bool ok;

	buf_init(&file, FILE_MAX_SIZE);
	buf_init(&ignored, 4096);
	ok = file_read(path, false, &file, &ignored) == FILE_OK;
	rest = buf_view(&file);
	while (ok && (ok = bytes_until(&rest, '\n', &line)) && line.n > 0)
		ok = parse_line(c, line);
	if (!ok || c->fetched == 0 || !buf_add(&c->json, rest))
		loglist_cache_fini(c);
	buf_fini(&file);
	buf_fini(&ignored);
	free(path);
}

static void
write_head(const struct loglist_cache *c, struct buf *out)
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
loglist_cache_save(const struct loglist_cache *c, const char *dir,
    const char *url, struct buf *error)
{
	char *folder = mem_printf("%s/lists", dir);
	char *path = path_of(dir, url);
	struct buf out;
	bool ok = mkdir(folder, 0700) == 0 || errno == EEXIST;

	if (!ok)
		buf_printf(error, "%s: %s", folder, strerror(errno));
	buf_init(&out, FILE_MAX_SIZE);
	write_head(c, &out);
	buf_add(&out, buf_view(&c->json));
	ok = ok && file_replace(path, buf_view(&out), error);
	buf_fini(&out);
	free(path);
	free(folder);
	return ok;
}
