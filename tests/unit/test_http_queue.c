/* SPDX-License-Identifier: Apache-2.0 */
/* http: which requests start, wait and stop. */
#include "../support/http_client.h"

/* Have a request throttled; return the time to repeat it. */
static int64_t
throttled(struct http *h)
{
	struct http_response r = get_with(h, "/retry/429/1", 99, NULL);

	CHECK(r.result == HTTP_THROTTLED && r.not_before > time_mono());
	http_response_fini(&r);
	return r.not_before;
}

static void
delays_a_throttled_request_alone(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_request q = { .max_body = 99 };
	struct http_response r;
	int64_t start = time_mono(), not_before = throttled(h);
	char *url = mem_printf("http://127.0.0.1:%d/ok", server.port);

	CHECK(not_before >= start + 1000);
	q.url = url;
	http_fetch(h, &q, &r); /* another one of the same queue */
	CHECK(r.result == HTTP_OK && r.not_before == 0);
	CHECK(time_mono() < not_before);
	http_response_fini(&r);
	q.not_before = not_before;
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_OK && time_mono() >= not_before);
	http_response_fini(&r);
	free(url);
	http_free(h);
}

static void
delays_a_throttled_queue_and_no_other(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct http_request q = { .max_body = 99 };
	struct http_response r;
	int64_t start;
	char *url = mem_printf("http://127.0.0.1:%d/ok", server.port);

	throttled(h);
	throttled(h); /* two in a row concern the operator */
	start = time_mono();
	q.url = url;
	q.queue = http_queue(h, "another");
	CHECK(q.queue == http_queue(h, "another"));
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_OK && time_mono() - start < 900);
	http_response_fini(&r);
	q.queue = NULL;
	http_fetch(h, &q, &r);
	CHECK(r.result == HTTP_OK && time_mono() - start >= 900);
	CHECK(r.took < 900); /* the wait is not the log's slowness */
	http_response_fini(&r);
	free(url);
	http_free(h);
}

/* With or without Retry-After, the queue closes after a time. */
static void
closes_a_queue_that_gets_only_429(void)
{
	struct http *h = client(&(struct http_options){ .throttle_limit = 1 });
	struct http_response r;
	int requests = 0, before = server.requests;

	do {
		r = get_with(h, "/none/429", 99, NULL);
		CHECK(r.result == HTTP_THROTTLED ||
		    r.result == HTTP_QUEUE_CLOSED);
		CHECK(++requests < 10);
		http_response_fini(&r);
	} while (r.result == HTTP_THROTTLED);
	CHECK(requests > 2 && server.requests == before + requests - 1);
	r = get_with(h, "/ok", 99, NULL); /* no request is sent */
	CHECK(r.result == HTTP_QUEUE_CLOSED && r.status == 0);
	CHECK(strstr(r.error, "answered only HTTP 429 for 1 s") != NULL);
	CHECK(server.requests == before + requests - 1);
	http_response_fini(&r);
	http_free(h);
}

/* ---- room in memory ---- */

struct budget {
	struct http *h;
	atomic_size_t given, most;
	atomic_int asked;
	struct http_response response;
	atomic_bool here;
};

static bool
room(void *arg, size_t n)
{
	struct budget *b = arg;

	b->asked++;
	if (n > b->most || b->most == 0)
		return false;
	b->given = n;
	return true;
}

static void
keep(void *arg, struct http_response *response)
{
	struct budget *b = arg;

	b->response = *response;
	b->here = true;
}

static void
start_with_room(struct budget *b, const char *path)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);

	b->here = false;
	b->asked = 0;
	http_start(b->h,
	    &(struct http_request){ .url = url,
	        .max_body = 1 << 20,
	        .room = room,
	        .done = keep,
	        .arg = b });
	free(url);
}

static enum http_result
result_with_room(struct budget *b)
{
	while (!b->here)
		nap(5);
	http_response_fini(&b->response);
	return b->response.result;
}

static void
starts_when_there_is_room(void)
{
	struct budget b = { .h = client(&(struct http_options){ 0 }) };
	struct http_response r;

	start_with_room(&b, "/ok");
	while (b.asked == 0)
		nap(5);
	/* A request that needs no memory passes it, in the same queue. */
	r = get_with(b.h, "/ok", 99, NULL);
	CHECK(r.result == HTTP_OK && !b.here);
	http_response_fini(&r);
	b.most = 100;
	http_wake(b.h);
	CHECK(result_with_room(&b) == HTTP_OK);
	http_free(b.h);
}

static void
asks_for_memory_as_the_body_grows(void)
{
	struct budget b = { .h = client(&(struct http_options){ 0 }) };

	b.most = 1 << 20;
	start_with_room(&b, "/chunked/200/300000");
	CHECK(result_with_room(&b) == HTTP_OK);
	CHECK(b.given >= 300000 && b.asked < 20);
	b.most = 299999;
	start_with_room(&b, "/chunked/200/300000");
	CHECK(result_with_room(&b) == HTTP_TOO_LARGE);
	start_with_room(&b, "/length/200/300000");
	CHECK(result_with_room(&b) == HTTP_TOO_LARGE);
	http_free(b.h);
}

/* ---- many requests ---- */

struct tally {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int results[HTTP_STOPPED + 1], all;
	struct http *again; /* where each one done starts another */
	char order[64];     /* owners, as they came */
};

struct ticket {
	struct tally *tally;
	char owner;
};

static void
on_done(void *arg, struct http_response *response)
{
	struct ticket *t = arg;
	struct tally *sum = t->tally;

	pthread_mutex_lock(&sum->lock);
	sum->results[response->result]++;
	if (sum->all < (int)sizeof sum->order - 1)
		sum->order[sum->all] = t->owner;
	sum->all++;
	pthread_cond_signal(&sum->changed);
	pthread_mutex_unlock(&sum->lock);
	http_response_fini(response);
	if (sum->again != NULL) {
		struct http *h = sum->again;

		sum->again = NULL;
		http_start(h,
		    &(struct http_request){ .url = "http://127.0.0.1:1/",
		        .done = on_done,
		        .arg = arg });
	}
}

static void
start_many(struct http *h, struct ticket *t, int n, const char *path)
{
	char *url = mem_printf("http://127.0.0.1:%d%s", server.port, path);

	for (int i = 0; i < n; i++)
		http_start(h,
		    &(struct http_request){ .url = url,
		        .max_body = 99999,
		        .owner = t,
		        .done = on_done,
		        .arg = t });
	free(url);
}

static void
wait_for(struct tally *sum, int n)
{
	pthread_mutex_lock(&sum->lock);
	while (sum->all < n)
		pthread_cond_wait(&sum->changed, &sum->lock);
	pthread_mutex_unlock(&sum->lock);
}

#define TALLY                                                                  \
	{                                                                      \
		.lock = PTHREAD_MUTEX_INITIALIZER,                             \
		.changed = PTHREAD_COND_INITIALIZER                            \
	}

static void
limits_the_requests_of_a_queue(void)
{
	struct http *h = client(&(struct http_options){ .queue_requests = 3 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };

	server.most_active = 0;
	start_many(h, &t, 40, "/nap");
	wait_for(&sum, 40);
	CHECK(sum.results[HTTP_OK] == 40);
	CHECK(server.most_active == 3);
	http_free(h);
}

static void
serves_owners_in_turn(void)
{
	struct http *h = client(&(struct http_options){ .queue_requests = 2 });
	struct tally sum = TALLY;
	struct ticket a = { &sum, 'a' }, b = { &sum, 'b' };
	int others = 0;

	start_many(h, &a, 20, "/nap");
	start_many(h, &b, 4, "/nap");
	wait_for(&sum, 24);
	for (int i = 0; i < 12; i++)
		others += sum.order[i] == 'b';
	CHECK(others == 4); /* and not behind all of a's */
	http_free(h);
}

/* What is requested again goes before what waits. */
static void
takes_a_repeated_request_first(void)
{
	struct http *h = client(&(struct http_options){ .queue_requests = 1 });
	struct tally sum = TALLY;
	struct ticket a = { &sum, 'a' }, b = { &sum, 'b' };
	char *url = mem_printf("http://127.0.0.1:%d/ok", server.port);

	throttled(h);
	throttled(h); /* the following wait */
	start_many(h, &a, 5, "/ok");
	http_start(h,
	    &(struct http_request){ .url = url,
	        .first = true,
	        .max_body = 99,
	        .owner = &a,
	        .done = on_done,
	        .arg = &b });
	wait_for(&sum, 6);
	CHECK(sum.order[0] == 'b');
	free(url);
	http_free(h);
}

static void
stops_active_requests(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };
	int64_t start;

	start_many(h, &t, 1, "/ok");
	wait_for(&sum, 1);
	start_many(h, &t, 20, "/drip");
	nap(50);
	start = time_mono();
	http_stop(h);
	wait_for(&sum, 21);
	CHECK(time_mono() - start < TEST_SOON);
	CHECK(sum.results[HTTP_STOPPED] == 20);
	start_many(h, &t, 3, "/ok"); /* what comes later is refused */
	wait_for(&sum, 24);
	CHECK(sum.results[HTTP_STOPPED] == 23);
	http_free(h);
	CHECK(sum.all == 24); /* each was done once */
}

static void
delivers_every_request_before_it_ends(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };
	int64_t start = time_mono();

	sum.again = h; /* one starts another while all is stopped */
	start_many(h, &t, 30, "/hang");
	http_free(h);
	CHECK(sum.all == 31 && sum.results[HTTP_STOPPED] == 31);
	CHECK(time_mono() - start < TEST_SOON);
}

struct starter {
	struct http *h;
	struct ticket *t;
};

static void *
start_some(void *arg)
{
	struct starter *s = arg;

	start_many(s->h, s->t, 25, "/ok");
	return NULL;
}

static void
accepts_requests_of_several_threads(void)
{
	struct http *h = client(&(struct http_options){ 0 });
	struct tally sum = TALLY;
	struct ticket t = { &sum, 'a' };
	struct starter s = { h, &t };
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, start_some, &s) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	wait_for(&sum, 100);
	CHECK(sum.results[HTTP_OK] == 100);
	http_free(h);
}

int
main(void)
{
	server_start(&server, answer);
	delays_a_throttled_request_alone();
	delays_a_throttled_queue_and_no_other();
	closes_a_queue_that_gets_only_429();
	starts_when_there_is_room();
	asks_for_memory_as_the_body_grows();
	limits_the_requests_of_a_queue();
	serves_owners_in_turn();
	takes_a_repeated_request_first();
	stops_active_requests();
	delivers_every_request_before_it_ends();
	accepts_requests_of_several_threads();
	server_stop(&server);
	return 0;
}
