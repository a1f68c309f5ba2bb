/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/embedded.h>
#include <ctwatch/net/inflate.h>
#include <ctwatch/net/lists.h>

/* Chrome itself stops trusting a list after seventy days. */
#define TOO_OLD (70 * TIME_DAY)

/* What is at hand of one list. */
struct copy {
	struct buf json;
	char *etag;      /* owned; or NULL */
	int64_t fetched; /* ms */
};

static bool
is_url(const char *name)
{
	return strstr(name, "://") != NULL;
}

/* Whether a list comes from another machine: see loglist.h. */
static bool
is_foreign(const char *name)
{
	return strncasecmp(name, "http", strlen("http")) == 0 && is_url(name) &&
	    !http_url_is_local(name);
}

static bool
read_file(const char *path, struct buf *out, struct buf *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : 1;

	while (got > 0) {
		if (!buf_reserve(out, 65536)) {
			errno = EFBIG;
			got = -1;
			break;
		}
		got = read(fd, out->p + out->n, 65536);
		if (got > 0)
			out->n += (size_t)got;
	}
	if (got < 0)
		buf_printf(error, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return got == 0;
}

/* ---- copies ---- */

/* DIR/lists/HEX.SUFFIX, named by the digest of the URL; the caller frees. */
static char *
copy_path(const char *dir, const char *url, const char *suffix)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[2 * DIGEST_SIZE + 1];

	digest_sha256(bytes_of(url), digest);
	text_hex((struct bytes){ digest, sizeof digest }, hex);
	hex[32] = '\0';
	return mem_printf("%s/lists/%s.%s", dir, hex, suffix);
}

static bool
write_file(const char *path, struct bytes content)
{
	char *temp = mem_printf("%s.tmp", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0;

	while (ok && content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);

		ok = n > 0;
		if (ok) {
			content.p += n;
			content.n -= (size_t)n;
		}
	}
	ok = ok && fsync(fd) == 0;
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	ok = ok && rename(temp, path) == 0;
	if (!ok)
		unlink(temp);
	free(temp);
	return ok;
}

static void
load_copy(const char *dir, const char *url, struct copy *out)
{
	char *json = copy_path(dir, url, "json");
	char *etag = copy_path(dir, url, "etag");
	struct buf ignored, text;
	struct stat st;

	buf_init(&ignored, 256);
	buf_init(&text, 1024);
	if (read_file(json, &out->json, &ignored) && stat(json, &st) == 0) {
		out->fetched = (int64_t)st.st_mtime * TIME_SECOND;
		if (read_file(etag, &text, &ignored) && text.n > 0)
			out->etag = mem_strdup(buf_text(&text));
	}
	buf_fini(&ignored);
	buf_fini(&text);
	free(json);
	free(etag);
}

/* Keep what was fetched; that it cannot be kept is no reason to stop. */
static void
save_copy(const char *dir, const char *url, struct bytes json, const char *etag)
{
	char *folder = mem_printf("%s/lists", dir);
	char *json_path = copy_path(dir, url, "json");
	char *etag_path = copy_path(dir, url, "etag");

	mkdir(folder, 0700);
	unlink(etag_path); /* so that it never tells of another copy */
	if (write_file(json_path, json) && etag != NULL)
		write_file(etag_path, bytes_of(etag));
	free(folder);
	free(json_path);
	free(etag_path);
}

/* ---- one list ---- */

static bool
inflate_body(struct buf *body, struct buf *error)
{
	struct inflate *z;
	struct buf out;
	bool ok;

	if (!inflate_is_gzip(buf_view(body)))
		return true;
	z = inflate_new();
	buf_init(&out, BOUNDS_LOG_LIST);
	ok = inflate_gzip(z, buf_view(body), &out) == INFLATE_OK;
	inflate_free(z);
	buf_fini(body);
	*body = out;
	if (!ok)
		buf_add_text(error, "the gzip body is damaged or too large");
	return ok;
}

static bool
is_list(struct bytes json, const char *name, struct buf *error)
{
	struct loglist *trial = loglist_new();
	bool ok;

	trial->foreign = is_foreign(name);
	ok = loglist_add(trial, json, name, error);
	loglist_free(trial);
	return ok;
}

/* Bring the copy of a URL up to date; false with *error when it stays old. */
static bool
fetch(struct http *http, const char *dir, const char *url, struct copy *copy,
    struct buf *error)
{
	struct http_request request = { .url = url,
		.lane = http_lane(http, "log lists"),
		.max_body = BOUNDS_LOG_LIST,
		.etag = copy->etag };
	struct http_response r;
	bool ok = false;

	http_fetch(http, &request, &r);
	if (r.result == HTTP_NOT_MODIFIED) {
		copy->fetched = time_now();
		ok = true;
	} else if (r.result == HTTP_OK && inflate_body(&r.body, error) &&
	    is_list(buf_view(&r.body), url, error)) {
		save_copy(dir, url, buf_view(&r.body), r.etag);
		buf_fini(&copy->json);
		copy->json = r.body;
		buf_init(&r.body, 0);
		copy->fetched = time_now();
		ok = true;
	} else if (error->n == 0)
		buf_add_text(error, r.error);
	http_response_fini(&r);
	return ok;
}

static struct lists_source *
add_source(struct lists *l, const char *name)
{
	struct lists_source *s;

	l->sources = mem_grow(l->sources, l->n_sources, sizeof *l->sources);
	s = &l->sources[l->n_sources++];
	*s = (struct lists_source){ .name = mem_strdup(name) };
	return s;
}

static bool
unite(struct lists *l, struct lists_source *s, struct bytes json,
    struct buf *error)
{
	size_t before = l->logs->n;

	l->logs->foreign = is_foreign(s->name);
	if (!loglist_add(l->logs, json, s->name, error))
		return false;
	s->logs = l->logs->n - before;
	return true;
}

static bool
check_signature(struct http *http, struct bytes json, const char *signature,
    const char *key, struct buf *error)
{
	struct buf sig, pem;
	bool ok;

	buf_init(&sig, BOUNDS_SMALL_BODY);
	buf_init(&pem, BOUNDS_SMALL_BODY);
	if (is_url(signature)) {
		struct http_request request = { .url = signature,
			.lane = http_lane(http, "log lists"),
			.max_body = BOUNDS_SMALL_BODY };
		struct http_response r;

		http_fetch(http, &request, &r);
		ok = r.result == HTTP_OK && buf_add(&sig, buf_view(&r.body));
		if (!ok)
			buf_add_text(error, r.error);
		http_response_fini(&r);
	} else
		ok = read_file(signature, &sig, error);
	ok = ok && read_file(key, &pem, error);
	if (ok && !head_verify_bare(json, buf_view(&sig), buf_view(&pem))) {
		buf_printf(error, "%s: not a signature of the log list by %s",
		    signature, key);
		ok = false;
	}
	buf_fini(&sig);
	buf_fini(&pem);
	return ok;
}

static bool
load_one(struct lists *l, struct http *http, const char *dir, const char *name,
    const char *signature, const char *key, struct buf *error)
{
	struct lists_source *s = add_source(l, name);
	struct copy copy = { 0 };
	struct buf why;
	bool ok;

	buf_init(&copy.json, BOUNDS_LOG_LIST);
	buf_init(&why, 1024);
	if (is_url(name)) {
		load_copy(dir, name, &copy);
		if (!fetch(http, dir, name, &copy, &why))
			s->error = mem_strdup(buf_text(&why));
		s->fetched = copy.fetched;
		ok = copy.json.n > 0;
		l->stale =
		    l->stale || !ok || time_now() - copy.fetched > TOO_OLD;
	} else
		ok = read_file(name, &copy.json, error);
	if (ok && signature != NULL && key != NULL)
		ok = check_signature(
		    http, buf_view(&copy.json), signature, key, error);
	if (ok)
		ok = unite(l, s, buf_view(&copy.json), error);
	else if (is_url(name) && error->n == 0)
		ok = true; /* the others carry on */
	buf_fini(&copy.json);
	buf_fini(&why);
	free(copy.etag);
	return ok;
}

bool
lists_load(struct lists *l, struct http *http, const char *dir,
    const char *const *names, size_t n, const char *signature, const char *key,
    struct buf *error)
{
	bool ok = true;

	*l = (struct lists){ .logs = loglist_new() };
	for (size_t i = 0; ok && i < n; i++)
		ok = load_one(l, http, dir, names[i], i == 0 ? signature : NULL,
		    key, error);
	if (ok && n == 0)
		ok = unite(
		    l, add_source(l, "built in"), embedded_log_list(), error);
	if (ok && l->logs->n == 0) {
		buf_printf(error, "no log list could be had: %s",
		    l->n_sources > 0 && l->sources[0].error != NULL
		        ? l->sources[0].error
		        : "it names no logs");
		ok = false;
	}
	return ok;
}

void
lists_fini(struct lists *l)
{
	for (size_t i = 0; i < l->n_sources; i++) {
		free(l->sources[i].name);
		free(l->sources[i].error);
	}
	free(l->sources);
	loglist_free(l->logs);
	*l = (struct lists){ 0 };
}
