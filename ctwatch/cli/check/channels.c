/* SPDX-License-Identifier: Apache-2.0 */
/* channels: check the notification channels and connect to their servers. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/check/check.h"
#include "cli/sandbox_paths.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/privsep.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/net/reach.h>
#include <ctwatch/notify/hooks.h>

/* How long a server may take to be connected to. */
#define REACH_TIME (20 * TIME_SECOND)

/* Added before the process that connects is killed. */
#define REACH_GRACE (5 * TIME_SECOND)

struct reaching {
	const struct check *check;
	const char *url, *password;
};

static bool
reach(void *arg, struct buf *error)
{
	const struct reaching *r = arg;
	const struct http_options *http = &r->check->network.options;

	if (!r->check->set.notify.no_sandbox)
		sandbox_paths_post(http);
	return reach_server(http, r->url, r->password, REACH_TIME, error);
}

/* Connect in a sandboxed process, since the answer is untrusted. */
static void
check_server(
    struct check *c, const char *kind, const char *url, const char *password)
{
	struct reaching r = { c, url, password };
	struct privsep helper;
	struct buf error;

	buf_init(&error, LIMIT_SMALL_BODY);
	if (privsep_start(&helper, error.max, reach, &r, &error) &&
	    privsep_call(&helper, REACH_TIME + REACH_GRACE, &error))
		check_line("", "%s: its server answers", kind);
	else {
		msg_error("%s: %s", kind, buf_text(&error));
		check_fault(c, CLI_UNDELIVERED);
	}
	buf_fini(&error);
}

static void
check_mail(struct check *c, const struct notify_ready *r)
{
	const struct notify_config *config = &r->config;

	for (size_t i = 0; i < config->n_mail; i++)
		check_line("", "mail to %s", config->mail[i]);
	if (config->mail_owners)
		check_line("", "mail to the contacts of the pinset's domains");
	if (r->smtp != NULL)
		check_server(
		    c, "smtp", r->smtp, (const char *)r->smtp_password.p);
	else if (access(config->sendmail, X_OK) != 0) {
		msg_error("sendmail: %s: %s: install a mail server, or give "
		          "--smtp URL",
		    config->sendmail, strerror(errno));
		check_fault(c, CLI_UNDELIVERED);
	}
}

static void
check_hooks(struct check *c, const char *dir)
{
	struct buf error;
	char **v;
	size_t n;

	buf_init(&error, LIMIT_SMALL_BODY);
	v = hooks_list(dir, &n, &error);
	if (v != NULL && n > 0)
		check_line("", "%zu hook%s in %s", n, n == 1 ? "" : "s", dir);
	else {
		msg_error(
		    "--hooks: %s: it has no program that can be run", dir);
		check_fault(c, CLI_UNDELIVERED);
	}
	hooks_list_free(v, n);
	buf_fini(&error);
}

void
check_channels(struct check *c)
{
	struct notify_ready *r = &c->ready;

	if (!notify_ready(&c->set.notify, &c->network.options, r)) {
		check_fault(c, CLI_USAGE);
		return;
	}
	if (!notify_configured(&r->config) || c->set.no_notify) {
		check_line("channels", "%s",
		    c->set.no_notify ? "off: --no-notify"
		                     : "none: findings are in the report "
		                       "alone (--mail, --webhook, --hooks)");
		return;
	}
	check_line("channels", "a sample goes out with: ctwatch notify --test");
	if (r->config.n_mail > 0 || r->config.mail_owners)
		check_mail(c, r);
	for (size_t i = 0; i < r->config.n_webhooks; i++)
		check_server(c, "webhook", r->config.webhooks[i].url, NULL);
	if (r->hooks != NULL)
		check_hooks(c, r->hooks);
}
