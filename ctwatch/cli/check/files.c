/* SPDX-License-Identifier: Apache-2.0 */
/* files: check the pinset, its signatures and the watch list. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check/check.h"
#include "cli/cmd_util.h"
#include "cli/outputs.h"
#include "cli/run/inputs.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/http_download.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/policy/watchlist.h>
#include <ctwatch/rotate/pinset_trust.h>

/* ---- the pinset ---- */

static const char *
trust_word(enum pinset_trust_status status)
{
	switch (status) {
	case PINSET_TRUST_OK:
		return "signed by its approvers";
	case PINSET_TRUST_EMERGENCY:
		return "an emergency version with one signature";
	case PINSET_TRUST_NONE:
		return "no signatures required";
	default:
		return "NOT TRUSTED";
	}
}

static void
check_signatures(struct check *c, struct buf *text)
{
	const char *path = c->set.common.pinset;
	enum pinset_trust_status status = PINSET_TRUST_FAILED;
	const struct pinset *p = c->pinset;
	struct buf why;

	buf_init(&why, LIMIT_SMALL_BODY);
	if (file_read(path, false, text, &why) == FILE_OK)
		status = pinset_trust_check(
		    c->store, path, buf_view(text), c->set.trust, &why);
	check_line("pinset", "%s: %s version %llu, %zu key%s, %zu domain%s, %s",
	    path, p->name, (unsigned long long)p->version, p->n_keys,
	    p->n_keys == 1 ? "" : "s", p->n_domains,
	    p->n_domains == 1 ? "" : "s", trust_word(status));
	if (!pinset_trust_is_good(status)) {
		msg_error("%s", buf_text(&why));
		check_fault(c, CLI_PINSET);
	}
	buf_fini(&why);
}

static void
check_pinset(struct check *c)
{
	struct buf text;

	if (c->set.common.pinset == NULL) {
		check_line("pinset",
		    "none: each new certificate for a watched "
		    "name is a finding (ctwatch init, "
		    "ctwatch pins add)");
		return;
	}
	if (!cmd_util_pinset(&c->set.common, false, &c->pinset)) {
		check_fault(c, CLI_USAGE);
		return;
	}
	buf_init(&text, LIMIT_USER_FILE);
	if (strcmp(c->set.common.pinset, "-") != 0)
		check_signatures(c, &text);
	if (c->pinset->expires != 0 && c->pinset->expires <= time_now()) {
		msg_error("%s: the pinset has expired: propose a new version",
		    c->set.common.pinset);
		check_fault(c, CLI_PINSET);
	}
	buf_fini(&text);
}

/* ---- the watch list ---- */

static bool
report_fault(void *check, const char *message)
{
	msg_error("%s", message);
	check_fault(check, CLI_USAGE);
	return true;
}

/* Report every line of the watch list that a run refuses; false if there is
 * one, or the file cannot be read. */
static bool
check_lines(struct check *c)
{
	const char *path = c->set.watchlist;
	size_t before = c->faults;
	struct blob text;

	if (path == NULL || strcmp(path, "-") == 0)
		return true;
	if (opts_read_file(path, LIMIT_WATCH_LIST, &text))
		watchlist_faults(&text, path, report_fault, c);
	else
		check_fault(c, CLI_USAGE);
	blob_fini(&text);
	return c->faults == before;
}

/* Report whether the item is an address or network that is not public: a
 * certificate for one is refused by every public CA. */
static bool
is_private(const char *item)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char *address = mem_printf("%.*s", (int)strcspn(item, "/"), item);
	bool private = false;

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
	private = !http_download_is_public((struct sockaddr *)&v4);
	else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) private =
	    !http_download_is_public((struct sockaddr *)&v6);
	free(address);
	return private;
}

static void
say_not_public(void *arg, const char *item)
{
	(void)arg;
	check_line("",
	    "%s can match nothing: its last label is no public top-level "
	    "domain",
	    item);
}

static void
check_items(const struct check *c)
{
	watch_not_public(c->watch, say_not_public, NULL);
	for (size_t i = 0; i < watch_count(c->watch); i++) {
		const char *item = watch_item(c->watch, i);

		if (is_private(item))
			check_line("",
			    "%s can match nothing: public CAs issue "
			    "no certificate for a private address",
			    item);
		else if (strcmp(item, ".") == 0)
			check_line("", "%s matches every certificate", item);
	}
}

static void
check_watched(struct check *c)
{
	size_t n;

	if (!check_lines(c) ||
	    (c->set.common.pinset != NULL && c->pinset == NULL))
		return;
	c->watch =
	    run_inputs_watch(c->set.watchlist, &c->set.watches, c->pinset);
	if (c->watch == NULL) {
		check_fault(c, CLI_USAGE);
		return;
	}
	n = watch_count(c->watch);
	check_line("watched", "%zu name%s and networks%s%s", n,
	    n == 1 ? "" : "s", c->set.watchlist != NULL ? ", with " : "",
	    c->set.watchlist != NULL ? c->set.watchlist : "");
	check_items(c);
}

/* ---- the report ---- */

static void
check_outputs(struct check *c)
{
	struct outputs outputs;

	if (!outputs_parse(&c->set.outputs, c->set.format, c->set.common.quiet,
	        &outputs)) {
		check_fault(c, CLI_USAGE);
		return;
	}
	for (size_t i = 0; i < outputs.n; i++)
		if (outputs.v[i].path != NULL)
			check_line("report", "%s, as %s", outputs.v[i].path,
			    outputs.v[i].writer->name);
	if (!outputs_check(&outputs))
		check_fault(c, CLI_UNDELIVERED);
	outputs_fini(&outputs);
}

void
check_files(struct check *c)
{
	struct witness_policy *witnesses = NULL;

	if (!run_inputs_since(c->set.since, &c->options) ||
	    !run_inputs_witnesses(c->set.witness_policy, &witnesses))
		check_fault(c, CLI_USAGE);
	witness_policy_free(witnesses);
	check_pinset(c);
	check_watched(c);
	check_outputs(c);
}
