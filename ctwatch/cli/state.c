/* SPDX-License-Identifier: Apache-2.0 */
/* state: the command `state': check or copy the store and its journal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/store/journal.h>
#include <ctwatch/store/store_index.h>

struct settings {
	struct opts_common common;
	const char *checkpoint;
};

/* Load the checkpoint of --checkpoint into *out; false after an error was
 * reported. */
static bool
load_checkpoint(const char *path, struct journal_checkpoint *out)
{
	struct blob text;
	bool ok = opts_read_file(path, LIMIT_SMALL_BODY, &text) &&
	    journal_checkpoint_parse(blob_view(text), out);

	if (text.p != NULL && !ok)
		msg_error(
		    "%s: not a checkpoint of `ctwatch state checkpoint'", path);
	blob_fini(&text);
	return ok;
}

/* Report the faults of the store. */
static bool
check(struct store *s, const struct journal_checkpoint *since,
    struct journal_checkpoint *now)
{
	struct buf faults, error;
	struct bytes rest, line;
	bool ok;

	buf_init(&faults, LIMIT_SMALL_BODY);
	buf_init(&error, 4096);
	ok = store_check(s, &faults);
	ok = store_index_check(s, &faults) && ok;
	rest = buf_view(&faults);
	while (bytes_until(&rest, '\n', &line))
		msg_error("%.*s", (int)line.n, (const char *)line.p);
	if (!journal_verify(s, since, now, &error)) {
		msg_error("%s", buf_text(&error));
		ok = false;
	}
	buf_fini(&faults);
	buf_fini(&error);
	return ok;
}

/* Append the size of the index, if there is one. */
static void
add_index_size(struct store *s, struct buf *out)
{
	char entries[TEXT_COUNT], bytes[TEXT_COUNT];
	struct store_index_size size;

	if (!store_index_size(s, &size) || size.entries == 0)
		return;
	text_count(size.entries, entries);
	text_count(size.bytes, bytes);
	buf_printf(out,
	    "The index of names is sound: %s entries of %" PRIu64
	    " log%s, %s bytes, %" PRIu64 " file%s.\n",
	    entries, size.logs, size.logs == 1 ? "" : "s", bytes, size.files,
	    size.files == 1 ? "" : "s");
}

static int
verify(const struct settings *set, struct store *s)
{
	struct journal_checkpoint given, now;
	struct store_log *v;
	struct buf out;
	size_t logs;
	int status;

	if (set->checkpoint != NULL &&
	    !load_checkpoint(set->checkpoint, &given))
		return CLI_USAGE;
	if (!check(s, set->checkpoint != NULL ? &given : NULL, &now))
		return CLI_LOCAL;
	v = store_logs(s, &logs);
	store_logs_free(v, logs);
	buf_init(&out, 4096);
	buf_printf(&out,
	    "The store is sound: %zu log%s, %" PRIu64
	    " record%s in the journal",
	    logs, logs == 1 ? "" : "s", now.size, now.size == 1 ? "" : "s");
	if (set->checkpoint != NULL)
		buf_printf(
		    &out, ", the first %" PRIu64 " unchanged", given.size);
	buf_add_text(&out, ".\n");
	add_index_size(s, &out);
	status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}

static int
checkpoint(struct store *s)
{
	struct journal_checkpoint now;
	struct buf out;
	int status = CLI_LOCAL;

	/* Print no checkpoint of a damaged journal. */
	if (!check(s, NULL, &now))
		return CLI_LOCAL;
	buf_init(&out, 4096);
	if (journal_checkpoint_write(&now, &out))
		status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}

static int
backup(struct store *s, const char *path)
{
	struct buf error;
	bool ok;

	buf_init(&error, 4096);
	ok = store_backup(s, path, &error);
	if (ok)
		msg_info("%s: copy written and checked", path);
	else
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	return ok ? CLI_CLEAN : CLI_LOCAL;
}

int
cli_state(int argc, char *argv[])
{
	struct settings set = { .checkpoint = NULL };
	const struct opts_opt opts[] = {
		{ "checkpoint", OPTS_TEXT, &set.checkpoint, "FILE",
		    "verify: compare the journal with this checkpoint", NULL },
	};
	const struct opts_command command = { "state",
		"verify | checkpoint | backup FILE",
		"Check or copy the store and its journal.", opts,
		sizeof opts / sizeof *opts };
	int n = opts_parse(&command, &set.common, argc, argv);
	bool verifies = n == 1 && strcmp(argv[1], "verify") == 0;
	bool checkpoints = n == 1 && strcmp(argv[1], "checkpoint") == 0;
	bool backs_up = n == 2 && strcmp(argv[1], "backup") == 0;
	struct store *s;
	int status;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (!verifies && !checkpoints && !backs_up) {
		msg_error("state: give verify, checkpoint, or backup with one "
		          "FILE; see --help");
		return CLI_USAGE;
	}
	s = cmd_util_store(&set.common, STORE_READ);
	if (s == NULL)
		return CLI_LOCAL;
	status = verifies ? verify(&set, s)
	    : checkpoints ? checkpoint(s)
	                  : backup(s, argv[2]);
	store_close(s);
	return status;
}
