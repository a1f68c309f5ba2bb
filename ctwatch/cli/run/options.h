/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the options of the commands `run' and `check'.
 */
#ifndef CTWATCH_CLI_RUN_OPTIONS_H
#define CTWATCH_CLI_RUN_OPTIONS_H

#include "cli/network.h"
#include "cli/notify.h"
#include "cli/opts.h"

/* The settings from command line and configuration. */
struct run_options {
	struct opts_common common;
	struct network_settings network;
	struct notify_settings notify;
	struct opts_list watches, logs, by_tiles, outputs, skip_operators;
	const char *watchlist, *since, *format, *trust, *witness_policy, *ccadb;
	const char *caa_resolver;
	int64_t max_time; /* ms */
	uint64_t max_entries, jobs, max_memory;
	uint64_t index_days; /* 0: keep the index */
	int fail_on;  /* enum rules_severity, or RUN_OPTIONS_FAIL_ON_UNSET */
	int evidence; /* enum rules_severity, or more: no evidence */
	bool caa;     /* look up CAA sets */
	bool no_revocation, allow_private_crl, no_notify, offline_issuers;
	bool index;
};

#define RUN_OPTIONS_FAIL_ON_UNSET (-1)

/* What holds where no option says otherwise. */
#define RUN_OPTIONS_DEFAULTS                                                   \
	{                                                                      \
		.fail_on = RUN_OPTIONS_FAIL_ON_UNSET, .evidence = RULES_HIGH   \
	}

/* Parse the options for the command of that name, synopsis and purpose; returns
 * as opts_parse. */
int run_options_parse(const char *name, const char *synopsis,
    const char *purpose, struct run_options *set, int argc, char *argv[]);

#endif
