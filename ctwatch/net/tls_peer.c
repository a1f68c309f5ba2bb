/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/curl_init.h>
#include <ctwatch/net/tls_peer.h>

#define CERT_LABEL "Cert:"

/* A server that sends more certificates than this is cut short. */
#define MAX_CHAIN 16

static void
add_chain(const struct curl_certinfo *info, struct buf *out)
{
	for (int i = 0; i < info->num_of_certs && i < MAX_CHAIN; i++)
		for (const struct curl_slist *s = info->certinfo[i]; s != NULL;
		     s = s->next)
			if (strncmp(s->data, CERT_LABEL,
			        sizeof CERT_LABEL - 1) == 0) {
				buf_add_text(
				    out, s->data + sizeof CERT_LABEL - 1);
				buf_add_byte(out, '\n');
			}
}

bool
tls_peer_chain(const struct http_options *options, const char *host,
    int64_t time_limit, struct buf *out, struct buf *error)
{
	char *url = mem_printf("https://%s/", host);
	char message[CURL_ERROR_SIZE] = "";
	struct curl_certinfo *info = NULL;
	CURLcode result;
	CURL *e;

	if (!curl_init_start(error)) {
		free(url);
		return false;
	}
	e = curl_init_handle(options);
	curl_init_route(e, options, false);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(e, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)time_limit);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, message);
	result = curl_easy_perform(e);
	if (result == CURLE_OK &&
	    curl_easy_getinfo(e, CURLINFO_CERTINFO, &info) == CURLE_OK &&
	    info != NULL)
		add_chain(info, out);
	if (result != CURLE_OK) {
		escape_line(error, bytes_of(host), 256);
		buf_add_text(error, ": ");
		escape_line(error,
		    bytes_of(*message != '\0' ? message
		                              : curl_easy_strerror(result)),
		    256);
	} else if (out->n == 0)
		buf_printf(error, "%s: sent no certificate", host);
	curl_easy_cleanup(e);
	curl_init_stop();
	free(url);
	return result == CURLE_OK && out->n > 0;
}
