/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/network.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/net/mtc_list.h>

#include "config.h"

void
network_options(
    struct network_settings *set, struct opts_opt out[static NETWORK_OPTIONS])
{
	const struct opts_opt table[NETWORK_OPTIONS] = {
		{ "log-list", OPTS_LIST, &set->log_lists, "FILE|URL",
		    "a log list of schema v3; repeat for more", NULL },
		{ "log-list-signature", OPTS_TEXT, &set->list_signature,
		    "FILE|URL", "the signature of the first log list", NULL },
		{ "log-list-key", OPTS_TEXT, &set->list_key, "PEM",
		    "the key that must have signed it", NULL },
		{ "mtc", OPTS_LIST, &set->mtc, "FILE",
		    "issuance logs of Merkle Tree CAs; repeat for more", NULL },
		{ "contact", OPTS_TEXT, &set->contact, "EMAIL|URL",
		    "named in the User-Agent", NULL },
		{ "ca-file", OPTS_TEXT, &set->ca_file, "PEM",
		    "trust these roots for TLS", NULL },
		{ "proxy", OPTS_TEXT, &set->proxy, "URL",
		    "reach logs and lists through this proxy", NULL },
		{ "allow-http", OPTS_FLAG, &set->allow_http, NULL,
		    "allow http:// URLs that are not on loopback", NULL },
	};

	memcpy(out, table, sizeof table);
}

void
network_init(struct network *n, const struct network_settings *set)
{
	/* Some logs share one limit among clients without contact. */
	n->user_agent = set->contact != NULL
	    ? mem_printf("ctwatch/%s (+%s)", PACKAGE_VERSION, set->contact)
	    : mem_strdup("ctwatch/" PACKAGE_VERSION);
	n->options = (struct http_options){ .user_agent = n->user_agent,
		.ca_file = set->ca_file,
		.proxy = set->proxy,
		.allow_http = set->allow_http,
		.allow_file = true,
		.no_keepalive = set->no_keepalive };
}

static bool
start(struct network *n)
{
	struct buf error;

	buf_init(&error, 4096);
	n->http = http_new(&n->options, &error);
	if (n->http == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return n->http != NULL;
}

/* Read logs that are in the store but no longer in a list up to the last head
 * that they signed. */
static void
add_drained(struct network *n, struct store *s)
{
	size_t count = 0;
	struct store_log *v = s != NULL ? store_logs(s, &count) : NULL;

	for (size_t i = 0; i < count; i++) {
		struct loglist_log log = { .key = v[i].key,
			.description = v[i].description,
			.operator= v[i].operator,
			.kind = v[i].kind,
			.url = v[i].url,
			.submission_url = v[i].submission_url,
			.mmd = v[i].mmd };

		memcpy(log.id, v[i].id, sizeof log.id);
		if (v[i].url != NULL && v[i].key.n > 0)
			loglist_merge_log(n->lists.logs, &log);
	}
	store_logs_free(v, count);
}

/* Add the issuance logs of the files, and those that follow them. */
static bool
add_issuance_logs(struct network *n, const struct network_settings *set)
{
	struct buf error;
	bool ok = true;

	buf_init(&error, 4096);
	for (size_t i = 0; ok && i < set->mtc.n; i++) {
		struct blob file;

		if (!opts_read_file(set->mtc.v[i], LIMIT_USER_FILE, &file)) {
			buf_fini(&error);
			return false;
		}
		ok = mtc_list_add(
		    n->lists.logs, blob_view(file), set->mtc.v[i], &error);
		blob_fini(&file);
	}
	if (ok && set->mtc.n > 0)
		mtc_list_next(n->lists.logs, n->http);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok;
}

static void
warn_suspect(const struct loglist_load *l)
{
	for (size_t i = 0; i < l->n_sources; i++)
		if (l->sources[i].suspect != NULL)
			msg_warn("%s: the log list is suspect: %s",
			    l->sources[i].name, l->sources[i].suspect);
	if (l->suspect != NULL)
		msg_warn("%s", l->suspect);
}

static bool
load_lists(struct network *n, const struct network_settings *set,
    const struct network_lists *how)
{
	static const char *const chrome[] = { LOGLIST_LOAD_CHROME };
	bool given = set->log_lists.n > 0;
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = loglist_load(&n->lists, n->http,
	    &(struct loglist_load_options){ .dir = how->state_dir,
	        .keep_no_copy = how->keep_no_copy,
	        .names = given ? set->log_lists.v : chrome,
	        .n = given ? set->log_lists.n : 1,
	        .or_builtin = !given,
	        .signature = set->list_signature,
	        .key = set->list_key,
	        .until = how->deadline },
	    &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	if (!ok || !add_issuance_logs(n, set))
		return false;
	for (size_t i = 0; i < n->lists.logs->n_warnings; i++)
		msg_warn("%s", n->lists.logs->warnings[i]);
	warn_suspect(&n->lists);
	add_drained(n, how->store);
	return true;
}

bool
network_open(struct network *n, const struct network_settings *set,
    const struct network_lists *how)
{
	return start(n) && load_lists(n, set, how);
}

bool
network_has_logs(
    const struct network *n, const char *option, const struct opts_list *names)
{
	const struct loglist *logs = n->lists.logs;

	for (size_t i = 0; i < names->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < logs->n; k++)
			found = loglist_is_named(&logs->v[k], &names->v[i], 1);
		if (!found) {
			msg_error(
			    "--%s: no log has the name %s; see ctwatch logs",
			    option, names->v[i]);
			return false;
		}
	}
	return true;
}

void
network_fini(struct network *n)
{
	/* The network thread first: it may use fetches of the lists. */
	http_free(n->http);
	loglist_load_fini(&n->lists);
	free(n->user_agent);
}
