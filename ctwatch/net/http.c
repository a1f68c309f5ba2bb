/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/http.h>

/* Limits of one transfer. */
#define CONNECT_MS     30000L
#define TOTAL_MS       300000L
#define SLOW_BYTES     512L /* a second, over SLOW_SECONDS */
#define SLOW_SECONDS   30L
#define RECEIVE_BUFFER (256L << 10)

/* Requests of a lane under way at once, and how long it is held after a 429
 * that does not say. */
#define LANE_REQUESTS 8
#define HOLD_FIRST    TIME_SECOND
#define HOLD_MOST     (5 * TIME_MINUTE)

/* Of an error's body: what is kept, and what is quoted. */
#define ERROR_BODY (64u << 10)
#define QUOTED     200

struct transfer {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct http_request request; /* its url and etag are owned */
	struct http_response response;
	bool too_large;
	int64_t start; /* time_mono() */
	struct transfer *next;
};

struct queue {
	struct transfer *first, **last;
};

struct http_lane {
	char *name;
	unsigned running, allowed; /* requests; allowed moves with success */
	int64_t hold_until;        /* time_mono() */
	int64_t hold;              /* the next hold, if nothing is said */
	struct queue waiting;
	struct http_lane *next;
};

struct http {
	CURLM *multi;
	pthread_t thread;
	char *user_agent, *ca_file, *proxy;
	struct http_options options;

	pthread_mutex_t lock; /* guards what follows */
	struct queue incoming;
	struct http_lane *lanes;
	bool stopped, ending;

	struct transfer *running; /* the network thread's own */
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_add(struct queue *q, struct transfer *t)
{
	t->next = NULL;
	*q->last = t;
	q->last = &t->next;
}

static struct transfer *
queue_take(struct queue *q)
{
	struct transfer *t = q->first;

	if (t != NULL) {
		q->first = t->next;
		if (q->first == NULL)
			q->last = &q->first;
	}
	return t;
}

/* ---- what may be fetched ---- */

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncasecmp(s, prefix, strlen(prefix)) == 0;
}

static bool
is_loopback(const char *host)
{
	size_t n = strcspn(host, ":/?#");

	if (has_prefix(host, "[::1]"))
		return host[5] == ':' || host[5] == '/' || host[5] == '\0';
	if (n == 9 && has_prefix(host, "localhost"))
		return true;
	return has_prefix(host, "127.") && strspn(host, "0123456789.") == n;
}

bool
http_url_allowed(
    const struct http_options *options, const char *url, const char **why)
{
	const char *host;

	*why = NULL;
	for (const char *c = url; *c != '\0'; c++)
		if ((unsigned char)*c <= 0x20 || (unsigned char)*c > 0x7e)
			*why = "a URL with blanks or control characters";
	if (*why != NULL)
		return false;
	if (has_prefix(url, "file://")) {
		*why = "a file:// URL";
		return options->allow_file;
	}
	host = strstr(url, "://");
	host = host != NULL ? host + 3 : url;
	if (memchr(host, '@', strcspn(host, "/?#")) != NULL) {
		*why = "a URL with a user name";
		return false;
	}
	if (has_prefix(url, "https://"))
		return true;
	*why = "plain http:// to another machine (see --allow-http)";
	if (has_prefix(url, "http://"))
		return options->allow_http || is_loopback(host);
	*why = "neither https:// nor http://";
	return false;
}

/* ---- one transfer ---- */

static void
transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free((char *)t->request.url);
	free((char *)t->request.etag);
	free(t);
}

/* Hand the response over and forget the transfer. */
static void
deliver(struct transfer *t)
{
	t->response.took = time_mono() - t->start;
	t->request.done(t->request.arg, &t->response);
	transfer_free(t);
}

static void
say(struct http_response *r, const char *url, const char *what)
{
	struct buf safe;

	buf_init(&safe, sizeof r->error - 1);
	text_safe(&safe, bytes_of(url));
	buf_add_text(&safe, ": ");
	text_safe(&safe, bytes_of(what));
	snprintf(r->error, sizeof r->error, "%s", buf_text(&safe));
	buf_fini(&safe);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	(void)size;
	if (!buf_add(
	        &t->response.body, (struct bytes){ (const uint8_t *)p, n })) {
		t->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	return n;
}

/* The value of a header line if it has that name, else NULL. */
static const char *
header_value(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

/* RFC 9110, 10.2.3: seconds or a date; nonsense counts as not said. */
static int64_t
parse_retry_after(const char *v)
{
	int64_t ms = -1;

	if (isdigit((unsigned char)*v)) {
		unsigned long long s = strtoull(v, NULL, 10);

		ms = s > 86400 ? TIME_DAY : (int64_t)s * TIME_SECOND;
	} else {
		time_t at = curl_getdate(v, NULL);

		if (at != -1)
			ms = (int64_t)at * TIME_SECOND - time_now();
		if (ms > TIME_DAY)
			ms = TIME_DAY;
		if (at != -1 && ms < 0)
			ms = 0;
	}
	return ms;
}

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct http_response *r = &t->response;
	char line[512];
	const char *v;
	size_t len = n < sizeof line - 1 ? n : sizeof line - 1;

	(void)size;
	memcpy(line, p, len);
	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;
	line[len] = '\0';
	if ((v = header_value(line, "retry-after")) != NULL)
		r->retry_after = parse_retry_after(v);
	else if ((v = header_value(line, "etag")) != NULL) {
		free(r->etag);
		r->etag = mem_strdup(v);
	} else if ((v = header_value(line, "content-length")) != NULL) {
		unsigned long long length = strtoull(v, NULL, 10);

		/* Reserved at once, so that the buffer need not grow. */
		if (length <= r->body.max)
			buf_reserve(&r->body, (size_t)length);
	}
	return n;
}

static void
prepare(struct transfer *t)
{
	const struct http *h = t->http;
	CURL *e = t->easy;
	const char *protocols =
	    h->options.allow_file ? "https,http,file" : "https,http";

	/* Bodies stay as they come: the header is sent, nothing is decoded. */
	t->headers = curl_slist_append(NULL, "Accept-Encoding: gzip");
	if (t->request.etag != NULL) {
		char *line = mem_printf("If-None-Match: %s", t->request.etag);

		t->headers = curl_slist_append(t->headers, line);
		free(line);
	}
	curl_easy_setopt(e, CURLOPT_URL, t->request.url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, h->user_agent);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, TOTAL_MS);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, RECEIVE_BUFFER);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	if (h->options.no_keepalive)
		curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	if (h->ca_file != NULL)
		curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file);
	if (h->proxy != NULL)
		curl_easy_setopt(e, CURLOPT_PROXY, h->proxy);
}

/* ---- the network thread ---- */

static void
begin(struct http *h, struct transfer *t)
{
	t->easy = curl_easy_init();
	t->start = time_mono();
	prepare(t);
	t->next = h->running;
	h->running = t;
	t->request.lane->running++;
	curl_multi_add_handle(h->multi, t->easy);
}

/* Hold the lane after a 429, let it grow while all is well. */
static void
steer(struct http_lane *lane, const struct http_response *r)
{
	if (r->result == HTTP_THROTTLED) {
		int64_t hold = r->retry_after >= 0
		    ? r->retry_after
		    : lane->hold + random() % (lane->hold + 1);

		if (hold > HOLD_MOST)
			hold = HOLD_MOST;
		lane->hold_until = time_mono() + hold;
		if (lane->hold < HOLD_MOST)
			lane->hold *= 2;
		lane->allowed = lane->allowed > 1 ? lane->allowed / 2 : 1;
	} else if (r->result == HTTP_OK) {
		lane->hold = HOLD_FIRST;
		if (lane->allowed < LANE_REQUESTS)
			lane->allowed++;
	}
}

static void
classify(struct transfer *t, CURLcode code)
{
	struct http_response *r = &t->response;
	struct buf text;
	bool is_file = has_prefix(t->request.url, "file://");

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->status);
	if (t->too_large) {
		r->result = HTTP_TOO_LARGE;
		say(r, t->request.url, "the body is too large");
		return;
	}
	if (code != CURLE_OK) {
		r->result = HTTP_NETWORK;
		if (is_file && code == CURLE_FILE_COULDNT_READ_FILE) {
			r->result = HTTP_STATUS;
			r->status = 404;
		}
		say(r, t->request.url, curl_easy_strerror(code));
		return;
	}
	if (is_file || r->status == 200) {
		r->result = HTTP_OK;
		return;
	}
	if (r->status == 304 && t->request.etag != NULL) {
		r->result = HTTP_NOT_MODIFIED;
		return;
	}
	r->result =
	    r->status == 429 || (r->status == 503 && r->retry_after >= 0)
	    ? HTTP_THROTTLED
	    : HTTP_STATUS;
	buf_init(&text, sizeof r->error);
	buf_printf(&text, "status %ld: %.*s", r->status,
	    (int)(r->body.n < QUOTED ? r->body.n : QUOTED),
	    r->body.n > 0 ? (const char *)r->body.p : "");
	say(r, t->request.url, buf_text(&text));
	buf_fini(&text);
}

static void
forget_running(struct http *h, const struct transfer *t)
{
	struct transfer **at = &h->running;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
}

static void
finish(struct http *h, CURL *easy, CURLcode code)
{
	struct transfer *t;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	classify(t, code);
	curl_multi_remove_handle(h->multi, easy);
	forget_running(h, t);
	pthread_mutex_lock(&h->lock);
	t->request.lane->running--;
	steer(t->request.lane, &t->response);
	pthread_mutex_unlock(&h->lock);
	deliver(t);
}

/* Sort what came in into its lanes and start what may start; returns how
 * long until a held lane may go on, in ms. */
static int
start_waiting(struct http *h)
{
	int64_t now = time_mono(), wait = 1000;
	struct transfer *t;

	pthread_mutex_lock(&h->lock);
	while ((t = queue_take(&h->incoming)) != NULL)
		queue_add(&t->request.lane->waiting, t);
	for (struct http_lane *l = h->lanes; l != NULL; l = l->next) {
		if (l->waiting.first != NULL && now < l->hold_until) {
			if (l->hold_until - now < wait)
				wait = l->hold_until - now;
			continue;
		}
		while (l->running < l->allowed &&
		    (t = queue_take(&l->waiting)) != NULL)
			begin(h, t);
	}
	pthread_mutex_unlock(&h->lock);
	return (int)wait;
}

static void
refuse(struct transfer *t, enum http_result result, const char *why)
{
	t->response.result = result;
	say(&t->response, t->request.url, why);
	deliver(t);
}

/* End everything: what is under way and what waits. */
static void
stop_all(struct http *h)
{
	struct transfer *t;
	struct queue all;

	queue_init(&all);
	pthread_mutex_lock(&h->lock);
	while ((t = queue_take(&h->incoming)) != NULL)
		queue_add(&all, t);
	for (struct http_lane *l = h->lanes; l != NULL; l = l->next)
		while ((t = queue_take(&l->waiting)) != NULL)
			queue_add(&all, t);
	while ((t = h->running) != NULL) {
		h->running = t->next;
		t->request.lane->running--;
		curl_multi_remove_handle(h->multi, t->easy);
		queue_add(&all, t);
	}
	pthread_mutex_unlock(&h->lock);
	while ((t = queue_take(&all)) != NULL)
		refuse(t, HTTP_STOPPED, "the run was ended");
}

static void *
serve(void *arg)
{
	struct http *h = arg;
	bool ending = false;

	while (!ending) {
		int running, left, wait = start_waiting(h);
		CURLMsg *m;
		bool stop;

		curl_multi_perform(h->multi, &running);
		while ((m = curl_multi_info_read(h->multi, &left)) != NULL)
			if (m->msg == CURLMSG_DONE)
				finish(h, m->easy_handle, m->data.result);
		pthread_mutex_lock(&h->lock);
		stop = h->stopped;
		ending = h->ending;
		pthread_mutex_unlock(&h->lock);
		if (stop || ending)
			stop_all(h);
		if (!ending)
			curl_multi_poll(h->multi, NULL, 0, wait, NULL);
	}
	return NULL;
}

/* ---- for the other threads ---- */

struct http *
http_new(const struct http_options *options, struct buf *error)
{
	struct http *h = mem_alloc(1, sizeof *h);

	h->options = *options;
	h->user_agent = mem_strdup(options->user_agent);
	if (options->ca_file != NULL)
		h->ca_file = mem_strdup(options->ca_file);
	if (options->proxy != NULL)
		h->proxy = mem_strdup(options->proxy);
	queue_init(&h->incoming);
	pthread_mutex_init(&h->lock, NULL);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->multi = curl_multi_init();
	if (h->multi == NULL ||
	    pthread_create(&h->thread, NULL, serve, h) != 0) {
		buf_add_text(error, "the network thread cannot start");
		curl_multi_cleanup(h->multi);
		free(h);
		return NULL;
	}
	return h;
}

void
http_free(struct http *h)
{
	struct http_lane *l;

	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->ending = true;
	pthread_mutex_unlock(&h->lock);
	curl_multi_wakeup(h->multi);
	pthread_join(h->thread, NULL);
	curl_multi_cleanup(h->multi);
	while ((l = h->lanes) != NULL) {
		h->lanes = l->next;
		free(l->name);
		free(l);
	}
	pthread_mutex_destroy(&h->lock);
	free(h->user_agent);
	free(h->ca_file);
	free(h->proxy);
	free(h);
	curl_global_cleanup();
}

struct http_lane *
http_lane(struct http *h, const char *name)
{
	struct http_lane *l;

	pthread_mutex_lock(&h->lock);
	for (l = h->lanes; l != NULL; l = l->next)
		if (strcmp(l->name, name) == 0)
			break;
	if (l == NULL) {
		l = mem_alloc(1, sizeof *l);
		l->name = mem_strdup(name);
		l->allowed = LANE_REQUESTS / 2;
		l->hold = HOLD_FIRST;
		queue_init(&l->waiting);
		l->next = h->lanes;
		h->lanes = l;
	}
	pthread_mutex_unlock(&h->lock);
	return l;
}

void
http_start(struct http *h, const struct http_request *request)
{
	struct transfer *t = mem_alloc(1, sizeof *t);
	const char *why;
	bool stopped;

	t->http = h;
	t->request = *request;
	t->request.url = mem_strdup(request->url);
	if (request->etag != NULL)
		t->request.etag = mem_strdup(request->etag);
	t->start = time_mono();
	t->response.retry_after = -1;
	buf_init(&t->response.body, request->max_body);
	if (!http_url_allowed(&h->options, request->url, &why)) {
		refuse(t, HTTP_REFUSED, why);
		return;
	}
	pthread_mutex_lock(&h->lock);
	stopped = h->stopped || h->ending;
	if (!stopped)
		queue_add(&h->incoming, t);
	pthread_mutex_unlock(&h->lock);
	if (stopped)
		refuse(t, HTTP_STOPPED, "the run was ended");
	else
		curl_multi_wakeup(h->multi);
}

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
	struct http_response *out;
};

static void
on_fetched(void *arg, struct http_response *response)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->lock);
	*w->out = *response;
	w->is_done = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

void
http_fetch(struct http *h, const struct http_request *request,
    struct http_response *out)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
		false, out };
	struct http_request mine = *request;

	mine.done = on_fetched;
	mine.arg = &w;
	http_start(h, &mine);
	pthread_mutex_lock(&w.lock);
	while (!w.is_done)
		pthread_cond_wait(&w.done, &w.lock);
	pthread_mutex_unlock(&w.lock);
}

void
http_stop(struct http *h)
{
	pthread_mutex_lock(&h->lock);
	h->stopped = true;
	pthread_mutex_unlock(&h->lock);
	curl_multi_wakeup(h->multi);
}

void
http_response_fini(struct http_response *r)
{
	buf_fini(&r->body);
	free(r->etag);
	r->etag = NULL;
}
