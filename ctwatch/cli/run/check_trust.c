/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/run/check_trust.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/judge/log_findings.h>
#include <ctwatch/rotate/approvers.h>
#include <ctwatch/rotate/trusted_versions.h>

/* Check the signatures of the file of p; *text becomes its content. */
static enum pinset_trust_status
check(const struct check_trust *t, struct store *s, const struct pinset *p,
    struct buf *text, struct buf *why)
{
	uint8_t digest[SHA256_SIZE];

	if (file_read(t->pinset, false, text, why) != FILE_OK)
		return PINSET_TRUST_FAILED;
	sha256_digest(buf_view(text), digest);
	if (memcmp(digest, p->sha256, sizeof digest) != 0) {
		buf_printf(
		    why, "%s: changed while it was read: run again", t->pinset);
		return PINSET_TRUST_FAILED;
	}
	return pinset_trust_check(s, t->pinset, buf_view(text), t->trust, why);
}

/* Use the last trusted version, if there is one. */
static bool
take_last(const struct check_trust *t, struct store *s, struct pinset **p,
    struct buf *why)
{
	struct buf text, error;
	struct pinset *last = NULL;

	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	if (trusted_versions_last(s, t->pinset, &text))
		last = pinset_parse_at(buf_view(&text), t->pinset, &error);
	if (last != NULL) {
		buf_printf(why,
		    "; certificates are judged by version %llu, the last "
		    "trusted one",
		    (unsigned long long)last->version);
		pinset_free(*p);
		*p = last;
	}
	if (last == NULL && error.n > 0)
		buf_printf(why, "; the version that was trusted last: %s",
		    buf_text(&error));
	buf_fini(&text);
	buf_fini(&error);
	return last != NULL;
}

bool
check_trust_open(struct check_trust *t, struct store *s, struct pinset **p)
{
	struct buf text, why;
	bool replaced = false;

	t->trusted = true;
	/* Standard input cannot be read again. */
	if (*p == NULL || (strcmp(t->pinset, "-") == 0 && t->trust == NULL))
		return false;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&why, LIMIT_SMALL_BODY);
	t->status = check(t, s, *p, &text, &why);
	if (!pinset_trust_is_good(t->status)) {
		replaced = take_last(t, s, p, &why);
		t->trusted = replaced;
		msg_warn("%s", buf_text(&why));
		t->why = buf_detach(&why);
	}
	buf_fini(&text);
	buf_fini(&why);
	return replaced;
}

/* Record a trusted pinset. */
static bool
remember(const struct check_trust *t, struct store *s, const struct pinset *p)
{
	struct approvers *trust = NULL;
	struct buf text, trust_text, error;
	bool ok = true;

	if (t->status != PINSET_TRUST_OK && t->status != PINSET_TRUST_EMERGENCY)
		return true;
	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&trust_text, LIMIT_USER_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	/* Use only the checked bytes: the file may have been replaced since. */
	if (check(t, s, p, &text, &error) == t->status &&
	    pinset_trust_read(t->pinset, t->trust, &trust_text, &trust, &error))
		ok = trusted_versions_save(s, t->pinset, buf_view(&text),
		    buf_view(&trust_text), t->status);
	approvers_free(trust);
	buf_fini(&text);
	buf_fini(&trust_text);
	buf_fini(&error);
	return ok;
}

bool
check_trust_save(const struct check_trust *t, struct store *s,
    const struct pinset *p, int64_t started, int64_t run)
{
	if (p == NULL || t->status == PINSET_TRUST_NONE)
		return true;
	return remember(t, s, p) &&
	    log_findings_state(s, started, run, "CTW073", p->name, t->why);
}

void
check_trust_fini(struct check_trust *t)
{
	free(t->why);
}
