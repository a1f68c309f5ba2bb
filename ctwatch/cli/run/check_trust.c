/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/run/setup.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/pinset_trust.h>

/* Check the signatures of the pinset's file; text is its content. */
static enum pinset_trust_status
check(struct run_context *n, struct buf *text, struct buf *why)
{
	const char *path = n->set.common.pinset;
	uint8_t digest[SHA256_SIZE];

	if (file_read(path, false, text, why) != FILE_OK)
		return PINSET_TRUST_FAILED;
	sha256_digest(buf_view(text), digest);
	if (memcmp(digest, n->pinset->sha256, sizeof digest) != 0) {
		buf_printf(
		    why, "%s: changed while it was read: run again", path);
		return PINSET_TRUST_FAILED;
	}
	return pinset_trust_check(
	    n->store, path, buf_view(text), n->set.trust, why);
}

/* Use the last trusted version, if there is one. */
static void
take_last(struct run_context *n, struct buf *why)
{
	struct buf text, error;
	struct pinset *last = NULL;

	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	if (pinset_trust_last(n->store, n->set.common.pinset, &text))
		last = pinset_parse_at(
		    buf_view(&text), n->set.common.pinset, &error);
	if (last != NULL) {
		buf_printf(why,
		    "; certificates are judged by version %llu, the last "
		    "trusted one",
		    (unsigned long long)last->version);
		pinset_free(n->pinset);
		n->pinset = last;
		n->trusted = true;
	}
	if (last == NULL && error.n > 0)
		buf_printf(why, "; the version that was trusted last: %s",
		    buf_text(&error));
	buf_fini(&text);
	buf_fini(&error);
}

bool
check_trust_open(struct run_context *n)
{
	struct buf text, why;
	bool replaced;

	n->trusted = true;
	/* Standard input cannot be read again. */
	if (n->pinset == NULL ||
	    (strcmp(n->set.common.pinset, "-") == 0 && n->set.trust == NULL))
		return true;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&why, LIMIT_SMALL_BODY);
	n->trust_status = check(n, &text, &why);
	n->trusted = pinset_trust_is_good(n->trust_status);
	replaced = !n->trusted;
	if (!n->trusted) {
		take_last(n, &why);
		n->status |= CLI_PINSET;
		msg_warn("%s", buf_text(&why));
		n->trust_why = buf_detach(&why);
	}
	buf_fini(&text);
	buf_fini(&why);
	return !replaced || !n->trusted || run_setup_watch(n);
}

/* Record a trusted pinset. */
static bool
remember(struct run_context *n)
{
	const char *path = n->set.common.pinset;
	struct approvers *trust = NULL;
	struct buf text, trust_text, error;
	bool ok = true;

	if (n->trust_status != PINSET_TRUST_OK &&
	    n->trust_status != PINSET_TRUST_EMERGENCY)
		return true;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&trust_text, LIMIT_USER_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	/* Use only the checked bytes: the file may have been replaced since. */
	if (check(n, &text, &error) == n->trust_status &&
	    pinset_trust_read(path, n->set.trust, &trust_text, &trust, &error))
		ok = pinset_trust_remember(n->store, path, buf_view(&text),
		    buf_view(&trust_text), n->trust_status);
	approvers_free(trust);
	buf_fini(&text);
	buf_fini(&trust_text);
	buf_fini(&error);
	return ok;
}

bool
check_trust_save(struct run_context *n,
    bool (*save)(struct run_context *, const char *rule, const char *subject,
        const char *message))
{
	if (n->pinset == NULL || n->trust_status == PINSET_TRUST_NONE)
		return true;
	return remember(n) && save(n, "CTW073", n->pinset->name, n->trust_why);
}
