/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crl_file: a CRL stored as a file in the state directory.
 */
#ifndef CTWATCH_RESPONSE_CRL_FILE_H
#define CTWATCH_RESPONSE_CRL_FILE_H

#include <ctwatch/net/http_download.h>
#include <ctwatch/response/revocation.h>

/* Return the path of the CRL of url, below dir; the caller frees. */
char *crl_file_path(const char *dir, const char *url);

/*
 * Bring the file at path up to date with url; unless the result is
 * HTTP_DOWNLOAD_OK or _SAME it stays as it was, with the reason in *error.
 * known is the entity tag of the file, or NULL; *etag gets the new one (owned,
 * or NULL).
 */
enum http_download_result crl_file_fetch(
    const struct revocation_options *options, const char *url, const char *path,
    const char *known, char **etag, struct buf *error);

/* Remove the files below dir that no lookup has asked for in 30 days, at the
 * time now, in ms. */
void crl_file_prune(const char *dir, int64_t now);

/* Map the file at path; empty if that fails.  The caller unmaps. */
struct bytes crl_file_map(const char *path);

#endif
