/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logd: Certificate Transparency logs on loopback, for tests, demonstration
 * and measurement.  It serves real certificates as RFC 6962 and static-ct-api
 * logs with proper signed heads and proofs, and fails on request.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

#include "input.h"
#include "server.h"

/* Enter the inputs at paths; false after a message. */
static bool
enter(
    struct site *s, const struct options *o, const char *const *paths, size_t n)
{
	const size_t before = s->corpus.n_items;
	struct input *in = input_new();
	bool ok = true;
	uint64_t now =
	    o->site.timestamp > 0 ? o->site.timestamp : (uint64_t)time_now();

	for (size_t i = 0; i < o->n_issuers && ok; i++)
		ok = input_read(in, o->issuers[i], true);
	for (size_t i = 0; i < n && ok; i++)
		ok = input_read(in, paths[i], false);
	if (ok)
		input_enter(in, &s->corpus, now - TIME_HOUR);
	input_free(in);
	if (ok && s->corpus.n_items == before) {
		msg_error("logd: no entries in the inputs");
		ok = false;
	}
	return ok;
}

static bool
load(
    struct site *s, const struct options *o, const char *const *paths, size_t n)
{
	size_t common;

	if (!enter(s, o, paths, n))
		return false;
	common = s->corpus.n_items;
	if (o->rare != NULL && !enter(s, o, &o->rare, 1))
		return false;
	s->corpus.n_rare = s->corpus.n_items - common;
	return true;
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
	struct MHD_Daemon *d = server_start(s, o, fd);
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
	if (d != NULL)
		server_stop(d);
	return ok;
}

int
main(int argc, char *argv[])
{
	struct options o = { .site = { .size = UINT64_MAX,
		                 .repeat = 1,
		                 .every = 50,
		                 .logs = 1,
		                 .operators = 1,
		                 .max_batch = 256,
		                 .threads = 2 } };
	struct site site = { 0 };
	sigset_t end;
	char *base;
	bool ok;
	int fd;

	if (!options_parse(&o, argc, argv))
		return 64;
	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
	fd = server_bind(&o.port);
	if (fd < 0 ||
	    !load(&site, &o, (const char *const *)argv + optind,
	        (size_t)(argc - optind)))
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
