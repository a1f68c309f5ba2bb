/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/net/caa_lookup.h>

#include "config.h"

#ifdef HAVE_CARES
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Debian 12 has c-ares 1.18, which lacks the functions that replace these. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "net/caa_message.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>

#define CLASS_IN 1
#define TYPE_CAA 257

/* Answers of DNS: RFC 1035, 4.1.1. */
#define NOERROR  0
#define NXDOMAIN 3

/* Names that are looked up at once. */
#define PARALLEL 8

/* ms until a question is repeated, doubled at each try; number of tries. */
#define TIMEOUT 2000
#define TRIES   3

/* Bytes of an answer by UDP: a size that is not fragmented. */
#define UDP_SIZE 1232

/* ms between looks at the deadline. */
#define WAIT 250

struct lookup {
	ares_channel channel;
	const struct caa_lookup_options *options;
	void (*each)(void *arg, const struct caa_lookup_answer *a);
	void *arg;
	struct pollfd *fds;
	size_t n_fds;
	size_t active, silent; /* names: asked; without any answer */
	bool heard;            /* the resolver has answered */
	const char *why;       /* the rest is canceled; or NULL */
	uint16_t id;           /* of the last question */
};

/* One name, and the part of it that is asked for. */
struct query {
	struct lookup *l;
	const char *name, *at;
	bool authenticated;
	struct buf set;
};

/* Keep the sockets of c-ares for poll. */
static void
watch_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct lookup *l = arg;
	short events =
	    (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
	size_t i = 0;

	while (i < l->n_fds && l->fds[i].fd != fd)
		i++;
	if (events == 0) {
		if (i < l->n_fds)
			l->fds[i] = l->fds[--l->n_fds];
		return;
	}
	if (i == l->n_fds) {
		l->fds = mem_grow(l->fds, l->n_fds, sizeof *l->fds);
		l->fds[l->n_fds++].fd = fd;
	}
	l->fds[i].events = events;
	l->fds[i].revents = 0;
}

/* Report whether text may be one address: c-ares also takes a list, and an
 * empty one. */
static bool
is_address(const char *text)
{
	return *text != '\0' &&
	    text[strspn(text, "0123456789abcdefABCDEF.:[]")] == '\0';
}

static bool
open_channel(struct lookup *l, const char *resolver, struct buf *error)
{
	struct ares_options o = {
		/* Any answer counts: another resolver may not validate. */
		.flags =
		    ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS,
		.timeout = TIMEOUT,
		.tries = TRIES,
		.ednspsz = UDP_SIZE,
		.sock_state_cb = watch_socket,
		.sock_state_cb_data = l,
	};
	int r = ares_library_init(ARES_LIB_INIT_ALL);

	if (r == ARES_SUCCESS)
		r = ares_init_options(&l->channel, &o,
		    ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
		        ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB);
	if (r == ARES_ENOMEM)
		mem_out();
	if (r != ARES_SUCCESS) {
		buf_printf(error, "c-ares: %s", ares_strerror(r));
		return false;
	}
	if (resolver != NULL &&
	    (!is_address(resolver) ||
	        ares_set_servers_ports_csv(l->channel, resolver) !=
	            ARES_SUCCESS)) {
		buf_printf(error,
		    "--caa-resolver: '%s' is not an address with or without a "
		    "port: 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53",
		    resolver);
		ares_destroy(l->channel);
		return false;
	}
	return true;
}

static void
close_channel(struct lookup *l)
{
	ares_destroy(l->channel);
	ares_library_cleanup();
	free(l->fds);
}

/* ---- one name ---- */

static void
end(struct query *q, const struct caa_lookup_answer *a)
{
	struct lookup *l = q->l;

	l->active--;
	l->each(l->arg, a);
	buf_fini(&q->set);
	free(q);
}

static void
end_without(struct query *q, enum caa_lookup_status status, const char *why)
{
	end(q,
	    &(struct caa_lookup_answer){
	        .name = q->name, .status = status, .why = why });
}

static const char *
rcode_word(int rcode)
{
	static const char *const words[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED" };

	return rcode >= 0 && rcode < (int)(sizeof words / sizeof *words)
	    ? words[rcode]
	    : "an unknown error";
}

static void on_answer(
    void *arg, int status, int timeouts, unsigned char *p, int n);

/* Send the question about q->at. */
static void
ask(struct query *q)
{
	unsigned char *message = NULL;
	uint16_t id;
	int n, r;

	if (getrandom(&id, sizeof id, 0) != sizeof id)
		id = (uint16_t)(q->l->id + 1);
	q->l->id = id;
	r = ares_create_query(
	    q->at, CLASS_IN, TYPE_CAA, id, 1, &message, &n, UDP_SIZE);
	if (r == ARES_ENOMEM)
		mem_out();
	if (r != ARES_SUCCESS) {
		end_without(q, CAA_LOOKUP_FAILED, ares_strerror(r));
		return;
	}
	/* Ask the resolver for the AD bit: RFC 6840, 5.7. */
	message[3] |= 0x20;
	ares_send(q->l->channel, message, n, on_answer, q);
	ares_free_string(message);
}

/* Climb to the parent if there is one besides the root. */
static void
climb(struct query *q)
{
	const char *dot = strchr(q->at, '.');

	if (dot != NULL && dot[1] != '\0') {
		q->at = dot + 1;
		ask(q);
		return;
	}
	end(q,
	    &(struct caa_lookup_answer){ .name = q->name,
	        .status = CAA_LOOKUP_DONE,
	        .domain = "",
	        .authenticated = q->authenticated });
}

static void
read_answer(struct query *q, struct bytes message)
{
	struct caa_message m;
	const char *fault = caa_message_parse(message, &m, &q->set);

	q->authenticated &= m.authenticated;
	if (fault != NULL)
		end_without(q, CAA_LOOKUP_FAILED, fault);
	else if (m.rcode == NXDOMAIN && q->at == q->name)
		end_without(q, CAA_LOOKUP_ABSENT, rcode_word(m.rcode));
	else if (m.rcode != NOERROR)
		end_without(q, CAA_LOOKUP_FAILED, rcode_word(m.rcode));
	else if (q->set.n == 0)
		climb(q);
	else
		end(q,
		    &(struct caa_lookup_answer){ .name = q->name,
		        .status = CAA_LOOKUP_DONE,
		        .set = buf_view(&q->set),
		        .domain = q->at,
		        .authenticated = q->authenticated,
		        .ttl = m.ttl });
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct query *q = arg;

	(void)timeouts;
	if (status == ARES_ENOMEM)
		mem_out();
	if (status == ARES_SUCCESS) {
		q->l->heard = true;
		read_answer(q, bytes_at(p, (size_t)n));
	} else if (q->l->why != NULL)
		end_without(q, CAA_LOOKUP_LEFT, q->l->why);
	else {
		q->l->silent++;
		end_without(q, CAA_LOOKUP_FAILED, ares_strerror(status));
	}
}

static void
begin(struct lookup *l, const char *name)
{
	struct query *q = mem_alloc(1, sizeof *q);

	*q = (struct query){
		.l = l, .name = name, .at = name, .authenticated = true
	};
	buf_init(&q->set, LIMIT_CAA_SET);
	l->active++;
	ask(q);
}

/* ---- all names ---- */

/* Wait for sockets, and let c-ares read and write them. */
static void
turn(struct lookup *l)
{
	struct timeval limit = { 0, WAIT * 1000 }, left;
	struct timeval *wait = ares_timeout(l->channel, &limit, &left);
	size_t n = l->n_fds;
	struct pollfd *ready = mem_alloc(n, sizeof *ready);

	if (n > 0)
		memcpy(ready, l->fds, n * sizeof *ready);
	if (poll(ready, (nfds_t)n,
	        (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1)) <= 0)
		n = 0;
	for (size_t i = 0; i < n; i++)
		if (ready[i].revents != 0)
			ares_process_fd(l->channel,
			    (ready[i].revents & ~POLLOUT) != 0
			        ? ready[i].fd
			        : ARES_SOCKET_BAD,
			    (ready[i].revents & POLLOUT) != 0
			        ? ready[i].fd
			        : ARES_SOCKET_BAD);
	ares_process_fd(l->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	free(ready);
}

/* Return why no further name is looked up, or NULL. */
static const char *
reason_to_stop(const struct lookup *l)
{
	if (l->options->stopped != NULL && l->options->stopped())
		return "the run was stopped";
	if (l->options->deadline != 0 && time_mono() >= l->options->deadline)
		return "no time is left";
	if (!l->heard && l->silent >= PARALLEL)
		return "the resolver does not answer";
	return NULL;
}

bool
caa_lookup_check(const char *resolver, struct buf *error)
{
	struct lookup l = { .n_fds = 0 };

	if (!open_channel(&l, resolver, error))
		return false;
	close_channel(&l);
	return true;
}

bool
caa_lookup_names(const char *const *names, size_t n,
    const struct caa_lookup_options *options,
    void (*each)(void *arg, const struct caa_lookup_answer *a), void *arg,
    struct buf *error)
{
	struct lookup l = { .options = options, .each = each, .arg = arg };
	size_t next = 0;

	if (!open_channel(&l, options->resolver, error))
		return false;
	while ((next < n || l.active > 0) &&
	    (l.why = reason_to_stop(&l)) == NULL) {
		/* A look-up may fail at once. */
		while (next < n && l.active < PARALLEL &&
		    reason_to_stop(&l) == NULL)
			begin(&l, names[next++]);
		if (l.active > 0)
			turn(&l);
	}
	ares_cancel(l.channel);
	for (; next < n; next++)
		each(arg,
		    &(struct caa_lookup_answer){ .name = names[next],
		        .status = CAA_LOOKUP_LEFT,
		        .why = l.why });
	close_channel(&l);
	return true;
}

#else /* HAVE_CARES */

bool
caa_lookup_check(const char *resolver, struct buf *error)
{
	(void)resolver;
	buf_add_text(error,
	    "--caa: this ctwatch was built without c-ares: install the Debian "
	    "package libc-ares-dev and build it again");
	return false;
}

bool
caa_lookup_names(const char *const *names, size_t n,
    const struct caa_lookup_options *options,
    void (*each)(void *arg, const struct caa_lookup_answer *a), void *arg,
    struct buf *error)
{
	(void)names;
	(void)n;
	(void)each;
	(void)arg;
	return caa_lookup_check(options->resolver, error);
}

#endif
