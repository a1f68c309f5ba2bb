/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network: the options of the network and the log lists, and what they open,
 * for the commands that reach logs.
 */
#ifndef CTWATCH_CLI_NETWORK_H
#define CTWATCH_CLI_NETWORK_H

#include "cli/opts.h"
#include <ctwatch/net/http.h>
#include <ctwatch/net/loglist_load.h>
#include <ctwatch/store/store.h>

struct network_settings {
	struct opts_list log_lists, mtc;
	const char *list_signature, *list_key;
	const char *contact, *ca_file, *proxy;
	bool allow_http;
	bool no_keepalive; /* not in the table of network_options */
};

#define NETWORK_OPTIONS 8

/* Fill a table of the options for the log lists and the network. */
void network_options(
    struct network_settings *set, struct opts_opt out[static NETWORK_OPTIONS]);

/* The open network; a NULL member is not open yet.  Do not move it while it is
 * open: http borrows options. */
struct network {
	struct http_options options;
	char *user_agent; /* owned */
	struct http *http;
	struct loglist_load lists;
};

/* Set the options of the network; set must outlive n. */
void network_init(struct network *n, const struct network_settings *set);

/* How to load the log lists. */
struct network_lists {
	const char *state_dir; /* copies are in it */
	bool keep_no_copy;     /* read copies only */
	struct store *store;   /* its logs are added; or NULL */
	int64_t deadline;      /* time_mono() in ms; 0: none */
};

/* Start the network thread and load the log lists; false after msg_error. */
bool network_open(struct network *n, const struct network_settings *set,
    const struct network_lists *how);

/* Report whether each name is that of a log; false after msg_error about the
 * option. */
bool network_has_logs(
    const struct network *n, const char *option, const struct opts_list *names);

void network_fini(struct network *n);

#endif
