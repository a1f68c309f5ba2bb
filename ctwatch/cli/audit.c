/* SPDX-License-Identifier: Apache-2.0 */
/* audit: the command `audit': check the SCTs of own certificates, and their
 * logs. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit/output.h"
#include "cli/cmd_util.h"
#include "cli/network.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/audit/audit_findings.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>

/* Time limit for a host to present its certificate, in ms. */
#define HOST_TIME (30 * TIME_SECOND)

/* The default of --starttls by port. */
#define BY_PORT (-1)

/* Number of options besides those of logs. */
#define OWN 6

struct audit_command {
	struct opts_common common;
	struct network_settings settings;
	bool no_sandbox;
	int64_t max_time, deadline; /* ms; time_mono() */
	char *state_dir;
	struct network network;
	struct store *store; /* or NULL */
	struct opts_list hosts;
	int format, starttls;
	bool inventory;
	struct audit_certs certs;
	int status;
};

/* Report the lines of error: files and hosts that were not audited. */
static void
report_faults(struct audit_command *x, struct buf *error)
{
	struct bytes rest = buf_view(error), line;

	while (text_line(&rest, &line))
		msg_error("%.*s", (int)line.n, (const char *)line.p);
	if (error->n > 0)
		x->status |= CLI_INCOMPLETE;
	buf_clear(error);
}

/* The store, if there is one; false after an error was reported. */
static bool
open_store(struct audit_command *x)
{
	char *path = mem_printf("%s/state.db", x->state_dir);
	bool there = access(path, F_OK) == 0;

	free(path);
	if (!there && !x->inventory)
		return true;
	x->store = cmd_util_store(&x->common, STORE_WRITE);
	return x->store != NULL;
}

static enum tls_peer_protocol
protocol_of(const struct audit_command *x, const char *host)
{
	const char *port = strrchr(host, ':');

	if (x->starttls != BY_PORT)
		return x->starttls == 0 ? TLS_PEER_SMTP : TLS_PEER_IMAP;
	if (port == NULL)
		return TLS_PEER_TLS;
	if (strcmp(port, ":25") == 0 || strcmp(port, ":587") == 0)
		return TLS_PEER_SMTP;
	return strcmp(port, ":143") == 0 ? TLS_PEER_IMAP : TLS_PEER_TLS;
}

static void
ask_hosts(struct audit_command *x, struct buf *error)
{
	for (size_t i = 0; i < x->hosts.n; i++) {
		const char *host = x->hosts.v[i];
		struct tls_peer peer;

		if (tls_peer_fetch(&x->network.options, host,
		        protocol_of(x, host), HOST_TIME, &peer, error))
			audit_certs_add_peer(&x->certs, host, &peer, error);
		tls_peer_fini(&peer);
		report_faults(x, error);
	}
}

static int
print(struct audit_command *x, const struct audit_result *r)
{
	struct buf out;
	int status;

	if (x->format == CMD_UTIL_JSON)
		return cmd_util_print_json(audit_json(&x->certs));
	buf_init(&out, SIZE_MAX / 2);
	audit_text(&x->certs, r, &out);
	status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}

/* Keep what was found; the next run reports it. */
static bool
save(struct store *s, const struct audit_certs *certs)
{
	const struct audit_findings_options options = {
		.s = s, .now = time_now(), .run = store_run_next(s)
	};

	return options.run > 0 && audit_findings_save(certs, &options) &&
	    store_commit(s);
}

/* Audit the collected certificates. */
static void
audit(struct audit_command *x)
{
	const struct audit_options options = { .http = x->network.http,
		.store = x->store,
		.lists = x->network.lists.logs,
		.now = time_now(),
		.deadline = x->deadline };
	struct audit_result r;

	audit_run(&x->certs, &options, &r);
	if (x->certs.n == 0 && !x->inventory) {
		msg_warn("audit: no certificate was checked%s",
		    x->certs.n_issuers > 0
		        ? ": those of CAs are used as issuers alone"
		        : "");
		x->status |= CLI_INCOMPLETE;
	}
	if (x->store != NULL && !save(x->store, &x->certs)) {
		msg_error("%s", store_error(x->store));
		x->status |= CLI_LOCAL;
	}
	x->status |= (r.failed > 0 ? CLI_FINDINGS : CLI_CLEAN) |
	    (r.unchecked > 0 ? CLI_INCOMPLETE : CLI_CLEAN) |
	    (r.missing > 0 ? CLI_MISBEHAVED : CLI_CLEAN) | print(x, &r);
	if (x->network.lists.stale) {
		msg_warn("audit: a log list is missing or outdated: policies "
		         "and states may have changed");
		x->status |= CLI_INCOMPLETE;
	}
}

/* Drop privileges, start the network, and load the log lists. */
static bool
connect_logs(struct audit_command *x)
{
	if (!x->no_sandbox)
		sandbox_paths_read(
		    &(struct sandbox_paths){ .state_dir = x->state_dir },
		    &x->settings, &x->network.options, x->store, NULL);
	return network_open(&x->network, &x->settings,
	    &(struct network_lists){ .state_dir = x->state_dir,
	        .store = x->store,
	        .deadline = x->deadline });
}

/* Gather the certificates, files first: the sandbox closes their folders. */
static void
gather(struct audit_command *x, char *const files[], size_t n)
{
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	for (size_t i = 0; i < n; i++) {
		audit_certs_add_path(&x->certs, files[i], &error);
		report_faults(x, &error);
	}
	if (!connect_logs(x))
		x->status |=
		    x->network.lists.stale ? CLI_INCOMPLETE : CLI_USAGE;
	else {
		ask_hosts(x, &error);
		if ((x->inventory &&
		        !audit_certs_add_stored(
		            &x->certs, x->store, time_now())) ||
		    !audit_certs_find_issuers(&x->certs, x->store)) {
			msg_error("%s", store_error(x->store));
			x->status |= CLI_LOCAL;
		} else
			audit(x);
	}
	buf_fini(&error);
}

static int
parse(struct audit_command *x, int argc, char *argv[])
{
	static const char *const protocols[] = { "smtp", "imap", NULL };
	struct opts_opt opts[OWN + NETWORK_OPTIONS] = {
		{ "host", OPTS_LIST, &x->hosts, "HOST[:PORT]",
		    "the certificate of this TLS server; repeatable", NULL },
		{ "starttls", OPTS_WORD, &x->starttls, "smtp|imap",
		    "use STARTTLS; default on ports 25, 587, 143", protocols },
		{ "from-inventory", OPTS_FLAG, &x->inventory, NULL,
		    "the valid certificates of the store", NULL },
		{ "max-time", OPTS_DURATION, &x->max_time, "DURATION",
		    "send no requests after this time", NULL },
		{ "no-sandbox", OPTS_FLAG, &x->no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
		{ "format", OPTS_WORD, &x->format, "text|json", "output format",
		    cmd_util_forms },
	};
	const struct opts_command command = { "audit", "[FILE ...]",
		"Check the SCTs of your own certificates, and their logs.",
		opts, sizeof opts / sizeof *opts };

	network_options(&x->settings, opts + OWN);
	return opts_parse(&command, &x->common, argc, argv);
}

int
cli_audit(int argc, char *argv[])
{
	struct audit_command x = { .starttls = BY_PORT };
	int n = parse(&x, argc, argv);

	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n == 0 && x.hosts.n == 0 && !x.inventory) {
		msg_error("audit: give files, --host or --from-inventory; see "
		          "--help");
		return CLI_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	x.state_dir = opts_state_dir(&x.common);
	x.deadline = x.max_time != 0 ? time_mono() + x.max_time : 0;
	network_init(&x.network, &x.settings);
	if (open_store(&x))
		gather(&x, argv + 1, (size_t)n);
	else
		x.status = CLI_LOCAL;
	audit_certs_fini(&x.certs);
	network_fini(&x.network);
	store_close(x.store);
	free(x.state_dir);
	return x.status;
}
