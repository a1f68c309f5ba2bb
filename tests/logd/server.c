/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "cli/opts.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>

#include "control.h"
#include "rfc6962.h"
#include "server.h"
#include "tiled.h"

static bool
bypasses_caches(struct MHD_Connection *conn)
{
	const char *v = MHD_lookup_connection_value(
	    conn, MHD_HEADER_KIND, MHD_HTTP_HEADER_CACHE_CONTROL);

	return v != NULL && strcmp(v, "no-cache") == 0;
}

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

static enum fault_place
find_place(const struct site_request *q, const char *path)
{
	if (q->log == NULL)
		return strcmp(path, "/log_list.json") == 0 ? FAULT_LIST
		                                           : FAULT_OTHER;
	return q->log->kind == LOG_STATIC ? tiled_place(q->path)
	                                  : rfc6962_place(q->path);
}

static void
make_answer(
    const struct site_request *q, enum fault_place place, struct answer *a)
{
	answer_init(a);
	if (q->log != NULL && q->log->kind == LOG_STATIC)
		tiled_answer(q, place, a);
	else if (q->log != NULL)
		rfc6962_answer(q, place, a);
	else if (place == FAULT_LIST)
		control_list(q, a);
	else
		answer_fail(a, MHD_HTTP_NOT_FOUND, "no such path");
}

static enum MHD_Result
handle(void *cls, struct MHD_Connection *conn, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *n_upload, void **state)
{
	/* What *state points to: nothing yet, headers read, waited. */
	static char begun, waited;
	struct site_request q = { .site = cls, .conn = conn };
	enum fault_place place;
	struct answer a;

	(void)version, (void)upload;
	*n_upload = 0;
	if (*state == NULL) {
		*state = &begun;
		return MHD_YES;
	}
	q.gzip = q.site->opt.gzip && accepts_gzip(conn);
	q.log = find_log(q.site, path, &q.path);
	place = find_place(&q, path);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		answer_init(&a);
		answer_fail(&a, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET");
	} else if (strcmp(path, "/control") == 0) {
		answer_init(&a);
		control_answer(&q, &a);
	} else {
		if (*state != &waited)
			fault_gate_pass(
			    q.log != NULL ? &q.log->gate : &q.site->gate, place,
			    bypasses_caches(conn), &q.rule);
		if (q.rule.fault == FAULT_SLOW) {
			*state = &waited;
			answer_wait(conn, q.rule.ms);
			return MHD_YES;
		}
		make_answer(&q, place, &a);
	}
	return answer_send(conn, &a, &q.rule, q.gzip) ? MHD_YES : MHD_NO;
}

int
server_bind(uint64_t *port)
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

struct MHD_Daemon *
server_start(struct site *s, const struct options *o, int fd)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
	    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_Daemon *d = NULL;
	struct blob cert = { 0 }, key = { 0 };

	if (o->tls_cert != NULL) {
		opts_read_file(o->tls_cert, LIMIT_USER_FILE, &cert);
		opts_read_file(o->tls_key, LIMIT_USER_FILE, &key);
		tls[0].ptr_value = cert.p;
		tls[1].ptr_value = key.p;
		flags |= MHD_USE_TLS;
	} else
		tls[0].option = MHD_OPTION_END;
	if (listen(fd, 511) == 0)
		d = MHD_start_daemon(flags, 0, NULL, NULL, handle, s,
		    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
		    (unsigned)o->site.threads, MHD_OPTION_ARRAY, tls,
		    MHD_OPTION_END);
	blob_fini(&cert);
	blob_fini(&key);
	if (d == NULL)
		msg_error("logd: cannot start to serve");
	return d;
}

void
server_stop(struct MHD_Daemon *d)
{
	answer_end_waits();
	MHD_stop_daemon(d);
}
