/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd_util.h"
#include "cli/notify.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/guess.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/privsep.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/http_post.h>
#include <ctwatch/net/smtp.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/notify/mail_address.h>

#include "config.h"

#define TIME_LIMIT (2 * TIME_MINUTE)

/* Added to the time limit of a POST or mail, which libcurl enforces, before
 * the process that sends it is killed. */
#define SEND_GRACE (5 * TIME_SECOND)

/* Headers of a POST. */
#define HEADERS_MAX 8

void
notify_options(
    struct notify_settings *s, struct opts_opt out[static NOTIFY_OPTIONS])
{
	const struct opts_opt table[NOTIFY_OPTIONS] = {
		{ "mail", OPTS_LIST, &s->mail, "ADDRESS",
		    "mail new findings to ADDRESS; repeat for more", NULL },
		{ "mail-owners", OPTS_FLAG, &s->mail_owners, NULL,
		    "mail the contact of each domain its findings", NULL },
		{ "mail-from", OPTS_TEXT, &s->mail_from, "ADDRESS",
		    "the sender of mails", NULL },
		{ "sendmail", OPTS_TEXT, &s->sendmail, "PROGRAM",
		    "send mails with it; /usr/sbin/sendmail", NULL },
		{ "smtp", OPTS_TEXT, &s->smtp, "URL",
		    "send mails to this server: smtp[s]://[USER@]HOST", NULL },
		{ "smtp-password", OPTS_TEXT, &s->smtp_password_file, "FILE",
		    "the password of USER is in FILE", NULL },
		{ "webhook", OPTS_LIST, &s->webhooks, "URL",
		    "POST new findings to URL; repeat for more", NULL },
		{ "webhook-format", OPTS_LIST, &s->webhook_formats, "FORMAT",
		    "ctwatch, slack, teams, pagerduty or splunk-hec", NULL },
		{ "webhook-secret", OPTS_LIST, &s->webhook_secrets, "FILE",
		    "the secret, key or token of a webhook is in FILE", NULL },
		{ "hooks", OPTS_TEXT, &s->hooks, "DIR",
		    "run the programs in DIR for each certificate", NULL },
		{ "notify-on", OPTS_WORD, &s->least, "SEVERITY",
		    "notify from this severity on; low", cmd_util_severities },
		{ "notify-time", OPTS_DURATION, &s->time_limit, "DURATION",
		    "time limit of a mail, POST or hook; 2m", NULL },
		{ "heartbeat", OPTS_FLAG, &s->heartbeat, NULL,
		    "also mail and POST after runs without findings", NULL },
		{ "no-sandbox", OPTS_FLAG, &s->no_sandbox, NULL,
		    "do not sandbox the parsing of untrusted data", NULL },
	};

	*s = (struct notify_settings){ .sendmail = "/usr/sbin/sendmail",
		.time_limit = TIME_LIMIT,
		.least = RULES_LOW };
	memcpy(out, table, sizeof table);
}

/* One message for the network: a POST, or else a mail. */
struct sending {
	const struct http_options *http;
	const struct http_post *post;
	struct smtp_mail mail;
};

static bool
send_now(const struct sending *s, struct buf *error)
{
	return s->post != NULL ? http_post_send(s->http, s->post, error)
	                       : smtp_send(s->http, &s->mail, error);
}

static bool
send_sandboxed(void *arg, struct buf *error)
{
	const struct sending *s = arg;

	sandbox_paths_post(s->http);
	return send_now(s, error);
}

/* Send in a sandboxed process, since the answer is untrusted. */
static bool
send_message(const struct notify_ready *r, struct sending *s, struct buf *error)
{
	struct privsep helper;

	if (r->no_sandbox)
		return send_now(s, error);
	return privsep_start(&helper, error->max, send_sandboxed, s, error) &&
	    privsep_call(&helper, r->config.time_limit + SEND_GRACE, error);
}

static bool
post(void *arg, const char *url, struct bytes body,
    const struct notify_header *headers, size_t n, struct buf *error)
{
	const struct notify_ready *r = arg;
	char *lines[HEADERS_MAX];
	const char *borrowed[HEADERS_MAX];
	const struct http_post p = { .url = url,
		.body = body,
		.headers = borrowed,
		.n = n,
		.time_limit = r->config.time_limit };
	struct sending s = { .http = r->http, .post = &p };
	bool ok;

	for (size_t i = 0; i < n; i++)
		borrowed[i] = lines[i] =
		    mem_printf("%s: %s", headers[i].name, headers[i].value);
	ok = send_message(r, &s, error);
	for (size_t i = 0; i < n; i++)
		free(lines[i]);
	return ok;
}

static bool
mail(void *arg, const char *to, struct bytes message, struct buf *error)
{
	const struct notify_ready *r = arg;
	struct sending s = { .http = r->http,
		.mail = { .url = r->smtp,
		    .password = (const char *)r->smtp_password.p,
		    .from = r->config.mail_from,
		    .to = to,
		    .message = message,
		    .time_limit = r->config.time_limit } };

	return send_message(r, &s, error);
}

/* Read a secret without the line end that editors add; true without a path. */
static bool
load_secret(const char *path, struct blob *secret)
{
	if (path == NULL)
		return true;
	if (!opts_read_secret(path, LIMIT_SMALL_BODY, secret))
		return false;
	while (secret->n > 0 &&
	    (secret->p[secret->n - 1] == '\n' ||
	        secret->p[secret->n - 1] == '\r'))
		secret->p[--secret->n] = '\0';
	if (secret->n == 0)
		msg_error("%s: the secret is empty", path);
	return secret->n > 0;
}

/* ---- webhooks ---- */

static bool
unknown_format(const char *name)
{
	const struct webhook_format *all;
	struct guess g = { .typed = name };
	struct buf names;
	size_t n;

	buf_init(&names, SIZE_MAX / 2);
	all = webhook_formats(&n);
	for (size_t i = 0; i < n; i++) {
		guess_offer(&g, all[i].name);
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", all[i].name);
	}
	if (g.word != NULL)
		msg_error("--webhook-format: unknown format '%s'; did you mean "
		          "'%s'?",
		    name, g.word);
	else
		msg_error("--webhook-format: unknown format '%s': give one of "
		          "%s",
		    name, buf_text(&names));
	buf_fini(&names);
	return false;
}

/* The n-th format is that of the n-th webhook, and the last one that of all
 * after it. */
static bool
choose_formats(const struct notify_settings *s, struct notify_ready *out)
{
	const struct opts_list *names = &s->webhook_formats;
	size_t n;

	if (names->n > s->webhooks.n) {
		msg_error("--webhook-format is given %zu times, --webhook %zu "
		          "times",
		    names->n, s->webhooks.n);
		return false;
	}
	for (size_t i = 0; i < s->webhooks.n; i++) {
		struct notify_webhook *w = &out->webhooks[i];
		const char *name = i < names->n ? names->v[i]
		    : names->n > 0              ? names->v[names->n - 1]
		                                : webhook_formats(&n)->name;

		w->url = s->webhooks.v[i];
		w->format = webhook_format(name);
		if (w->format == NULL)
			return unknown_format(name);
	}
	return true;
}

/* Load the secret of a webhook from path, NULL if it has none. */
static bool
load_webhook_secret(struct notify_webhook *w, const char *path)
{
	bool is_key = w->format->secret != WEBHOOK_SECRET_SIGNS;

	if (path == NULL && is_key) {
		msg_error(
		    "--webhook-format %s needs --webhook-secret FILE: the "
		    "key or token of the service",
		    w->format->name);
		return false;
	}
	if (!load_secret(path, &w->secret))
		return false;
	if (is_key && !webhook_is_key(blob_view(w->secret))) {
		msg_error("%s: not a key or token: write it alone, in one line",
		    path);
		return false;
	}
	return true;
}

/*
 * The n-th secret is that of the n-th webhook whose format uses one.  One secret
 * alone is that of all, if they have one format.
 */
static bool
load_webhook_secrets(const struct notify_settings *s, struct notify_ready *out)
{
	const struct opts_list *files = &s->webhook_secrets;
	const struct webhook_format *first = NULL;
	size_t users = 0, next = 0;
	bool same = true;

	for (size_t i = 0; i < s->webhooks.n; i++) {
		const struct webhook_format *f = out->webhooks[i].format;

		if (f->secret == WEBHOOK_SECRET_UNUSED)
			continue;
		first = first == NULL ? f : first;
		same = same && f == first;
		users++;
	}
	if (files->n > 0 && files->n != users &&
	    (files->n != 1 || users == 0 || !same)) {
		msg_error(
		    "--webhook-secret is given %zu times, but %zu webhooks use "
		    "one: give one FILE for each, in their order",
		    files->n, users);
		return false;
	}
	for (size_t i = 0; i < s->webhooks.n; i++) {
		struct notify_webhook *w = &out->webhooks[i];
		const char *path = files->n == 0 ? NULL
		    : files->n == 1              ? files->v[0]
		                                 : files->v[next];

		if (w->format->secret == WEBHOOK_SECRET_UNUSED)
			continue;
		if (!load_webhook_secret(w, path))
			return false;
		next++;
	}
	return true;
}

static bool
ready_webhooks(const struct notify_settings *s, struct notify_ready *out)
{
	out->webhooks = mem_alloc(s->webhooks.n + 1, sizeof *out->webhooks);
	out->config.webhooks = out->webhooks;
	out->config.n_webhooks = s->webhooks.n;
	return choose_formats(s, out) && load_webhook_secrets(s, out);
}

/* The outbox stores the path, which must not depend on the working directory. */
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
	bool ok = s == NULL || mail_address_is_valid(bytes_of(s));

	if (!ok)
		msg_error("--%s: '%s' is not a mail address: write "
		          "user@example.com",
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

static bool
check_smtp(const struct notify_settings *s)
{
	const char *why;
	bool local;

	if (s->smtp == NULL)
		return true;
	why = smtp_url_why(s->smtp, &local);
	if (why != NULL)
		msg_error("--smtp: '%s': %s", s->smtp, why);
	else if (s->mail_from == NULL)
		msg_error("--smtp: also give the sender: --mail-from ADDRESS");
	return why == NULL && s->mail_from != NULL;
}

bool
notify_ready(const struct notify_settings *s, const struct http_options *http,
    struct notify_ready *out)
{
	*out = (struct notify_ready){ .http = http,
		.smtp = s->smtp,
		.no_sandbox = s->no_sandbox,
		.config = { .mail = s->mail.v,
		    .n_mail = s->mail.n,
		    .mail_owners = s->mail_owners,
		    .mail_from = s->mail_from,
		    .sendmail = s->sendmail,
		    .mail_it = s->smtp != NULL ? mail : NULL,
		    .time_limit = s->time_limit,
		    .least = (enum rules_severity)s->least,
		    .heartbeat = s->heartbeat,
		    .post = post } };
	out->config.transport = out;
	if (check_addresses(s) && check_smtp(s) &&
	    load_secret(s->smtp_password_file, &out->smtp_password) &&
	    ready_webhooks(s, out) && find_hooks(s->hooks, out))
		return true;
	notify_fini(out);
	return false;
}

void
notify_forget(struct notify_ready *r)
{
	for (size_t i = 0; i < r->config.n_webhooks; i++)
		if (r->webhooks[i].secret.n > 0)
			explicit_bzero(
			    r->webhooks[i].secret.p, r->webhooks[i].secret.n);
	if (r->smtp_password.n > 0)
		explicit_bzero(r->smtp_password.p, r->smtp_password.n);
}

void
notify_fini(struct notify_ready *r)
{
	for (size_t i = 0; i < r->config.n_webhooks; i++)
		blob_fini(&r->webhooks[i].secret);
	free(r->webhooks);
	blob_fini(&r->smtp_password);
	free(r->hooks);
	*r = (struct notify_ready){ .http = NULL };
}

/* ---- the command ---- */

/* Send the messages in the outbox. */
static int
send_outbox(const struct opts_common *common, const struct notify_config *c)
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
		    "allow http:// webhooks, SMTP without TLS", NULL },
	};
	const struct opts_command command = { "notify", "",
		"Send the messages in the outbox, or test the channels.", opts,
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
		msg_error("notify: no notification channel configured: give "
		          "--mail, --webhook or --hooks");
		status = CLI_USAGE;
	} else if (test)
		status = notify_test(&ready.config, PACKAGE_VERSION)
		    ? CLI_CLEAN
		    : CLI_UNDELIVERED;
	else
		status = send_outbox(&common, &ready.config);
	notify_fini(&ready);
	return status;
}
