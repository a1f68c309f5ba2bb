/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>

#include "options.h"

static const char usage[] =
    "usage: logd [OPTION ...] INPUT ...\n"
    "\n"
    "INPUT: *.json, *.jsonl, *.pem, *.der, or folders of them\n"
    "\n"
    "  --port N           listen there on 127.0.0.1 (default 0: a free one)\n"
    "  --port-file FILE   write the port there once ready\n"
    "  --base URL         name the server so in the list and origins\n"
    "  --tls CERT KEY     serve TLS with these PEM files\n"
    "  --threads N        that serve (default 2)\n"
    "  --size N           publish N entries at first (default: all)\n"
    "  --entries N        hold N entries, repeating the inputs\n"
    "  --repeat N         hold the inputs N times over\n"
    "  --rare PATH        make some entries of these inputs instead\n"
    "  --every N          one of N entries (default 50)\n"
    "  --issuers PATH     complete chains from there too (repeatable)\n"
    "  --logs N           logs of each kind (default 1)\n"
    "  --only KIND        rfc6962 or static\n"
    "  --operators N      deal the logs among N operators (default 1)\n"
    "  --key PEM          key of the first RFC 6962 log\n"
    "  --static-key PEM   key of the first static log\n"
    "  --key-seed TEXT    make all other keys of TEXT, always the same\n"
    "  --timestamp MS     of the first head; each later one a second more\n"
    "  --spacing MS       put the entries that far apart in time\n"
    "  --max-batch N      entries in one get-entries answer (default 256)\n"
    "  --align            cut get-entries answers at multiples of that\n"
    "  --gzip             compress for clients that accept it\n";

bool
options_parse(struct options *o, int argc, char *argv[])
{
	enum {
		FLAG_ALIGN = 1000,
		FLAG_GZIP,
		ISSUERS,
		TLS,
		HELP
	};
	struct {
		const char *name;
		uint64_t *number;
		const char **text;
	} valued[] = {
		{ "port", &o->port, NULL },
		{ "threads", &o->site.threads, NULL },
		{ "size", &o->site.size, NULL },
		{ "entries", &o->site.n, NULL },
		{ "repeat", &o->site.repeat, NULL },
		{ "every", &o->site.every, NULL },
		{ "logs", &o->site.logs, NULL },
		{ "operators", &o->site.operators, NULL },
		{ "timestamp", &o->site.timestamp, NULL },
		{ "spacing", &o->site.spacing, NULL },
		{ "max-batch", &o->site.max_batch, NULL },
		{ "port-file", NULL, &o->port_file },
		{ "base", NULL, &o->base },
		{ "rare", NULL, &o->rare },
		{ "only", NULL, &o->site.only },
		{ "key", NULL, &o->site.key },
		{ "static-key", NULL, &o->site.static_key },
		{ "key-seed", NULL, &o->site.seed },
	};
	enum {
		VALUED = sizeof valued / sizeof *valued
	};
	struct option longs[VALUED + 6] = {
		[VALUED] = { "align", no_argument, NULL, FLAG_ALIGN },
		{ "gzip", no_argument, NULL, FLAG_GZIP },
		{ "issuers", required_argument, NULL, ISSUERS },
		{ "tls", required_argument, NULL, TLS },
		{ "help", no_argument, NULL, HELP },
	};
	int c;

	for (int i = 0; i < VALUED; i++)
		longs[i] = (struct option){ valued[i].name, required_argument,
			NULL, i };
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case FLAG_ALIGN:
			o->site.align = true;
			break;
		case FLAG_GZIP:
			o->site.gzip = true;
			break;
		case ISSUERS:
			o->issuers = mem_grow((void *)o->issuers, o->n_issuers,
			    sizeof *o->issuers);
			o->issuers[o->n_issuers++] = optarg;
			break;
		case TLS:
			o->tls_cert = optarg;
			if (optind < argc)
				o->tls_key = argv[optind++];
			break;
		case '?':
		case HELP:
			fputs(usage, c == HELP ? stdout : stderr);
			return false;
		default:
			if (valued[c].text != NULL)
				*valued[c].text = optarg;
			else if (!site_parse_number(
			             bytes_of(optarg), valued[c].number)) {
				msg_error("logd: --%s: %s is not a number",
				    valued[c].name, optarg);
				return false;
			}
		}
	}
	if (optind == argc || o->site.max_batch == 0 || o->site.logs == 0 ||
	    o->site.operators == 0 || o->site.repeat == 0 ||
	    o->site.threads == 0 || o->site.every == 0 ||
	    (o->tls_cert != NULL && o->tls_key == NULL)) {
		fputs(usage, stderr);
		return false;
	}
	return true;
}
