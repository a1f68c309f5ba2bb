/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/response/evidence.h>

enum form {
	FORM_FOLDER,
	FORM_TAR
};

struct settings {
	struct opts_common common;
	const char *output;
	int format;
};

/* Append the finding with this ID as JSON; false if the report lacks it. */
static bool
finding_json(const json_t *doc, const char *id, struct buf *out)
{
	for (size_t i = 0; i < report_json_count(doc, "findings"); i++) {
		const json_t *f = report_json_item(doc, "findings", i);

		if (strcmp(report_json_text(f, "id"), id) == 0) {
			cmd_util_json(f, out);
			return true;
		}
	}
	return false;
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

/* Report what the bundle lacks; 2 if it lacks anything. */
static int
report_missing(struct buf *missing)
{
	struct bytes rest = buf_view(missing), line;

	while (bytes_until(&rest, '\n', &line))
		msg_warn("evidence: missing: %.*s", (int)line.n,
		    (const char *)line.p);
	return missing->n > 0 ? CLI_INCOMPLETE : CLI_CLEAN;
}

static int
make(const struct settings *set, struct store *s, const struct store_finding *f)
{
	json_t *doc = cmd_util_findings(s);
	struct bundle bundle = { NULL, 0 };
	struct buf json, missing;
	int status = CLI_LOCAL;

	if (doc == NULL)
		return CLI_LOCAL;
	buf_init(&json, SIZE_MAX / 2);
	buf_init(&missing, 65536);
	finding_json(doc, f->id, &json);
	if (evidence_fill(s, f, buf_view(&json), &bundle, &missing))
		status = output(set, &bundle, f) | report_missing(&missing);
	else {
		msg_error("evidence: finding %.12s: %s", f->id,
		    *store_error(s) != '\0' ? store_error(s)
		                            : buf_text(&missing));
		status = *store_error(s) != '\0' ? CLI_LOCAL : CLI_USAGE;
	}
	bundle_fini(&bundle);
	buf_fini(&json);
	buf_fini(&missing);
	json_decref(doc);
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
		{ "format", OPTS_WORD, &set.format, "folder|tar",
		    "how to write the bundle", forms },
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
		msg_error("evidence: one finding ID and --output DIR are "
		          "needed; see --help");
		return CLI_USAGE;
	}
	s = cmd_util_store(&set.common, STORE_READ);
	if (s == NULL)
		return CLI_LOCAL;
	if (cmd_util_find(s, argv[1], &f)) {
		status = make(&set, s, &f);
		store_finding_fini(&f);
	}
	store_close(s);
	return status;
}
