/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "notify/channel.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/notify/webhook.h>
#include <ctwatch/wire/sha256.h>

const char *
channel_after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

char *
channel_public_name(const char *channel)
{
	const struct webhook_format *format;
	const char *url, *host, *end, *at;
	char hex[2 * SHA256_SIZE + 1];

	format = webhook_channel(channel, &url);
	if (format == NULL)
		return mem_strdup(channel);
	host = strstr(url, "://");
	host = host != NULL ? host + 3 : url;
	end = host + strcspn(host, "/?#");
	at = memchr(host, '@', (size_t)(end - host));
	if (at == NULL && (*end == '\0' || strcmp(end, "/") == 0))
		return mem_strdup(channel);
	sha256_hex(bytes_of(url), hex);
	at = at != NULL ? at + 1 : host;
	return mem_printf("%s%.*s%.*s/#%.8s", format->channel,
	    (int)(host - url), url, (int)(end - at), at, hex);
}
