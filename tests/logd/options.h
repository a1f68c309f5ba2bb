/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the command line of logd.
 */
#ifndef LOGD_OPTIONS_H
#define LOGD_OPTIONS_H

#include "site.h"

struct options {
	struct site_options site;
	uint64_t port;                  /* 0: any that is free */
	const char *port_file, *base;   /* or NULL */
	const char *tls_cert, *tls_key; /* both or neither */
	const char *rare;               /* path of the rare entries, or NULL */
	const char **issuers;           /* owned array of paths */
	size_t n_issuers;
};

/*
 * Take the options from argv into *o; the operands begin at argv[optind].
 * False after a message, or after --help.
 */
bool options_parse(struct options *o, int argc, char *argv[]);

#endif
