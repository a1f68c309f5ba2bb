/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_render FORMAT: print the messages of the ctwatch-report/1 document on
 * standard input for a webhook, one a line: the item, a tab, the body as one
 * JSON string.
 */
#include <jansson.h>

#include "notify/payload.h"
#include <ctwatch/notify/webhook.h>

#include "test.h"

static void
print(void *arg, const char *item, struct bytes body)
{
	json_t *v = json_stringn((const char *)body.p, body.n);
	char *text = json_dumps(v, JSON_ENCODE_ANY);

	(void)arg;
	CHECK(text != NULL);
	printf("%s\t%s\n", item, text);
	free(text);
	json_decref(v);
}

static const char *
key(void *arg, const char *item)
{
	(void)arg;
	return item;
}

int
main(int argc, char *argv[])
{
	struct report whole = { .doc = json_loadf(stdin, 0, NULL) }, *news;
	const struct webhook_format *format;
	size_t n;

	CHECK(argc == 2 && whole.doc != NULL);
	format = webhook_format(argv[1]);
	CHECK(format != NULL);
	news = notify_payload_select(&whole, RULES_LOW, NULL, &n);
	format->make(&(struct webhook_news){ .news = news,
	    .whole = &whole,
	    .least = RULES_LOW,
	    .take = print,
	    .key = key });
	report_free(news);
	json_decref(whole.doc);
	return 0;
}
