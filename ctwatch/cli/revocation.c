/* SPDX-License-Identifier: Apache-2.0 */
/* revocation: the command `revocation': look up certificates in CRLs and by
 * OCSP. */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/response/crl.h>
#include <ctwatch/response/revocation.h>

struct settings {
	struct opts_common common;
	const char *ccadb, *ca_file, *proxy;
	bool allow_private;
};

/* The certificates to look up. */
struct certs {
	uint8_t (*v)[SHA256_SIZE];
	size_t n;
};

static void
add(struct certs *c, const uint8_t tbs[static SHA256_SIZE])
{
	static const uint8_t none[SHA256_SIZE];

	for (size_t i = 0; i < c->n; i++)
		if (memcmp(c->v[i], tbs, SHA256_SIZE) == 0)
			return;
	if (memcmp(tbs, none, SHA256_SIZE) == 0)
		return;
	c->v = mem_grow(c->v, c->n, sizeof *c->v);
	memcpy(c->v[c->n++], tbs, SHA256_SIZE);
}

/* Collect the certificates of the named findings, or of all open ones. */
static bool
choose(struct store *s, int n, char *ids[], struct certs *out)
{
	struct store_finding f;

	if (n == 0)
		out->n = revocation_choose(s, &out->v);
	for (int i = 0; i < n; i++) {
		if (!cmd_util_find(s, ids[i], &f))
			return false;
		add(out, f.tbs_sha256);
		store_finding_fini(&f);
	}
	return true;
}

static void
print_one(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], struct buf *out)
{
	struct store_revocation r;
	char hex[13], date[TIME_TEXT];

	if (!store_revocation_load(s, tbs, &r))
		return;
	text_hex((struct bytes){ tbs, 6 }, hex);
	buf_printf(out, "%s  %-14s", hex, store_revocation_word(r.status));
	if (r.status == STORE_REVOCATION_REVOKED) {
		time_format(r.date, date);
		buf_printf(out, "  %s, %s", date, crl_reason_word(r.reason));
	}
	if (r.why != NULL) {
		buf_add_text(out, "  ");
		escape_line(out, bytes_of(r.why), 0);
	} else if (r.url != NULL) {
		buf_add_text(out, "  ");
		escape_line(out, bytes_of(r.url), 0);
	}
	buf_add_byte(out, '\n');
	store_revocation_fini(&r);
}

static int
look_up(const struct settings *set, struct store *s, const struct certs *certs)
{
	const struct http_options http = { .user_agent = "ctwatch",
		.ca_file = set->ca_file,
		.proxy = set->proxy };
	char *dir = opts_state_dir(&set->common);
	const struct revocation_options options = { .http = &http,
		.dir = dir,
		.ccadb = set->ccadb,
		.allow_private = set->allow_private,
		.now = time_now() };
	struct revocation_result result;
	struct buf out;
	int status = CLI_LOCAL;

	buf_init(&out, SIZE_MAX / 2);
	if (revocation_check(s, (const uint8_t(*)[SHA256_SIZE])certs->v,
	        certs->n, &options, &result) &&
	    store_commit(s)) {
		for (size_t i = 0; i < certs->n; i++)
			print_one(s, certs->v[i], &out);
		buf_printf(&out,
		    "%zu certificates: %zu revoked, %zu unknown; %zu CRLs "
		    "fetched, %zu answers by OCSP\n",
		    result.n, result.revoked, result.unknown, result.fetched,
		    result.asked);
		status = cmd_util_print(&out) |
		    (result.unknown > 0 ? CLI_INCOMPLETE : CLI_CLEAN);
	} else
		msg_error("%s", store_error(s));
	buf_fini(&out);
	free(dir);
	return status;
}

int
cli_revocation(int argc, char *argv[])
{
	struct settings set = { .ccadb = NULL };
	const struct opts_opt opts[] = {
		{ "ccadb", OPTS_TEXT, &set.ccadb, "DIR",
		    "CCADB's CSV files: more CRLs of issuers", NULL },
		{ "ca-file", OPTS_TEXT, &set.ca_file, "PEM",
		    "trusted roots for https", NULL },
		{ "proxy", OPTS_TEXT, &set.proxy, "URL",
		    "fetch CRLs and OCSP through this proxy", NULL },
		{ "allow-private-crl", OPTS_FLAG, &set.allow_private, NULL,
		    "also CRLs and OCSP at private addresses", NULL },
	};
	const struct opts_command command = { "revocation", "[ID ...]",
		"Look the certificates of open findings up in their CRLs, or "
		"by "
		"OCSP.",
		opts, sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);
	struct certs certs = { NULL, 0 };
	struct store *s;
	int status = CLI_USAGE;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	s = cmd_util_store(&set.common, STORE_WRITE);
	if (s == NULL)
		return CLI_LOCAL;
	if (choose(s, n, argv + 1, &certs))
		status = look_up(&set, s, &certs);
	free(certs.v);
	store_close(s);
	return status;
}
