/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_util.h"
#include "cli/notify.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/privsep.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/http_post.h>
#include <ctwatch/notify/hooks.h>

#include "config.h"

#define TIME_LIMIT (2 * TIME_MINUTE)

/* libcurl keeps the limit of a POST; one that does not is ended this much
 * later. */
#define POST_GRACE (5 * TIME_SECOND)

/* Headers of a POST; more are never asked for. */
#define HEADERS_MAX 8

void
notify_options(
    struct notify_settings *s, struct opts_opt out[static NOTIFY_OPTIONS])
{
	const struct opts_opt table[NOTIFY_OPTIONS] = {
		{ "mail", OPTS_LIST, &s->mail, "ADDRESS",
		    "mail what is new to ADDRESS; repeat for more", NULL },
		{ "mail-owners", OPTS_FLAG, &s->mail_owners, NULL,
		    "and to the contact of each domain what concerns it",
		    NULL },
		{ "mail-from", OPTS_TEXT, &s->mail_from, "ADDRESS",
		    "the sender of mails", NULL },
		{ "sendmail", OPTS_TEXT, &s->sendmail, "PROGRAM",
		    "what sends them; /usr/sbin/sendmail", NULL },
		{ "webhook", OPTS_LIST, &s->webhooks, "URL",
		    "POST what is new to URL; repeat for more", NULL },
		{ "webhook-secret", OPTS_TEXT, &s->secret_file, "FILE",
		    "sign what is posted with the secret in FILE", NULL },
		{ "hooks", OPTS_TEXT, &s->hooks, "DIR",
		    "run the programs in DIR for each finding", NULL },
		{ "notify-on", OPTS_WORD, &s->least, "SEVERITY",
		    "tell of findings from this severity on; low",
		    cmd_util_severities },
		{ "notify-time", OPTS_DURATION, &s->time_limit, "DURATION",
		    "for one mail, POST or hook; 2m", NULL },
		{ "heartbeat", OPTS_FLAG, &s->heartbeat, NULL,
		    "mail and post after quiet runs too", NULL },
		{ "no-sandbox", OPTS_FLAG, &s->no_sandbox, NULL,
		    "read strangers' bytes with all rights", NULL },
	};

	*s = (struct notify_settings){ .sendmail = "/usr/sbin/sendmail",
		.time_limit = TIME_LIMIT,
		.least = RULES_LOW };
	memcpy(out, table, sizeof table);
}

/* What posting needs in a process of its own. */
struct posting {
	const struct http_options *http;
	struct http_post post;
};

static bool
post_confined(void *arg, struct buf *error)
{
	const struct posting *p = arg;

	sandbox_paths_post(p->http);
	return http_post_send(p->http, &p->post, error);
}

/* Send the message in a sandboxed process: the answer is untrusted. */
static bool
post_apart(struct posting *p, struct buf *error)
{
	struct privsep a;

	return privsep_start(&a, error->max, post_confined, p, error) &&
	    privsep_call(&a, p->post.time_limit + POST_GRACE, error);
}

static bool
post(void *arg, const char *url, struct bytes body,
    const struct notify_header *headers, size_t n, struct buf *error)
{
	const struct notify_ready *r = arg;
	char *lines[HEADERS_MAX];
	const char *borrowed[HEADERS_MAX];
	struct posting p = { r->http,
		{ .url = url,
		    .body = body,
		    .headers = borrowed,
		    .n = n,
		    .time_limit = r->config.time_limit } };
	bool ok;

	for (size_t i = 0; i < n; i++)
		borrowed[i] = lines[i] =
		    mem_printf("%s: %s", headers[i].name, headers[i].value);
	ok = r->no_sandbox ? http_post_send(p.http, &p.post, error)
	                   : post_apart(&p, error);
	for (size_t i = 0; i < n; i++)
		free(lines[i]);
	return ok;
}

/* The secret without the line end that editors leave. */
static bool
load_secret(const char *path, struct notify_ready *out)
{
	size_t n;

	if (path == NULL)
		return true;
	out->secret = opts_read_file(path, LIMIT_SMALL_BODY, &n);
	if (out->secret == NULL)
		return false;
	while (
	    n > 0 && (out->secret[n - 1] == '\n' || out->secret[n - 1] == '\r'))
		n--;
	out->config.secret = (struct bytes){ (uint8_t *)out->secret, n };
	if (n == 0)
		msg_error("%s: the secret is empty", path);
	return n > 0;
}

/* Channels in the outbox are known by the path: it must not depend on where
 * the program was started. */
static bool
find_hooks(const char *dir, struct notify_ready *out)
{
	struct buf error;
	char **v;
	size_t n;

	if (dir == NULL)
		return true;
	buf_init(&error, 4096);
	v = hooks_list(dir, &n, &error);
	if (v != NULL)
		out->config.hooks = out->hooks = realpath(dir, NULL);
	else
		msg_error("--hooks: %s", buf_text(&error));
	hooks_list_free(v, n);
	buf_fini(&error);
	return out->hooks != NULL;
}

static bool
check_address(const char *option, const char *s)
{
	bool ok = s == NULL || notify_is_address(bytes_of(s));

	if (!ok)
		msg_error("--%s: '%s' is no address that mail can be sent to",
		    option, s);
	return ok;
}

static bool
check_addresses(const struct notify_settings *s)
{
	bool ok = check_address("mail-from", s->mail_from);

	for (size_t i = 0; i < s->mail.n; i++)
		ok = check_address("mail", s->mail.v[i]) && ok;
	return ok;
}

bool
notify_ready(const struct notify_settings *s, const struct http_options *http,
    struct notify_ready *out)
{
	*out = (struct notify_ready){ .http = http,
		.no_sandbox = s->no_sandbox,
		.config = { .mail = s->mail.v,
		    .n_mail = s->mail.n,
		    .mail_owners = s->mail_owners,
		    .mail_from = s->mail_from,
		    .sendmail = s->sendmail,
		    .webhooks = s->webhooks.v,
		    .n_webhooks = s->webhooks.n,
		    .time_limit = s->time_limit,
		    .least = (enum rules_severity)s->least,
		    .heartbeat = s->heartbeat,
		    .post = post } };
	out->config.post_arg = out;
	if (check_addresses(s) && load_secret(s->secret_file, out) &&
	    find_hooks(s->hooks, out))
		return true;
	notify_fini(out);
	return false;
}

void
notify_fini(struct notify_ready *r)
{
	free(r->secret);
	free(r->hooks);
	*r = (struct notify_ready){ .http = NULL };
}

/* ---- the command ---- */

/* Send what waits in the outbox. */
static int
send_waiting(const struct opts_common *common, const struct notify_config *c)
{
	struct store *s = cmd_util_store(common, STORE_RUN);
	int status = CLI_CLEAN;

	if (s == NULL)
		return CLI_LOCAL;
	if (!notify_deliver(c, s, NULL))
		status = CLI_UNDELIVERED;
	if (*store_error(s) != '\0') {
		msg_error("%s", store_error(s));
		status |= CLI_LOCAL;
	}
	store_close(s);
	return status;
}

int
cli_notify(int argc, char *argv[])
{
	struct opts_common common = { .config = NULL };
	struct http_options http = { .user_agent = "ctwatch/" PACKAGE_VERSION };
	struct notify_settings settings;
	struct notify_ready ready;
	bool test = false;
	struct opts_opt opts[NOTIFY_OPTIONS + 4] = {
		{ "test", OPTS_FLAG, &test, NULL,
		    "send a marked sample through every channel", NULL },
		{ "ca-file", OPTS_TEXT, &http.ca_file, "PEM",
		    "trust these roots for TLS", NULL },
		{ "proxy", OPTS_TEXT, &http.proxy, "URL",
		    "reach webhooks through this proxy", NULL },
		{ "allow-http", OPTS_FLAG, &http.allow_http, NULL,
		    "take http:// webhooks that are not on loopback", NULL },
	};
	const struct opts_command command = { "notify", "",
		"Send what waits in the outbox, or test the channels.", opts,
		sizeof opts / sizeof opts[0] };
	int operands, status;

	notify_options(&settings, opts + 4);
	operands = opts_parse(&command, &common, argc, argv);
	if (operands == -2)
		return CLI_CLEAN;
	if (operands > 0)
		msg_error("notify: takes no operands");
	if (operands != 0 || !notify_ready(&settings, &http, &ready))
		return CLI_USAGE;
	if (!notify_configured(&ready.config)) {
		msg_error("notify: nobody is to be told: give --mail, "
		          "--webhook or --hooks");
		status = CLI_USAGE;
	} else if (test)
		status = notify_test(&ready.config, PACKAGE_VERSION)
		    ? CLI_CLEAN
		    : CLI_UNDELIVERED;
	else
		status = send_waiting(&common, &ready.config);
	notify_fini(&ready);
	return status;
}
