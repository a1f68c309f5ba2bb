/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox_paths: enter the sandbox (base/sandbox.h) with the paths that each
 * command needs.  --verbose prints the means in force.
 */
#ifndef CTWATCH_CLI_SANDBOX_PATHS_H
#define CTWATCH_CLI_SANDBOX_PATHS_H

#include "cli/network.h"
#include "cli/outputs.h"
#include <ctwatch/policy/pinset.h>

/* The paths that a command opens after it entered the sandbox; NULL: none. */
struct sandbox_paths {
	const char *state_dir;         /* may be written */
	const struct outputs *outputs; /* may be written */
	const char *pinset_file, *trust, *watchlist, *hooks, *ccadb, *parts;
	const struct pinset *pinset; /* its consumers' files */
};

/*
 * For reading logs and lists, which are not open yet: allow also the lists, the
 * logs on disk that they and the store s (or NULL) name, and the roots of TLS.
 * Append the means in force to *out unless it is NULL.
 */
void sandbox_paths_read(const struct sandbox_paths *paths,
    const struct network_settings *set, const struct http_options *http,
    struct store *s, struct buf *out);

/* For reading one log and writing a file beside path. */
void sandbox_paths_scan(
    const struct http_options *http, const char *url, const char *path);

/* For webhooks and SMTP: allow no writes. */
void sandbox_paths_post(const struct http_options *http);

/* For the certificate in a file, and the state, if there is one. */
void sandbox_paths_eval(const char *file, const char *state_dir);

#endif
