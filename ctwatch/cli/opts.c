/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/opts.h"
#include "cli/opts_value.h"
#include <ctwatch/base/buf.h>
#include <ctwatch/base/file.h>
#include <ctwatch/base/guess.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

/* Where the service of the system has its files. */
#define SYSTEM_CONFIG "/etc/ctwatch"
#define SYSTEM_STATE  "/var/lib/ctwatch"

/* The table of one parse: the command's options, then the common ones. */
struct table {
	const struct opts_command *command;
	struct opts_opt common[8];
	size_t n_common;
	bool help;
};

static const struct opts_opt *
option_at(const struct table *t, size_t i)
{
	if (i < t->command->n)
		return &t->command->opts[i];
	i -= t->command->n;
	return i < t->n_common ? &t->common[i] : NULL;
}

static const struct opts_opt *
find(const struct table *t, struct bytes name)
{
	const struct opts_opt *o;

	for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
		if (bytes_is(name, o->name))
			return o;
	return NULL;
}

/*
 * One file serves every command, so a command accepts the members of `run',
 * which a test compares with its --help, and skips those that it does not use.
 * Any other member is an error, since a typo must not disable a check.
 */
static const char *const members[] = { "allow-http", "allow-private-crl",
	"by-tiles", "ca-file", "caa", "caa-resolver", "ccadb", "contact",
	"evidence", "fail-on", "format", "heartbeat", "hooks", "index",
	"index-days", "jobs", "log", "log-list", "log-list-key",
	"log-list-signature", "mail", "mail-from", "mail-owners", "max-entries",
	"max-memory", "max-time", "mtc", "no-keepalive", "no-notify",
	"no-revocation", "no-sandbox", "notify-on", "notify-time",
	"offline-issuers", "output", "proxy", "sendmail", "since",
	"skip-operator", "smtp", "smtp-password", "trust", "watch", "watchlist",
	"webhook", "webhook-format", "webhook-secret", "witness-policy" };

static bool
is_member(const char *name)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		if (strcmp(members[i], name) == 0)
			return true;
	return false;
}

static void
unknown_member(const struct table *t, const char *path, const char *name)
{
	struct guess g = { .typed = name };
	const struct opts_opt *o;

	for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
		guess_offer(&g, o->name);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		guess_offer(&g, members[i]);
	if (g.word != NULL)
		msg_error("%s: unknown member \"%s\"; did you mean \"%s\"?",
		    path, name, g.word);
	else
		msg_error("%s: unknown member \"%s\"", path, name);
}

static bool
load_config(const struct table *t, const char *path)
{
	const char *name;
	json_error_t err;
	json_t *root, *v;
	bool ok = true;
	struct blob text;

	if (!opts_read_file(path, LIMIT_USER_FILE, &text))
		return false;
	root = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &err);
	blob_fini(&text);
	if (root == NULL || !json_is_object(root)) {
		msg_error("%s:%d: %s", path, root == NULL ? err.line : 1,
		    root == NULL ? err.text : "not a JSON object");
		json_decref(root);
		return false;
	}
	json_object_foreach(root, name, v) {
		const struct opts_opt *o = find(t, bytes_of(name));

		if (strcmp(name, "note") == 0 || strncmp(name, "x-", 2) == 0)
			continue;
		/* Options about the report of `run' do not apply to others. */
		if (strcmp(t->command->name, "run") != 0 &&
		    strcmp(t->command->name, "check") != 0 &&
		    (strcmp(name, "format") == 0 ||
		        strcmp(name, "output") == 0 ||
		        strcmp(name, "since") == 0))
			continue;
		/* These two are for the command line only. */
		if (strcmp(name, "config") == 0 || strcmp(name, "help") == 0)
			o = NULL;
		if (o == NULL && !is_member(name)) {
			unknown_member(t, path, name);
			ok = false;
		} else if (o != NULL && !opts_value_set_json(o, v, path))
			ok = false;
	}
	json_decref(root);
	return ok;
}

/* ---- the command line ---- */

static void
print_help(const struct table *t)
{
	const struct opts_opt *o;

	printf("usage: ctwatch %s [OPTION ...]%s%s\n\n%s\n\n", t->command->name,
	    *t->command->synopsis != '\0' ? " " : "", t->command->synopsis,
	    t->command->purpose);
	for (size_t i = 0; (o = option_at(t, i)) != NULL; i++) {
		char left[64];

		snprintf(left, sizeof left, "--%s%s%s", o->name,
		    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
		printf("  %-26s %s\n", left, o->help);
	}
}

/* Report word, "--nmae=VALUE", without its value, which may be a secret. */
static void
unknown_option(const struct table *t, const char *word)
{
	char *name = mem_strdup(word);
	struct guess g = { .typed = name };
	const struct opts_opt *o;

	name[strcspn(name, "=")] = '\0';
	if (strncmp(name, "--", 2) == 0)
		g.typed += 2;
	for (size_t i = 0; (o = option_at(t, i)) != NULL; i++)
		guess_offer(&g, o->name);
	if (g.word != NULL)
		msg_error("%s: unknown option %s; did you mean --%s? See "
		          "ctwatch %s --help.",
		    t->command->name, name, g.word, t->command->name);
	else
		msg_error("%s: unknown option %s; see ctwatch %s --help",
		    t->command->name, name, t->command->name);
	free(name);
}

/* Return the option that a word such as "--state" or "--state=DIR" names. */
static const struct opts_opt *
find_word(const struct table *t, const char *word)
{
	const struct opts_opt *o = NULL;

	if (strncmp(word, "--", 2) == 0)
		o = find(t, bytes_at(word + 2, strcspn(word + 2, "=")));
	if (strcmp(word, "-h") == 0)
		return find(t, bytes_of("help"));
	if (o == NULL)
		unknown_option(t, word);
	return o;
}

/* Return the value of o: after the '=' of its word, or else the next word. */
static const char *
value_of(const struct table *t, const struct opts_opt *o, char ***word)
{
	const char *eq = strchr(**word, '=');

	if (o->kind == OPTS_FLAG) {
		if (eq == NULL)
			return "";
		msg_error(
		    "%s: --%s takes no argument", t->command->name, o->name);
		return NULL;
	}
	if (eq != NULL)
		return eq + 1;
	if (*++*word == NULL)
		msg_error(
		    "%s: --%s needs %s", t->command->name, o->name, o->arg);
	return **word;
}

static bool
set(const struct table *t, const struct opts_opt *o, const char *value)
{
	char *label = mem_printf("%s: --%s", t->command->name, o->name);
	bool ok = opts_value_set(o, value, label);

	free(label);
	return ok;
}

/*
 * Walk the words after the command's name: gather operands, and set options,
 * or only the option named by only.
 */
static int
walk(const struct table *t, char *argv[], const char *only, bool gather)
{
	int n = 0;
	bool ended = false;

	for (char **word = argv + 1; *word != NULL; word++) {
		const struct opts_opt *o;
		const char *value;

		if (ended || (*word)[0] != '-' || (*word)[1] == '\0') {
			if (gather)
				argv[1 + n] = *word;
			n++;
			continue;
		}
		if (strcmp(*word, "--") == 0) {
			ended = true;
			continue;
		}
		o = find_word(t, *word);
		value = o != NULL ? value_of(t, o, &word) : NULL;
		if (value == NULL)
			return -1;
		if ((only == NULL || strcmp(o->name, only) == 0) &&
		    !set(t, o, value))
			return -1;
	}
	return n;
}

/*
 * Return the first existing ctwatch.json in $CONFIGURATION_DIRECTORY,
 * $XDG_CONFIG_HOME/ctwatch, ~/.config/ctwatch and /etc/ctwatch.
 */
static const char *
find_config(void)
{
	const char *dirs[] = { getenv("CONFIGURATION_DIRECTORY"),
		getenv("XDG_CONFIG_HOME"), getenv("HOME"), SYSTEM_CONFIG };
	static const char *const below[] = { "", "/ctwatch", "/.config/ctwatch",
		"" };

	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		char *path;

		if (dirs[i] == NULL || dirs[i][0] != '/')
			continue;
		path = mem_printf("%s%s/ctwatch.json", dirs[i], below[i]);
		if (access(path, F_OK) == 0)
			return opts_value_keep(path);
		free(path);
	}
	return NULL;
}

int
opts_parse(const struct opts_command *command, struct opts_common *common,
    int argc, char *argv[])
{
	struct table t = { .command = command,
		.common = {
		    { "config", OPTS_TEXT, &common->config, "FILE",
		        "read options from this JSON file first", NULL },
		    { "state", OPTS_TEXT, &common->state, "DIR",
		        "keep the state in DIR", NULL },
		    { "pinset", OPTS_TEXT, &common->pinset, "FILE",
		        "the organisation's pinset", NULL },
		    { "now", OPTS_TIME, &common->now, "RFC3339",
		        "set the clock, for tests and replays", NULL },
		    { "quiet", OPTS_FLAG, &common->quiet, NULL,
		        "print errors only", NULL },
		    { "verbose", OPTS_FLAG, &common->verbose, NULL,
		        "print more", NULL },
		},
		.n_common = 6 };
	int n;

	t.common[t.n_common++] = (struct opts_opt){ "help", OPTS_FLAG, &t.help,
		NULL, "print this help", NULL };
	assert(argv[argc] == NULL);
	if (walk(&t, argv, "config", false) < 0 ||
	    walk(&t, argv, "help", false) < 0)
		return -1;
	if (t.help) {
		print_help(&t);
		return -2;
	}
	if (common->config == NULL)
		common->config = find_config();
	if (common->config != NULL && *common->config != '\0' &&
	    !load_config(&t, common->config))
		n = -1;
	else
		n = walk(&t, argv, NULL, true);
	for (size_t i = 0; i < command->n; i++)
		if (command->opts[i].kind == OPTS_LIST)
			opts_value_keep(
			    ((struct opts_list *)command->opts[i].out)->v);
	if (n < 0)
		return -1;
	if (common->now != 0)
		time_set(common->now);
	msg_show(common->verbose ? MSG_DEBUG
	        : common->quiet  ? MSG_ERROR
	                         : MSG_INFO);
	return n;
}

char *
opts_state_dir(const struct opts_common *common)
{
	const char *dir = common->state;

	if (dir == NULL)
		dir = getenv("STATE_DIRECTORY");
	if (dir != NULL && *dir != '\0')
		return mem_strdup(dir);
	if (common->config != NULL &&
	    strcmp(common->config, SYSTEM_CONFIG "/ctwatch.json") == 0)
		return mem_strdup(SYSTEM_STATE);
	dir = getenv("XDG_STATE_HOME");
	if (dir != NULL && *dir == '/')
		return mem_printf("%s/ctwatch", dir);
	dir = getenv("HOME");
	return mem_printf("%s/.local/state/ctwatch", dir != NULL ? dir : "");
}

static bool
read_file(const char *path, bool guarded, size_t max, struct blob *out)
{
	struct buf text, error;
	bool ok;

	*out = (struct blob){ 0 };
	buf_init(&text, max);
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = strcmp(path, "-") == 0
	    ? file_read_open(STDIN_FILENO, path, &text, &error)
	    : file_read(path, guarded, &text, &error) == FILE_OK;
	if (ok)
		*out = blob_take(&text);
	else
		msg_error("%s", buf_text(&error));
	buf_fini(&text);
	buf_fini(&error);
	return ok;
}

bool
opts_read_file(const char *path, size_t max, struct blob *out)
{
	return read_file(path, false, max, out);
}

bool
opts_read_secret(const char *path, size_t max, struct blob *out)
{
	return read_file(path, true, max, out);
}
