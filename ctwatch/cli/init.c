/* SPDX-License-Identifier: Apache-2.0 */
/* init: the command `init': write the first configuration, watch list and
 * pinset. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/cmd_util.h"
#include "cli/init/init.h"
#include "cli/opts_value.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/http_url.h>
#include <ctwatch/net/loglist_load.h>
#include <ctwatch/notify/mail_address.h>
#include <ctwatch/notify/notify.h>
#include <ctwatch/policy/watch.h>

struct settings {
	struct opts_common common;
	struct opts_list names, certs, hosts, mail;
	const char *dir, *ca_file, *log_list;
};

enum {
	WATCHLIST,
	PINSET,
	CONFIG, /* the last, since it names the others */
	FILES
};

static const char *const file_names[FILES] = { "watchlist", "pinset.json",
	"ctwatch.json" };

/* Return the directory of the configuration; the caller frees. */
static char *
default_dir(void)
{
	const char *dir = getenv("CONFIGURATION_DIRECTORY");

	if (dir != NULL && *dir == '/')
		return mem_strdup(dir);
	if (geteuid() == 0)
		return mem_strdup("/etc/ctwatch");
	dir = getenv("XDG_CONFIG_HOME");
	if (dir != NULL && *dir == '/')
		return mem_printf("%s/ctwatch", dir);
	dir = getenv("HOME");
	return mem_printf("%s/.config/ctwatch", dir != NULL ? dir : "");
}

/* ---- the watch list ---- */

/* Return the item for a name: a bare name is watched with all names below
 * it. */
static char *
make_item(const char *name)
{
	bool is_host = *name != '.' && *name != '*' &&
	    strpbrk(name, ":/") == NULL &&
	    name[strspn(name, "0123456789.")] != '\0';

	return is_host ? mem_printf(".%s", name) : mem_strdup(name);
}

/* Add the item for a name to w. */
static bool
add_name(struct watch *w, const char *name, struct buf *error)
{
	enum host_pattern_reach reach;
	const char *fault = NULL;
	char *item = make_item(name), *host = NULL;
	bool ok = true;

	if (*item == '.' && item[1] != '\0') {
		host = host_pattern_parse(item + 1, &reach, &fault);
		ok = host != NULL;
		if (!ok)
			buf_add_text(error, fault);
	}
	ok = ok && watch_add(w, bytes_of(item), error);
	free(host);
	free(item);
	return ok;
}

static bool
is_name(const char *word, struct buf *error)
{
	struct watch *w = watch_new();
	bool ok = add_name(w, word, error);

	watch_free(w);
	return ok;
}

static size_t
write_watchlist(const struct settings *set, struct buf *out)
{
	struct watch *w = watch_new();
	struct buf error;
	size_t n;

	buf_init(&error, 4096);
	for (size_t i = 0; i < set->names.n; i++)
		add_name(w, set->names.v[i], &error);
	n = watch_count(w);
	buf_add_text(out,
	    "# One item a line: .example.com is that name and everything below "
	    "it,\n# example.com that name alone; also addresses and networks: "
	    "ctwatch(1).\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\n", watch_item(w, i));
	buf_fini(&error);
	watch_free(w);
	return n;
}

/* ---- the configuration ---- */

/* Return the absolute path; a URL is unchanged.  The caller frees. */
static char *
absolute(const char *path)
{
	char *here, *whole;

	if (*path == '/' || http_url_has_scheme(path))
		return mem_strdup(path);
	here = getcwd(NULL, 0);
	whole = mem_printf("%s/%s", here != NULL ? here : ".", path);
	free(here);
	return whole;
}

static void
set_path(json_t *config, const char *name, const char *path)
{
	char *whole = absolute(path);

	json_object_set_new(config, name, json_string(whole));
	free(whole);
}

static void
write_config(const struct settings *set, struct buf *out)
{
	json_t *config = json_object(), *mail = json_array();

	set_path(config, "log-list", set->log_list);
	json_object_set_new(
	    config, "watchlist", json_string(file_names[WATCHLIST]));
	json_object_set_new(config, "pinset", json_string(file_names[PINSET]));
	if (set->common.state != NULL)
		set_path(config, "state", set->common.state);
	for (size_t i = 0; i < set->mail.n; i++)
		json_array_append_new(mail, json_string(set->mail.v[i]));
	if (set->mail.n > 0) {
		json_object_set_new(
		    config, "contact", json_string(set->mail.v[0]));
		json_object_set(config, "mail", mail);
	}
	json_decref(mail);
	cmd_util_json(config, out);
	json_decref(config);
}

/* ---- final messages ---- */

static void
print_counts(const struct init_file *files, size_t items, size_t keys)
{
	printf("wrote %s: %zu item%s\n", files[WATCHLIST].path, items,
	    items == 1 ? "" : "s");
	printf("wrote %s: %zu key%s\n", files[PINSET].path, keys,
	    keys == 1 ? "" : "s");
	printf("wrote %s\n", files[CONFIG].path);
}

/* Print the scope of the first run and the next command. */
static void
print_next(const struct settings *set, const struct init_file *files,
    const struct init_pinset *pins)
{
	const char *path = files[CONFIG].path;
	char *config = set->dir == NULL ? mem_strdup("")
	                                : mem_printf(" --config %s", path);

	puts(
	    "\nThe first run begins at the present end of each log. It sees "
	    "certificates\nthat are logged from now on, and none that were "
	    "logged before. To read the\npast, too, give that run --since "
	    "7d: all logs together have some hundred\nmillion entries for each "
	    "day.\n");
	if (pins->n_keys == 0)
		puts("The pinset is empty: every new certificate for the "
		     "watched "
		     "names is a\nfinding. Add the keys that you expect with: "
		     "ctwatch pins add --cert FILE\n");
	else
		printf(
		    "Certificates with a key of the pinset are expected; "
		    "every other one for\nthe watched names is a finding. No "
		    "key has a backup yet, which is a\nfinding, too: ctwatch "
		    "pins add%s --cert FILE --as backup\n\n",
		    config);
	if (set->mail.n == 0)
		puts("Findings are in the report alone: add \"mail\", "
		     "\"webhook\" "
		     "or \"hooks\" to\nctwatch.json to be notified.\n");
	printf("next: ctwatch check%s\n", config);
	free(config);
}

/* ---- the command ---- */

static bool
is_address(const char *word, struct buf *error)
{
	if (mail_address_is_valid(bytes_of(word)))
		return true;
	buf_add_text(error, "not a mail address");
	return false;
}

static bool
is_any(const char *word, struct buf *error)
{
	(void)word;
	(void)error;
	return true;
}

/* Ask for values missing on the command line. */
static void
ask(struct settings *set)
{
	if (init_ask("Names to watch, with everything below them:", is_name,
	        &set->names) &&
	    init_ask("Hosts whose present key is expected (may be empty):",
	        is_any, &set->hosts) &&
	    set->mail.n == 0)
		init_ask("Mail addresses for findings (may be empty):",
		    is_address, &set->mail);
	puts("");
}

static bool
check_words(const struct opts_list *words, const char *what,
    bool (*accept)(const char *word, struct buf *error))
{
	struct buf error;
	bool ok = true;

	buf_init(&error, 4096);
	for (size_t i = 0; i < words->n; i++) {
		buf_clear(&error);
		if (!accept(words->v[i], &error)) {
			msg_error("init: %s%s: %s", what, words->v[i],
			    buf_text(&error));
			ok = false;
		}
	}
	buf_fini(&error);
	return ok;
}

static bool
check_settings(const struct settings *set)
{
	if (set->names.n == 0 && set->certs.n == 0 && set->hosts.n == 0) {
		msg_error("init: give the names to watch: ctwatch init "
		          "example.com");
		return false;
	}
	return check_words(&set->names, "", is_name) &&
	    check_words(&set->mail, "--mail ", is_address);
}

static bool
load_pins(const struct settings *set, struct init_pinset *pins)
{
	bool ok = true;

	for (size_t i = 0; i < set->certs.n; i++)
		ok = init_pinset_file(pins, set->certs.v[i]) && ok;
	for (size_t i = 0; i < set->hosts.n; i++)
		ok =
		    init_pinset_host(pins, set->hosts.v[i], set->ca_file) && ok;
	return ok;
}

/* Name the pinset after the first thing that is watched. */
static const char *
pinset_name(const struct settings *set)
{
	const char *name = set->names.n > 0 ? set->names.v[0]
	    : set->hosts.n > 0              ? set->hosts.v[0]
	                                    : "ctwatch";

	return name + strspn(name, "*.");
}

static int
write_files(const struct settings *set, const struct init_pinset *pins)
{
	char *dir = set->dir != NULL ? mem_strdup(set->dir) : default_dir();
	struct init_file files[FILES] = { 0 };
	size_t items;
	int status;

	for (size_t i = 0; i < FILES; i++) {
		files[i].path = mem_printf("%s/%s", dir, file_names[i]);
		buf_init(&files[i].content, LIMIT_USER_FILE);
	}
	items = write_watchlist(set, &files[WATCHLIST].content);
	pinset_edit_write(pins->next, &files[PINSET].content);
	write_config(set, &files[CONFIG].content);
	status = init_files_write(dir, files, FILES);
	if (status == CLI_CLEAN) {
		print_counts(files, items, pins->n_keys);
		print_next(set, files, pins);
	}
	for (size_t i = 0; i < FILES; i++) {
		free(files[i].path);
		buf_fini(&files[i].content);
	}
	free(dir);
	return status;
}

int
cli_init(int argc, char *argv[])
{
	struct settings set = { .common = { .config = "" },
		.log_list = LOGLIST_LOAD_CHROME };
	const struct opts_opt opts[] = {
		{ "cert", OPTS_LIST, &set.certs, "FILE",
		    "expect the key of this certificate; may repeat", NULL },
		{ "host", OPTS_LIST, &set.hosts, "HOST[:PORT]",
		    "expect the key that this host presents", NULL },
		{ "mail", OPTS_LIST, &set.mail, "ADDRESS",
		    "mail new findings to ADDRESS; repeat for more", NULL },
		{ "dir", OPTS_TEXT, &set.dir, "DIR", "write the files into DIR",
		    NULL },
		{ "log-list", OPTS_TEXT, &set.log_list, "FILE|URL",
		    "the log list that runs use; Chrome's", NULL },
		{ "ca-file", OPTS_TEXT, &set.ca_file, "PEM",
		    "trust these roots for --host", NULL },
	};
	const struct opts_command command = { "init", "NAME ...",
		"Write the first configuration, watch list and pinset.", opts,
		sizeof opts / sizeof *opts };
	struct init_pinset pins;
	int n = opts_parse(&command, &set.common, argc, argv);
	int status = CLI_USAGE;

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	for (int i = 0; i < n; i++) {
		set.names.v = mem_grow(set.names.v, set.names.n, sizeof *argv);
		set.names.v[set.names.n++] = argv[1 + i];
	}
	if (n == 0 && set.certs.n == 0 && set.hosts.n == 0 &&
	    isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		ask(&set);
	if (check_settings(&set)) {
		init_pinset_begin(&pins, pinset_name(&set));
		if (load_pins(&set, &pins))
			status = write_files(&set, &pins);
		init_pinset_fini(&pins);
	}
	opts_value_keep(set.names.v);
	return status;
}
