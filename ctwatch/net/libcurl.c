/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <curl/curl.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/net/libcurl.h>

bool
libcurl_start(struct buf *error)
{
	CURLcode e = curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_malloc, free,
	    mem_resize, mem_strdup, mem_alloc);

	if (e != CURLE_OK)
		buf_printf(
		    error, "libcurl cannot be used: %s", curl_easy_strerror(e));
	return e == CURLE_OK;
}

void
libcurl_stop(void)
{
	curl_global_cleanup();
}
