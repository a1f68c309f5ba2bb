/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run/options.h"
#include "cli/cmd_util.h"

/* Number of options besides those of the network and of notify. */
#define OWN 26

/* The severities, followed by a word for no evidence. */
static const char *const evidence_words[] = { "note", "low", "medium", "high",
	"critical", "none", NULL };

int
run_options_parse(const char *name, const char *synopsis, const char *purpose,
    struct run_options *set, int argc, char *argv[])
{
	struct opts_opt opts[OWN + NETWORK_OPTIONS + NOTIFY_OPTIONS] = {
		{ "watchlist", OPTS_TEXT, &set->watchlist, "FILE",
		    "names and networks to watch, one a line", NULL },
		{ "watch", OPTS_LIST, &set->watches, "NAME|ADDRESS|CIDR",
		    "also watch this", NULL },
		{ "log", OPTS_LIST, &set->logs, "NAME|ID",
		    "read only this log; repeat for more", NULL },
		{ "skip-operator", OPTS_LIST, &set->skip_operators,
		    "NAME|cheapest", "leave out the logs of one operator",
		    NULL },
		{ "trust", OPTS_TEXT, &set->trust, "FILE",
		    "trust file; default: PINSET.trust", NULL },
		{ "witness-policy", OPTS_TEXT, &set->witness_policy, "FILE",
		    "the witnesses whose cosignatures count", NULL },
		{ "by-tiles", OPTS_LIST, &set->by_tiles, "NAME|ID",
		    "read this RFC 6962 log's entries by its tiles", NULL },
		{ "since", OPTS_TEXT, &set->since, "WHEN",
		    "where new logs begin: now, start, 7d, a date", NULL },
		{ "max-time", OPTS_DURATION, &set->max_time, "DURATION",
		    "end cleanly after this time", NULL },
		{ "max-entries", OPTS_COUNT, &set->max_entries, "N",
		    "read at most N entries of each log", NULL },
		{ "jobs", OPTS_COUNT, &set->jobs, "N",
		    "worker threads; one for each processor", NULL },
		{ "max-memory", OPTS_SIZE, &set->max_memory, "SIZE",
		    "bytes of bodies in flight; 64M", NULL },
		{ "fail-on", OPTS_WORD, &set->fail_on, "SEVERITY",
		    "exit 1 from this severity on; high or medium",
		    cmd_util_severities },
		{ "format", OPTS_TEXT, &set->format, "FORMAT",
		    "of the report: text, json, html, ...", NULL },
		{ "evidence", OPTS_WORD, &set->evidence, "SEVERITY|none",
		    "keep inclusion proofs from this severity on; high",
		    evidence_words },
		{ "no-revocation", OPTS_FLAG, &set->no_revocation, NULL,
		    "do not look up CRLs or OCSP", NULL },
		{ "ccadb", OPTS_TEXT, &set->ccadb, "DIR",
		    "CSV files of CCADB: more CRLs; CAA names", NULL },
		{ "caa", OPTS_FLAG, &set->caa, NULL,
		    "keep the history of CAA records; needs DNS", NULL },
		{ "caa-resolver", OPTS_TEXT, &set->caa_resolver,
		    "ADDRESS[:PORT]", "instead of that of resolv.conf", NULL },
		{ "allow-private-crl", OPTS_FLAG, &set->allow_private_crl, NULL,
		    "also CRLs and OCSP at private addresses", NULL },
		{ "output", OPTS_LIST, &set->outputs, "[FORMAT:]FILE",
		    "write the report to FILE; repeat for more", NULL },
		{ "no-keepalive", OPTS_FLAG, &set->network.no_keepalive, NULL,
		    "a new connection for every request", NULL },
		{ "offline-issuers", OPTS_FLAG, &set->offline_issuers, NULL,
		    "fetch no issuer certificates", NULL },
		{ "index", OPTS_FLAG, &set->index, NULL,
		    "keep an index of all names, for ctwatch search", NULL },
		{ "index-days", OPTS_COUNT, &set->index_days, "N",
		    "delete what was indexed N days ago", NULL },
		{ "no-notify", OPTS_FLAG, &set->no_notify, NULL,
		    "send no notifications; the outbox keeps them", NULL },
	};
	const struct opts_command command = { name, synopsis, purpose, opts,
		sizeof opts / sizeof opts[0] };

	network_options(&set->network, opts + OWN);
	notify_options(&set->notify, opts + OWN + NETWORK_OPTIONS);
	return opts_parse(&command, &set->common, argc, argv);
}
