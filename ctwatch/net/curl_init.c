/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <curl/curl.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/net/curl_init.h>

bool
curl_init_start(struct buf *error)
{
	CURLcode e = curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_malloc, free,
	    mem_resize, mem_strdup, mem_alloc);

	if (e != CURLE_OK)
		buf_printf(
		    error, "cannot use libcurl: %s", curl_easy_strerror(e));
	return e == CURLE_OK;
}

void
curl_init_stop(void)
{
	curl_global_cleanup();
}

void
curl_init_roots(const char *out[static 2])
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	out[0] = v->cainfo;
	out[1] = v->capath;
}

void *
curl_init_handle(const struct http_options *o)
{
	CURLcode code = CURLE_OK;
	CURL *e = curl_easy_init();

	if (e == NULL)
		mem_out();
	CURL_INIT_SET(&code, e, CURLOPT_NOSIGNAL, 1L);
	CURL_INIT_SET(&code, e, CURLOPT_USERAGENT, o->user_agent);
	CURL_INIT_SET(
	    &code, e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->ca_file != NULL) {
		CURL_INIT_SET(&code, e, CURLOPT_CAINFO, o->ca_file);
		CURL_INIT_SET(&code, e, CURLOPT_CAPATH, NULL);
	}
	if (code == CURLE_OK)
		return e;
	curl_easy_cleanup(e);
	return NULL;
}

void *
curl_init_open(const struct http_options *o, struct buf *error)
{
	void *e;

	if (!curl_init_start(error))
		return NULL;
	e = curl_init_handle(o);
	if (e == NULL) {
		buf_add_text(error, "libcurl refuses an option");
		curl_init_stop();
	}
	return e;
}

void
curl_init_close(void *handle)
{
	curl_easy_cleanup(handle);
	curl_init_stop();
}

int
curl_init_route(void *handle, const struct http_options *o, bool is_local)
{
	return (int)curl_easy_setopt(handle, CURLOPT_PROXY,
	    is_local && o->proxy == NULL ? "" : o->proxy);
}
