/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/notify/webhook.h>

#include "notify/webhook_make.h"

static const struct webhook_format formats[] = {
	{ "ctwatch", "webhook:", WEBHOOK_SECRET_SIGNS, false,
	    webhook_ctwatch_make },
	{ "slack", "slack:", WEBHOOK_SECRET_UNUSED, false, webhook_slack_make },
	{ "teams", "teams:", WEBHOOK_SECRET_UNUSED, false, webhook_teams_make },
	{ "pagerduty", "pagerduty:", WEBHOOK_SECRET_KEY, true,
	    webhook_pagerduty_make },
	{ "splunk-hec", "splunk-hec:", WEBHOOK_SECRET_TOKEN, false,
	    webhook_splunk_make },
};

#define N_FORMATS (sizeof formats / sizeof formats[0])

const struct webhook_format *
webhook_formats(size_t *n)
{
	*n = N_FORMATS;
	return formats;
}

const struct webhook_format *
webhook_format(const char *name)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct webhook_format *
webhook_channel(const char *channel, const char **url)
{
	for (size_t i = 0; i < N_FORMATS; i++) {
		size_t n = strlen(formats[i].channel);

		if (strncmp(formats[i].channel, channel, n) == 0) {
			*url = channel + n;
			return &formats[i];
		}
	}
	return NULL;
}

bool
webhook_is_key(struct bytes s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}
