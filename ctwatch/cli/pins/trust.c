/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/pins/trust.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/export_record.h>
#include <ctwatch/rotate/pinset_trust.h>

/* Open the store; *absent is set if the state directory has none. */
static struct store *
open_store(const struct opts_common *common, enum store_mode mode, bool *absent)
{
	char *dir = opts_state_dir(common);
	char *path = mem_printf("%s/state.db", dir);
	struct store *s = NULL;
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	*absent = access(path, F_OK) != 0;
	if (!*absent)
		s = store_open(dir, mode, &error);
	if (error.n > 0)
		msg_warn("%s", buf_text(&error));
	buf_fini(&error);
	free(path);
	free(dir);
	return s;
}

/* Check the signatures of the file of p. */
static enum pinset_trust_status
judge(struct store *s, const char *path, const struct pins_trust *t,
    const struct pinset *p, struct buf *why)
{
	enum pinset_trust_status status = PINSET_TRUST_FAILED;
	uint8_t digest[SHA256_SIZE];
	struct buf text;

	/* Standard input cannot be read again, and has no signature files. */
	if (strcmp(path, "-") == 0)
		return pinset_trust_check_known(s, p, why);
	buf_init(&text, LIMIT_USER_FILE);
	if (file_read(path, false, &text, why) == FILE_OK) {
		sha256_digest(buf_view(&text), digest);
		if (memcmp(digest, p->sha256, sizeof digest) == 0)
			status = pinset_trust_check(
			    s, path, buf_view(&text), t->trust, why);
		else
			buf_printf(why,
			    "%s: changed while it was read: run again", path);
	}
	buf_fini(&text);
	return status;
}

int
pins_trust_check(const struct opts_common *common, const struct pins_trust *t,
    const struct pinset *p)
{
	bool absent;
	struct store *s = open_store(common, STORE_READ, &absent);
	char date[TIME_TEXT];
	struct buf why;
	bool good;

	buf_init(&why, LIMIT_SMALL_BODY);
	good = pinset_trust_is_good(judge(s, common->pinset, t, p, &why));
	if (good && p->expires != 0 && p->expires <= time_now()) {
		time_format_date(p->expires, date);
		buf_printf(&why, "%s: expired on %s: propose a new version",
		    common->pinset, date);
		good = false;
	}
	if (!good && t->untrusted != NULL)
		msg_warn("UNTRUSTED PINSET USED (%s): %s", t->untrusted,
		    buf_text(&why));
	else if (!good)
		msg_error("%s", buf_text(&why));
	buf_fini(&why);
	store_close(s);
	return good || t->untrusted != NULL ? CLI_CLEAN : CLI_PINSET;
}

bool
pins_trust_record(const struct opts_common *common, const struct pins_trust *t,
    const struct pinset *p, struct export_record *e)
{
	bool absent, ok;
	struct store *s = open_store(common, STORE_WRITE, &absent);

	if (s == NULL)
		return absent;
	e->reason = t->untrusted;
	ok = store_begin(s) && export_record_add(s, p, e) && store_commit(s);
	if (!ok)
		msg_error("%s", store_error(s));
	store_close(s);
	return ok;
}

void
pins_trust_title(const struct opts_common *common, const struct pinset *p,
    struct bytes content, struct buf *out)
{
	bool absent;
	struct store *s = open_store(common, STORE_READ, &absent);

	if (s != NULL && !export_record_title(s, p, content, out))
		msg_warn("%s", store_error(s));
	if (s != NULL)
		store_close(s);
}
