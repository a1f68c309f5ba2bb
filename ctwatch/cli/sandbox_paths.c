/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/pins/pins.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/sandbox.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/http_url.h>
#include <ctwatch/net/mtc_list.h>

/* The allowed paths, owned. */
struct allowed {
	struct sandbox_path *v;
	size_t n;
};

static void
allow(struct allowed *a, const char *path, bool write)
{
	if (path == NULL || *path == '\0')
		return;
	a->v = mem_grow(a->v, a->n, sizeof *a->v);
	a->v[a->n++] = (struct sandbox_path){ mem_strdup(path), write };
}

/* Allow the folder of path, since a new file may replace it. */
static void
allow_folder(struct allowed *a, const char *path, bool write)
{
	char *folder = file_folder(path);

	allow(a, folder, write);
	free(folder);
}

/* Allow a file that is opened repeatedly, and its folder. */
static void
allow_file(struct allowed *a, const char *path)
{
	char real[PATH_MAX];

	if (path != NULL && realpath(path, real) != NULL)
		allow_folder(a, real, false);
}

static void
allow_url(struct allowed *a, const char *url)
{
	char *path = url != NULL ? http_url_file(url) : NULL;

	allow(a, path, false);
	free(path);
}

/* Allow the actions of report_output: write to a device, replace a file in its
 * folder, follow a link. */
static void
allow_output(struct allowed *a, const char *path)
{
	struct stat st;
	char *target;

	if (path == NULL || strcmp(path, "-") == 0)
		return;
	target = file_output_path(path);
	if (lstat(target, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISLNK(st.st_mode))
		allow(a, target, true);
	else
		allow_folder(a, target, true);
	free(target);
}

/*
 * Allow the logs on disk that a list in a file names.  Other lists are parsed
 * in the sandbox only, since they may come from the network.
 */
static void
allow_logs_of(struct allowed *a, const char *list)
{
	struct loglist_load lists;
	struct buf text, ignored;

	buf_init(&text, LIMIT_LOG_LIST);
	buf_init(&ignored, 4096);
	if (file_read(list, false, &text, &ignored) == FILE_OK &&
	    memmem(text.p, text.n, "file:", 5) != NULL) {
		loglist_load(&lists, NULL,
		    &(struct loglist_load_options){ .names = &list, .n = 1 },
		    &ignored);
		for (size_t i = 0; i < lists.logs->n; i++)
			allow_url(a, lists.logs->v[i].url);
		loglist_load_fini(&lists);
	}
	buf_fini(&text);
	buf_fini(&ignored);
}

/* Allow a file of issuance logs, and those that it has on disk. */
static void
allow_mtc(struct allowed *a, const char *path)
{
	struct loglist *logs = loglist_new();
	struct buf text, ignored;

	allow(a, path, false);
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&ignored, 4096);
	if (file_read(path, false, &text, &ignored) == FILE_OK)
		mtc_list_add(logs, buf_view(&text), path, &ignored);
	for (size_t i = 0; i < logs->n; i++)
		allow_url(a, logs->v[i].url);
	loglist_free(logs);
	buf_fini(&text);
	buf_fini(&ignored);
}

/* Allow log lists, the logs in their files, and the logs in the store. */
static void
allow_lists(
    struct allowed *a, const struct network_settings *set, struct store *s)
{
	const struct opts_list *names = &set->log_lists;
	struct store_log *known = NULL;
	size_t count = 0;

	for (size_t i = 0; i < names->n; i++)
		if (http_url_has_scheme(names->v[i]))
			allow_url(a, names->v[i]);
		else {
			allow(a, names->v[i], false);
			allow_logs_of(a, names->v[i]);
		}
	for (size_t i = 0; i < set->mtc.n; i++)
		allow_mtc(a, set->mtc.v[i]);
	if (s != NULL)
		known = store_logs(s, &count);
	for (size_t i = 0; i < count; i++)
		allow_url(a, known[i].url);
	store_logs_free(known, count);
	allow(a, set->list_signature, false);
	allow(a, set->list_key, false);
}

/* Allow the trusted roots of the options, the environment and libcurl. */
static void
allow_roots(struct allowed *a, const struct http_options *http)
{
	const char *built_in[2];

	allow_file(a, http->ca_file);
	allow_file(a, getenv("SSL_CERT_FILE"));
	allow(a, getenv("SSL_CERT_DIR"), false);
	allow_file(a, getenv("OPENSSL_CONF"));
	curl_init_roots(built_in);
	allow_file(a, built_in[0]);
	allow(a, built_in[1], false);
}

/* Allow the files that the pinset's consumers ship. */
static void
allow_consumers(struct allowed *a, const struct pinset *p, const char *pinset)
{
	for (size_t i = 0; p != NULL && i < p->n_consumers; i++) {
		const char *file = p->consumers[i].path;
		char *path = file != NULL ? pinset_path(pinset, file) : NULL;

		allow(a, path, false);
		free(path);
	}
}

/* Enter, and append the means in force to *out unless it is NULL. */
static void
enter(struct allowed *a, bool local_sockets, struct buf *out)
{
	struct buf holds;

	buf_init(&holds, 4096);
	sandbox_enter(&(struct sandbox){ a->v, a->n, local_sockets }, &holds);
	msg_debug("sandbox: %s", buf_text(&holds));
	if (out != NULL)
		buf_add(out, buf_view(&holds));
	for (size_t i = 0; i < a->n; i++)
		free((char *)a->v[i].path);
	free(a->v);
	buf_fini(&holds);
}

void
sandbox_paths_read(const struct sandbox_paths *paths,
    const struct network_settings *set, const struct http_options *http,
    struct store *s, struct buf *out)
{
	const struct outputs *o = paths->outputs;
	struct allowed a = { .n = 0 };

	allow(&a, paths->state_dir, true);
	for (size_t i = 0; o != NULL && i < o->n; i++)
		allow_output(&a, o->v[i].path);
	allow_file(&a, paths->pinset_file);
	allow(&a, paths->watchlist, false);
	allow_consumers(&a, paths->pinset, paths->pinset_file);
	allow_file(&a, paths->trust);
	allow(&a, paths->hooks, false);
	allow(&a, paths->ccadb, false);
	allow(&a, paths->parts, false);
	allow_lists(&a, set, s);
	allow_roots(&a, http);
	enter(&a, http_url_proxy_is_local(http), out);
}

void
sandbox_paths_scan(
    const struct http_options *http, const char *url, const char *path)
{
	struct allowed a = { .n = 0 };

	allow_output(&a, path);
	allow_url(&a, url);
	allow_roots(&a, http);
	enter(&a, http_url_proxy_is_local(http), NULL);
}

void
sandbox_paths_post(const struct http_options *http)
{
	struct allowed a = { .n = 0 };

	allow_roots(&a, http);
	enter(&a, http_url_proxy_is_local(http), NULL);
}

void
sandbox_paths_eval(const char *file, const char *state_dir)
{
	struct allowed a = { .n = 0 };

	allow(&a, file, false);
	allow(&a, state_dir, true);
	enter(&a, false, NULL);
}
