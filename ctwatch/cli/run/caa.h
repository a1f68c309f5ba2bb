/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa: the step of a run that looks up the CAA sets of the watched registrable
 * names, stores them, and judges changes and certificates by their history.
 */
#ifndef CTWATCH_CLI_RUN_CAA_H
#define CTWATCH_CLI_RUN_CAA_H

#include <ctwatch/net/caa_lookup.h>
#include <ctwatch/policy/signature_cache.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/store/store.h>

struct run_caa_options {
	struct store *store;
	const struct watch *watch;
	struct signature_cache *signatures; /* or NULL */
	const char *resolver;               /* --caa-resolver, or NULL */
	const char *ccadb;                  /* --ccadb, or NULL */
	int64_t deadline;                   /* time_mono() in ms; 0: none */
	bool (*stopped)(void);
	int64_t now, run; /* ms, at which certificates are judged; number */
};

/* A name and how its look-up in this run ended. */
struct run_caa_name {
	char *name; /* owned */
	enum caa_lookup_status status;
	char *why; /* owned: the reason if it is not done; or NULL */
};

struct run_caa {
	bool on;
	const char *resolver;   /* borrowed: --caa-resolver, or NULL */
	struct run_caa_name *v; /* owned, by name */
	size_t n;
	size_t left_out; /* names beyond LIMIT_CAA_NAMES */
	/* Certificates that were not judged since the CAA issuer domain names
	 * of their CAs are not known; the issuer of the first, and why none are
	 * known: owned, or NULL. */
	size_t unknown;
	char *issuer, *no_issuers;
};

/* Report whether look-ups are possible; false after msg_error. */
bool run_caa_check(const char *resolver);

/*
 * Look the names up, for some minutes, and commit what was judged before and
 * each part of the answers.  Return false when the store failed.  Free *out
 * with run_caa_fini in any case.
 */
bool run_caa(const struct run_caa_options *options, struct run_caa *out);

/* Report whether each name has an answer, or does not exist. */
bool run_caa_is_complete(const struct run_caa *c);

void run_caa_fini(struct run_caa *c);

#endif
