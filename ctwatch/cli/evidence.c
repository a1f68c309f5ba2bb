/* SPDX-License-Identifier: Apache-2.0 */
/* evidence: the command `evidence': write the bundle that proves a finding's
 * certificate. */
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/response/evidence.h>
#include <ctwatch/response/proofs.h>

enum form {
	FORM_FOLDER,
	FORM_TAR
};

struct settings {
	struct opts_common common;
	const char *output, *ca_file, *proxy;
	int format;
	bool offline;
};

/* Fetch the missing proofs; a failure is only a warning, since the rest of the
 * bundle can be written. */
static void
fetch_proofs(
    const struct settings *set, struct store *s, const struct store_finding *f)
{
	/* The logs in the store, some perhaps on disk. */
	const struct http_options http = { .user_agent = "ctwatch",
		.ca_file = set->ca_file,
		.proxy = set->proxy,
		.allow_file = true };
	struct proofs_options options = { .severity = 0 };
	struct proofs_result r;
	struct buf error;

	buf_init(&error, 4096);
	options.http = http_new(&http, &error);
	if (options.http == NULL)
		msg_warn("evidence: %s", buf_text(&error));
	else if (!proofs_fetch_cert(s, f->tbs_sha256, &options, &r) ||
	    !store_commit(s))
		msg_warn("evidence: %s", store_error(s));
	else if (r.failed > 0)
		msg_warn("evidence: no inclusion proof of %zu sightings: %s",
		    r.failed, r.error);
	http_free(options.http);
	buf_fini(&error);
}

/* Write the bundle where --output says. */
static int
output(const struct settings *set, const struct bundle *b,
    const struct store_finding *f)
{
	struct buf error, tar;
	char *top = mem_printf("ctwatch-evidence-%.12s", f->id);
	int status = CLI_CLEAN;

	buf_init(&error, 4096);
	buf_init(&tar, SIZE_MAX / 2);
	if (set->format == FORM_TAR) {
		bundle_tar(b, top, f->first_seen, &tar);
		if (strcmp(set->output, "-") == 0)
			status = cmd_util_print(&tar);
		else if (!file_replace(set->output, buf_view(&tar), &error))
			status = CLI_UNDELIVERED;
	} else if (!bundle_write(b, set->output, &error))
		status = CLI_UNDELIVERED;
	if (error.n > 0)
		msg_error("evidence: %s", buf_text(&error));
	else if (strcmp(set->output, "-") != 0)
		msg_info("evidence: %zu files in %s", b->n, set->output);
	buf_fini(&error);
	buf_fini(&tar);
	free(top);
	return status;
}

static int
make(const struct settings *set, struct store *s, const struct store_finding *f)
{
	struct bundle bundle = { NULL, 0 };
	struct buf json, missing;
	int status = CLI_LOCAL;

	buf_init(&json, SIZE_MAX / 2);
	buf_init(&missing, 65536);
	if (!cmd_util_finding_json(s, f->id, &json))
		status = CLI_LOCAL;
	else if (evidence_fill(s, f, buf_view(&json), &bundle, &missing))
		status = output(set, &bundle, f) |
		    cmd_util_missing("evidence", &missing);
	else {
		msg_error("evidence: finding %.12s: %s", f->id,
		    *store_error(s) != '\0' ? store_error(s)
		                            : buf_text(&missing));
		status = *store_error(s) != '\0' ? CLI_LOCAL : CLI_USAGE;
	}
	bundle_fini(&bundle);
	buf_fini(&json);
	buf_fini(&missing);
	return status;
}

int
cli_evidence(int argc, char *argv[])
{
	static const char *const forms[] = { "folder", "tar", NULL };
	struct settings set = { .output = NULL };
	const struct opts_opt opts[] = {
		{ "output", OPTS_TEXT, &set.output, "DIR|FILE",
		    "a new or empty folder; a file for tar", NULL },
		{ "offline", OPTS_FLAG, &set.offline, NULL,
		    "use stored proofs only, without network", NULL },
		{ "ca-file", OPTS_TEXT, &set.ca_file, "PEM",
		    "trusted roots for https", NULL },
		{ "proxy", OPTS_TEXT, &set.proxy, "URL",
		    "reach logs through this proxy", NULL },
		{ "format", OPTS_WORD, &set.format, "folder|tar",
		    "format of the bundle", forms },
	};
	const struct opts_command command = { "evidence", "ID",
		"Write a bundle that proves a finding's certificate offline.",
		opts, sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);
	struct store_finding f;
	struct store *s;
	int status = CLI_USAGE;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n != 1 || set.output == NULL) {
		msg_error("evidence: give one finding ID and --output DIR; see "
		          "--help");
		return CLI_USAGE;
	}
	s = cmd_util_store(&set.common, set.offline ? STORE_READ : STORE_WRITE);
	if (s == NULL)
		return CLI_LOCAL;
	if (cmd_util_find(s, argv[1], &f)) {
		/* The bundle of CTW053 has the proof that an audit kept. */
		if (!set.offline && strcmp(f.rule, "CTW053") != 0)
			fetch_proofs(&set, s, &f);
		status = make(&set, s, &f);
		store_finding_fini(&f);
	}
	store_close(s);
	return status;
}
