/* SPDX-License-Identifier: Apache-2.0 */
/* state: check the state directory. */
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/check/check.h"
#include "cli/cmd_util.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>

/* Free bytes below which a run may end early: SQLite's log of changes, copies
 * of log lists and CRLs. */
#define MIN_FREE (UINT64_C(256) << 20)

/* Return the nearest folder above path that exists; the caller frees it. */
static char *
existing_folder(const char *path)
{
	char *folder = file_folder(path);

	while (access(folder, F_OK) != 0 && errno == ENOENT) {
		char *above = file_folder(folder);

		free(folder);
		folder = above;
	}
	return folder;
}

static void
check_absent(struct check *c)
{
	char *path = existing_folder(c->state_dir);

	check_line("state", "%s: the first run makes it", c->state_dir);
	if (access(path, W_OK | X_OK) != 0) {
		msg_error("%s: a run cannot make it: %s: %s", c->state_dir,
		    path, strerror(errno));
		check_fault(c, CLI_LOCAL);
	}
	free(path);
}

/* The name of a user, or the number of one without a name. */
static char *
user_name(uid_t uid)
{
	struct passwd entry, *user = NULL;
	char room[4096];

	if (getpwuid_r(uid, &entry, room, sizeof room, &user) != 0)
		user = NULL;
	return user != NULL ? mem_strdup(user->pw_name)
	                    : mem_printf("user %ju", (uintmax_t)uid);
}

static void
check_directory(struct check *c, const struct stat *st)
{
	const char *dir = c->state_dir;
	char *owner = user_name(st->st_uid);
	struct statvfs fs;

	if (!S_ISDIR(st->st_mode)) {
		msg_error("%s: not a directory", dir);
		check_fault(c, CLI_LOCAL);
	} else if (access(dir, R_OK | W_OK | X_OK) != 0) {
		msg_error("%s: belongs to %s, and this user may not write to "
		          "it: run the check and the runs as %s",
		    dir, owner, owner);
		check_fault(c, CLI_LOCAL);
	} else if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		msg_error("%s: other users than %s may write to it: chmod "
		          "go-w",
		    dir, owner);
		check_fault(c, CLI_LOCAL);
	}
	if (geteuid() == 0 && st->st_uid != 0)
		check_line("",
		    "The state belongs to %s. Root may read all "
		    "files; check as the user that runs: runuser "
		    "-u %s -- ctwatch check",
		    owner, owner);
	if (statvfs(dir, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < MIN_FREE) {
		msg_error("%s: only %" PRIu64 " MiB are free", dir,
		    ((uint64_t)fs.f_bavail * fs.f_frsize) >> 20);
		check_fault(c, CLI_LOCAL);
	}
	free(owner);
}

static void
check_store(struct check *c)
{
	char *path = mem_printf("%s/state.db", c->state_dir);
	char time[TIME_TEXT];
	struct store_run run;

	if (access(path, F_OK) != 0)
		check_line("state", "%s: no run yet", c->state_dir);
	else if ((c->store = cmd_util_store(&c->set.common, STORE_READ)) ==
	    NULL)
		check_fault(c, CLI_LOCAL);
	else if (!store_run_before(c->store, INT64_MAX, 0, &run))
		check_line("state", "%s: no run yet", c->state_dir);
	else {
		time_format(run.started, time);
		check_line("state", "%s: run %" PRId64 ", the last, of %s",
		    c->state_dir, run.number, time);
	}
	free(path);
}

void
check_state(struct check *c)
{
	struct stat st;

	if (stat(c->state_dir, &st) == 0) {
		check_store(c);
		check_directory(c, &st);
	} else if (errno == ENOENT)
		check_absent(c);
	else {
		msg_error("%s: %s", c->state_dir, strerror(errno));
		check_fault(c, CLI_LOCAL);
	}
}
