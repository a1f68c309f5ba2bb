/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_server: a small HTTP server on loopback, in a thread of the test, that
 * answers each path as the test says.  Its bytes are the test's own, so that
 * it can cut, stall and contradict itself as no real server would.
 */
#ifndef TEST_SERVER_H
#define TEST_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

#define SERVER_CONNECTIONS 256

struct server {
	/* Answer request (its head, NUL-terminated) on fd; false closes. */
	bool (*answer)(struct server *s, int fd, const char *request);
	int port;
	atomic_int connections, requests;
	atomic_int active, most_active; /* requests being answered */
	atomic_bool ending;

	int listener;
	pthread_t thread, threads[SERVER_CONNECTIONS];
	_Atomic int fds[SERVER_CONNECTIONS];
	struct server_connection {
		struct server *server;
		int n;
	} c[SERVER_CONNECTIONS];
};

/* Send all of n bytes; false when the client is gone. */
static inline bool
server_send(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n > 0) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		at += sent;
		n -= (size_t)sent;
	}
	return true;
}

static inline bool
server_say(int fd, const char *text)
{
	return server_send(fd, text, strlen(text));
}

static inline void *
server_connection(void *arg)
{
	struct server_connection *c = arg;
	struct server *s = c->server;
	int fd = s->fds[c->n];
	char head[8192];
	size_t n = 0;
	bool open = true;

	while (open && n < sizeof head - 1) {
		ssize_t got = recv(fd, head + n, sizeof head - 1 - n, 0);

		if (got <= 0)
			break;
		n += (size_t)got;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n") != NULL) {
			int active = ++s->active, most = s->most_active;

			while (active > most &&
			    !atomic_compare_exchange_weak(
			        &s->most_active, &most, active))
				;
			s->requests++;
			open = s->answer(s, fd, head);
			s->active--;
			n = 0;
		}
	}
	shutdown(fd, SHUT_RDWR);
	return NULL;
}

static inline void *
server_accept(void *arg)
{
	struct server *s = arg;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		int n = s->connections++;

		CHECK(n < SERVER_CONNECTIONS);
		s->fds[n] = fd;
		s->c[n] = (struct server_connection){ s, n };
		CHECK(pthread_create(&s->threads[n], NULL, server_connection,
		          &s->c[n]) == 0);
	}
	return NULL;
}

static inline void
server_start(struct server *s,
    bool (*answer)(struct server *s, int fd, const char *request))
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;

	*s = (struct server){ .answer = answer };
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(s->listener, (struct sockaddr *)&a, len) == 0);
	CHECK(listen(s->listener, 64) == 0);
	CHECK(getsockname(s->listener, (struct sockaddr *)&a, &len) == 0);
	s->port = ntohs(a.sin_port);
	CHECK(pthread_create(&s->thread, NULL, server_accept, s) == 0);
}

static inline void
server_stop(struct server *s)
{
	s->ending = true;
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (int i = 0; i < s->connections; i++)
		shutdown(s->fds[i], SHUT_RDWR);
	for (int i = 0; i < s->connections; i++) {
		pthread_join(s->threads[i], NULL);
		close(s->fds[i]);
	}
	close(s->listener);
}

#endif
