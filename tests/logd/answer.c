/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <microhttpd.h>
#include <zlib.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>

#include "answer.h"

enum {
	GZIP_LEVEL = 3,
	GZIP_MIN = 512,
	BLOCK = 32768
};

#define BOMB_SIZE (UINT64_C(1) << 30)
#define HUGE_SIZE (UINT64_C(1) << 40)

/* ---- waiting connections ---- */

struct wait {
	struct MHD_Connection *conn;
	int64_t due;
};

/* The one state of this file: who waits, and the thread that wakes them. */
static struct {
	pthread_mutex_t lock;
	struct wait *v;
	size_t n, cap;
	bool started, ended;
	pthread_t thread;
} waits = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *
wake(void *arg)
{
	const struct timespec tick = { 0, 5000000 };
	bool ended = false;

	(void)arg;
	while (!ended) {
		nanosleep(&tick, NULL);
		pthread_mutex_lock(&waits.lock);
		ended = waits.ended;
		for (size_t i = 0; i < waits.n;) {
			if (!ended && waits.v[i].due > time_mono()) {
				i++;
				continue;
			}
			MHD_resume_connection(waits.v[i].conn);
			waits.v[i] = waits.v[--waits.n];
		}
		pthread_mutex_unlock(&waits.lock);
	}
	return NULL;
}

void
answer_wait(struct MHD_Connection *conn, uint64_t ms)
{
	pthread_mutex_lock(&waits.lock);
	if (!waits.ended) {
		if (!waits.started)
			waits.started = pthread_create(&waits.thread, NULL,
			                    wake, NULL) == 0;
		if (waits.n == waits.cap) {
			waits.cap = 2 * waits.cap + 16;
			waits.v =
			    mem_realloc(waits.v, waits.cap, sizeof *waits.v);
		}
		waits.v[waits.n++] =
		    (struct wait){ conn, time_mono() + (int64_t)ms };
		MHD_suspend_connection(conn);
	}
	pthread_mutex_unlock(&waits.lock);
}

void
answer_end_waits(void)
{
	pthread_mutex_lock(&waits.lock);
	waits.ended = true;
	pthread_mutex_unlock(&waits.lock);
	if (waits.started)
		pthread_join(waits.thread, NULL);
	free(waits.v);
}

/* ---- bodies ---- */

void
answer_init(struct answer *a)
{
	*a = (struct answer){ .status = MHD_HTTP_OK,
		.type = "application/json" };
	buf_init(&a->body, SIZE_MAX / 2);
}

bool
answer_lost(struct answer *a, const struct fault_rule *rule, uint64_t begin,
    uint64_t end)
{
	uint64_t first = rule->at;

	if (rule->fault != FAULT_LOST)
		return false;
	if (first < begin && rule->step > 0)
		first +=
		    (begin - first + rule->step - 1) / rule->step * rule->step;
	if (first < begin || first >= end)
		return false;
	answer_fail(a, rule->has_to ? (unsigned)rule->to : 500, "lost");
	return true;
}

void
answer_fail(struct answer *a, unsigned status, const char *why)
{
	a->status = status;
	a->ready = NULL;
	buf_clear(&a->body);
	buf_printf(
	    &a->body, "{\"error_message\":\"%s\",\"success\":false}\n", why);
}

_Noreturn static void
no_zlib(void)
{
	msg_error("logd: zlib cannot deflate");
	exit(1);
}

void
answer_gzip(struct bytes in, struct buf *out)
{
	z_stream z = { 0 };

	/* 16: with the header and trailer of gzip */
	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8,
	        Z_DEFAULT_STRATEGY) != Z_OK)
		no_zlib();
	buf_clear(out);
	buf_reserve(out, deflateBound(&z, in.n));
	z.next_in = (Bytef *)in.p;
	z.avail_in = (uInt)in.n;
	z.next_out = out->p;
	z.avail_out = (uInt)out->cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		no_zlib();
	out->n = z.total_out;
	deflateEnd(&z);
}

/* Compress BOMB_SIZE blanks: a deflated block of them, over and over. */
static void
make_bomb(struct buf *out)
{
	const size_t n = 1 << 20;
	uint8_t *blanks = mem_alloc(n, 1);
	uint8_t block[8192];
	z_stream z = { 0 };

	memset(blanks, ' ', n);
	buf_clear(out);
	buf_add(out,
	    (struct bytes){
	        (const uint8_t *)"\x1f\x8b\x08\0\0\0\0\0\0\x03", 10 });
	if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		no_zlib();
	z.next_in = blanks;
	z.avail_in = (uInt)n;
	z.next_out = block;
	z.avail_out = sizeof block;
	/* After a full flush nothing refers to what came before. */
	if (deflate(&z, Z_FULL_FLUSH) != Z_OK)
		no_zlib();
	for (uint64_t i = 0; i < BOMB_SIZE / n; i++)
		buf_add(out, (struct bytes){ block, z.total_out });
	deflateEnd(&z);
	free(blanks);
}

/* A body that is sent in pieces: slowly, cut short, or without an end. */
struct stream {
	struct MHD_Connection *conn;
	struct buf body; /* owned */
	enum fault fault;
	uint64_t ms;
	int64_t due; /* FAULT_DRIP: when the next byte may go */
};

static ssize_t
read_stream(void *cls, uint64_t at, char *out, size_t max)
{
	struct stream *s = cls;
	size_t n = max;

	if (s->fault == FAULT_HUGEBODY || s->fault == FAULT_ENDLESS) {
		memset(out, ' ', max);
		return (ssize_t)max;
	}
	if (s->fault == FAULT_CUT && at >= s->body.n / 2)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (s->fault == FAULT_CUT && n > s->body.n / 2 - at)
		n = s->body.n / 2 - at;
	if (s->fault == FAULT_DRIP) {
		int64_t now = time_mono();

		if (now < s->due) {
			answer_wait(s->conn, (uint64_t)(s->due - now));
			return 0;
		}
		s->due = now + (int64_t)s->ms;
		n = 1;
	}
	if (n > s->body.n - at)
		n = s->body.n - at;
	memcpy(out, s->body.p + at, n);
	return (ssize_t)n;
}

static void
free_stream(void *cls)
{
	struct stream *s = cls;

	buf_fini(&s->body);
	free(s);
}

static struct MHD_Response *
make_stream(struct MHD_Connection *conn, struct answer *a,
    const struct fault_rule *rule)
{
	struct stream *s = mem_alloc(1, sizeof *s);
	uint64_t size = rule->fault == FAULT_HUGEBODY ? HUGE_SIZE
	    : rule->fault == FAULT_ENDLESS            ? MHD_SIZE_UNKNOWN
	                                              : a->body.n;

	*s = (struct stream){ conn, a->body, rule->fault, rule->ms, 0 };
	return MHD_create_response_from_callback(
	    size, BLOCK, read_stream, s, free_stream);
}

/* ---- faults ---- */

static void
set_header(struct answer *a, const char *name, const char *value)
{
	a->header = name;
	snprintf(a->value, sizeof a->value, "%s", value);
}

static void
set_retry_after(struct answer *a, const struct fault_rule *rule)
{
	uint64_t seconds = rule->has_to ? rule->to : 1;
	time_t t = (time_t)(time_now() / 1000) + (time_t)seconds;
	struct tm tm;

	a->header = "Retry-After";
	if (rule->date)
		strftime(a->value, sizeof a->value, "%a, %d %b %Y %H:%M:%S GMT",
		    gmtime_r(&t, &tm));
	else
		snprintf(a->value, sizeof a->value, "%llu",
		    (unsigned long long)seconds);
}

static void
set_page(struct answer *a)
{
	buf_clear(&a->body);
	a->ready = NULL;
	a->type = "text/html";
	buf_add_text(&a->body,
	    "<!DOCTYPE html><title>Sorry</title>"
	    "<p>Please enable JavaScript and cookies.\n");
}

/* What rule makes of a whose body is there; *encoded when it is compressed. */
static void
spoil(struct answer *a, const struct fault_rule *rule, bool *encoded)
{
	struct buf b;

	switch (rule->fault) {
	case FAULT_500:
		answer_fail(a, MHD_HTTP_INTERNAL_SERVER_ERROR, "fault");
		break;
	case FAULT_503:
		answer_fail(a, MHD_HTTP_SERVICE_UNAVAILABLE, "fault");
		break;
	case FAULT_429:
		answer_fail(a, MHD_HTTP_TOO_MANY_REQUESTS, "fault");
		set_retry_after(a, rule);
		break;
	case FAULT_404:
		answer_fail(a, MHD_HTTP_NOT_FOUND, "fault");
		break;
	case FAULT_STATUS:
		answer_fail(
		    a, rule->has_to ? (unsigned)rule->to : 400, "fault");
		break;
	case FAULT_REDIRECT:
		answer_fail(a, MHD_HTTP_FOUND, "elsewhere");
		set_header(a, "Location", "/elsewhere");
		break;
	case FAULT_HTML:
		set_page(a);
		break;
	case FAULT_BADJSON:
		a->body.n /= 2;
		break;
	case FAULT_GZIPBOMB:
		make_bomb(&a->body);
		*encoded = true;
		break;
	case FAULT_GZIP:
		buf_init(&b, SIZE_MAX / 2);
		answer_gzip(buf_view(&a->body), &b);
		buf_fini(&a->body);
		a->body = b;
		*encoded = true;
		break;
	default:
		break;
	}
}

/* RST instead of FIN, so that even a sent answer is lost. */
static void
reset_on_close(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	const struct linger linger = { 1, 0 };

	setsockopt(
	    info->connect_fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static bool
is_streamed(enum fault fault)
{
	return fault == FAULT_DRIP || fault == FAULT_CUT ||
	    fault == FAULT_HUGEBODY || fault == FAULT_ENDLESS;
}

bool
answer_send(struct MHD_Connection *conn, struct answer *a,
    const struct fault_rule *rule, bool gzip)
{
	struct MHD_Response *r;
	bool encoded = false, ok;

	if (rule->fault == FAULT_RESET) {
		reset_on_close(conn);
		buf_fini(&a->body);
		return false;
	}
	spoil(a, rule, &encoded);
	if (a->ready != NULL) {
		buf_fini(&a->body);
		return MHD_queue_response(conn, a->status, a->ready) == MHD_YES;
	}
	if (!encoded && gzip && a->body.n >= GZIP_MIN) {
		const struct fault_rule compress = { .fault = FAULT_GZIP };

		spoil(a, &compress, &encoded);
	}
	buf_reserve(&a->body, 0);
	r = is_streamed(rule->fault)
	    ? make_stream(conn, a, rule)
	    : MHD_create_response_from_buffer(
	          a->body.n, a->body.p, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(r, "Content-Type", a->type);
	if (encoded)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	if (a->header != NULL)
		MHD_add_response_header(r, a->header, a->value);
	ok = MHD_queue_response(conn, a->status, r) == MHD_YES;
	MHD_destroy_response(r);
	return ok;
}
