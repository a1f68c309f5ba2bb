/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logd: Certificate Transparency logs on loopback, for tests, demonstration
 * and measurement.  It serves real certificates as RFC 6962 and static-ct-api
 * logs with proper signed heads and proofs, and fails on request.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/opts.h>

#include "control.h"
#include "input.h"
#include "rfc6962.h"
#include "tiled.h"

static const char usage[] =
    "usage: logd [OPTION ...] INPUT ...\n"
    "\n"
    "INPUT: *.json, *.jsonl, *.pem, *.der, or folders of them\n"
    "\n"
    "  --port N           listen there on 127.0.0.1 (default 0: a free one)\n"
    "  --port-file FILE   write the port there once ready\n"
    "  --base URL         name the server so in the list and origins\n"
    "  --tls CERT KEY     speak TLS with these PEM files\n"
    "  --threads N        that serve (default 2)\n"
    "  --size N           publish N entries at first (default: all)\n"
    "  --entries N        hold N entries, repeating the inputs\n"
    "  --repeat N         hold the inputs N times over\n"
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

struct options {
	struct site_options site;
	uint64_t port;
	const char *port_file, *base, *tls_cert, *tls_key;
	const char **issuers;
	size_t n_issuers;
};

/* ---- one request ---- */

static bool
accepts_gzip(struct MHD_Connection *conn)
{
	const char *v = MHD_lookup_connection_value(
	    conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);

	return v != NULL && strstr(v, "gzip") != NULL;
}

/* The log in whose folder path is; *below is what follows. */
static struct log *
find_log(struct site *s, const char *path, const char **below)
{
	struct bytes b = bytes_of(path), slash, name;

	if (!bytes_take(&b, 1, &slash) || !bytes_until(&b, '/', &name))
		return NULL;
	*below = (const char *)b.p;
	for (size_t i = 0; i < s->n_logs; i++)
		if (bytes_is(name, s->logs[i].name))
			return &s->logs[i];
	return NULL;
}

static void
answer_log(
    const struct site_request *q, enum fault_place place, struct answer *a)
{
	if (q->log->kind == LOG_STATIC)
		tiled_answer(q, place, a);
	else
		rfc6962_answer(q, place, a);
}

static enum MHD_Result
handle(void *cls, struct MHD_Connection *conn, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *n_upload, void **state)
{
	/* What *state points to: nothing yet, headers read, waited. */
	static char begun, waited;
	struct site_request q = { .site = cls, .conn = conn };
	bool late = *state == &waited;
	enum fault_place place;
	struct answer a;

	(void)version, (void)upload;
	*n_upload = 0;
	if (*state == NULL) {
		*state = &begun;
		return MHD_YES;
	}
	answer_init(&a);
	q.gzip = q.site->opt.gzip && accepts_gzip(conn);
	q.log = find_log(q.site, path, &q.path);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		answer_fail(&a, 405, "only GET");
	else if (strcmp(path, "/control") == 0)
		control_answer(&q, &a);
	else {
		struct fault_gate *gate =
		    q.log != NULL ? &q.log->gate : &q.site->gate;

		place = q.log == NULL ? strcmp(path, "/log_list.json") == 0
		        ? FAULT_LIST
		        : FAULT_OTHER
		    : q.log->kind == LOG_STATIC ? tiled_place(q.path)
		                                : rfc6962_place(q.path);
		if (!late)
			fault_gate_pass(gate, place, &q.rule);
		if (q.rule.fault == FAULT_SLOW) {
			*state = &waited;
			answer_wait(conn, q.rule.ms);
			return MHD_YES;
		}
		if (q.log != NULL)
			answer_log(&q, place, &a);
		else if (place == FAULT_LIST)
			control_list(&q, &a);
		else
			answer_fail(&a, 404, "no such path");
	}
	return answer_send(conn, &a, &q.rule, q.gzip) ? MHD_YES : MHD_NO;
}

/* ---- options ---- */

static bool
parse_options(struct options *o, int argc, char *argv[])
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
		{ "logs", &o->site.logs, NULL },
		{ "operators", &o->site.operators, NULL },
		{ "timestamp", &o->site.timestamp, NULL },
		{ "spacing", &o->site.spacing, NULL },
		{ "max-batch", &o->site.max_batch, NULL },
		{ "port-file", NULL, &o->port_file },
		{ "base", NULL, &o->base },
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
	    o->site.threads == 0 ||
	    (o->tls_cert != NULL && o->tls_key == NULL)) {
		fputs(usage, stderr);
		return false;
	}
	return true;
}

static bool
load(struct site *s, const struct options *o, char *const *paths)
{
	struct input *in = input_new();
	bool ok = true;
	uint64_t now =
	    o->site.timestamp > 0 ? o->site.timestamp : (uint64_t)time_now();

	for (size_t i = 0; i < o->n_issuers && ok; i++)
		ok = input_read(in, o->issuers[i], true);
	for (; *paths != NULL && ok; paths++)
		ok = input_read(in, *paths, false);
	if (ok)
		input_enter(in, &s->corpus, now - TIME_HOUR);
	input_free(in);
	if (ok && s->corpus.n_items == 0) {
		msg_error("logd: no entries in the inputs");
		ok = false;
	}
	return ok;
}

/* ---- serving ---- */

/* A socket bound to loopback; *port is its port, made up if it was 0. */
static int
bind_port(uint64_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	const int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
	    bind(fd, (struct sockaddr *)&at, n) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) != 0) {
		msg_error("logd: port %llu: %s", (unsigned long long)*port,
		    strerror(errno));
		return -1;
	}
	*port = ntohs(at.sin_port);
	return fd;
}

static struct MHD_Daemon *
start(struct site *s, const struct options *o, int fd)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_Daemon *d = NULL;
	size_t n;

	if (o->tls_cert != NULL) {
		tls[0].ptr_value =
		    opts_read_file(o->tls_cert, BOUNDS_USER_FILE, &n);
		tls[1].ptr_value =
		    opts_read_file(o->tls_key, BOUNDS_USER_FILE, &n);
		flags |= MHD_USE_TLS;
	} else
		tls[0].option = MHD_OPTION_END;
	if (listen(fd, 511) == 0)
		d = MHD_start_daemon(flags, 0, NULL, NULL, handle, s,
		    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
		    (unsigned)o->site.threads, MHD_OPTION_ARRAY, tls,
		    MHD_OPTION_END);
	free(tls[0].ptr_value);
	free(tls[1].ptr_value);
	if (d == NULL)
		msg_error("logd: cannot start to serve");
	return d;
}

static bool
write_port(const char *path, unsigned port)
{
	char *part = mem_printf("%s.part", path);
	FILE *f = fopen(part, "w");
	bool ok = f != NULL && fprintf(f, "%u\n", port) > 0;

	if (f != NULL)
		ok = fclose(f) == 0 && ok;
	ok = ok && rename(part, path) == 0;
	if (!ok)
		msg_error("logd: %s: %s", path, strerror(errno));
	free(part);
	return ok;
}

/* Serve until SIGINT or SIGTERM, which are blocked, comes. */
static bool
serve(struct site *s, const struct options *o, int fd, const sigset_t *end)
{
	struct MHD_Daemon *d = start(s, o, fd);
	bool ok = d != NULL;
	int signal;

	if (ok && o->port_file != NULL)
		ok = write_port(o->port_file, (unsigned)o->port);
	if (ok) {
		printf("serving %llu of %llu entries on %s\n",
		    (unsigned long long)log_size(&s->logs[0]),
		    (unsigned long long)s->corpus.n, s->base);
		fflush(stdout);
		sigwait(end, &signal);
	}
	answer_end_waits();
	if (d != NULL)
		MHD_stop_daemon(d);
	return ok;
}

int
main(int argc, char *argv[])
{
	struct options o = { .site = { .size = UINT64_MAX,
		                 .repeat = 1,
		                 .logs = 1,
		                 .operators = 1,
		                 .max_batch = 256,
		                 .threads = 2 } };
	struct site site = { 0 };
	sigset_t end;
	char *base;
	bool ok;
	int fd;

	if (!parse_options(&o, argc, argv))
		return 64;
	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
	fd = bind_port(&o.port);
	if (fd < 0 || !load(&site, &o, argv + optind))
		return 1;
	base = o.base != NULL
	    ? mem_strdup(o.base)
	    : mem_printf("http%s://127.0.0.1:%llu/",
	          o.tls_cert != NULL ? "s" : "", (unsigned long long)o.port);
	ok = site_build(&site, &o.site, base) && serve(&site, &o, fd, &end);
	site_fini(&site);
	free((void *)o.issuers);
	return ok ? 0 : 1;
}
