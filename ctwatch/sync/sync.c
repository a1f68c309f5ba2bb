/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/log_reader.h"
#include "sync/progress.h"
#include "sync/record_match.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/sync/cover.h>

/* Time for readers to verify what they read when the run must end; then the
 * network is closed. */
#define GRACE_STOPPED (4 * TIME_SECOND)
#define GRACE_TIME_UP (4 * TIME_SECOND)

#define DEFAULT_MEMORY (64u << 20)

/* Set by sync_stop, also in a signal handler. */
static volatile sig_atomic_t stop_asked;

void
sync_stop(void)
{
	stop_asked = 1;
}

bool
sync_is_stopped(void)
{
	return stop_asked != 0;
}

struct thread {
	struct log_reader reader;
	bool chosen; /* to be read */
	pthread_t id;
	bool started;
	_Atomic bool ended;
};

static void *
read_log(void *arg)
{
	struct thread *t = arg;

	sync_log(&t->reader);
	pthread_mutex_lock(&t->reader.shared->lock);
	t->ended = true;
	pthread_cond_broadcast(&t->reader.shared->ended);
	pthread_mutex_unlock(&t->reader.shared->lock);
	return NULL;
}

/* Report whether a log has gaps of unread entries. */
static bool
has_unread_gaps(struct store *s, const struct loglist_log *log)
{
	bool unread = false;
	size_t n;
	struct store_gap *gaps = store_gaps(s, log->id, &n);

	for (size_t i = 0; i < n; i++)
		unread = unread || !gaps[i].unproved;
	free(gaps);
	return unread;
}

/*
 * Report whether all entries that a log accepted before its end were read, and
 * no issuer is missing.  Entries may be merged up to the MMD later, so only a
 * head dated after that proves it.
 */
static bool
is_read_to_end(struct store *s, const struct loglist_log *log,
    const struct store_log *state)
{
	struct tree_head head;

	if (!state->has_range || has_unread_gaps(s, log) ||
	    store_chain_missing(s, log->id) > 0 ||
	    (store_head_last(s, log->id, STORE_HEAD_SIGNED, &head) &&
	        state->verified < head.size))
		return false;
	/* A test log has no end. */
	if (log->is_test && !loglist_is_over(log->state) &&
	    log->interval_end == 0)
		return true;
	return store_head_last(s, log->id, STORE_HEAD_PROVED, &head) &&
	    state->verified >= head.size &&
	    (int64_t)head.timestamp > loglist_ended(log);
}

/* Report whether to read a log although the lists say to skip it. */
static bool
is_left(
    const struct sync_options *o, const struct loglist_log *log, int64_t now)
{
	struct store_log state;
	bool left;

	if (o->n_only > 0)
		return true; /* the user has named it */
	if (o->store == NULL || !store_log_load(o->store, log->id, &state))
		return o->since != SYNC_SINCE_NOW &&
		    log->state == LOGLIST_RETIRED &&
		    loglist_holds_valid(log, now);
	left = !is_read_to_end(o->store, log, &state);
	store_log_fini(&state);
	return left;
}

int64_t
sync_choose_time(const struct sync_options *o)
{
	return o->store != NULL ? store_head_time(o->store, time_now())
	                        : time_now();
}

enum sync_choice
sync_choose(const struct sync_options *o, const struct loglist_log *log,
    int64_t now, const char **why)
{
	enum loglist_skip skip;

	*why = "not chosen with --log";
	if (o->n_only > 0 && !loglist_is_named(log, o->only, o->n_only))
		return SYNC_SKIP;
	skip = loglist_skip(log, now, why);
	if ((skip == LOGLIST_OVER || skip == LOGLIST_EXPIRED ||
	        skip == LOGLIST_TEST) &&
	    is_left(o, log, now)) {
		*why = log->fault;
		skip = log->fault == NULL ? LOGLIST_READ : LOGLIST_UNUSABLE;
	}
	if ((skip == LOGLIST_UNUSABLE || skip == LOGLIST_READ) &&
	    cover_leaves_out(log, o->skip_operator)) {
		*why = "left out with its operator (--skip-operator)";
		return SYNC_LEFT_OUT;
	}
	if (skip == LOGLIST_UNUSABLE)
		return SYNC_UNUSABLE;
	return skip == LOGLIST_READ ? SYNC_READ : SYNC_SKIP;
}

/* Show the progress on a terminal. */
static void
show_progress(struct progress *p, const struct thread *v, size_t n)
{
	unsigned columns, rows;
	struct buf lines;

	if (!msg_terminal(&columns, &rows))
		return;
	p->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct progress_log *l = &p->v[p->n];

		if (!v[i].started)
			continue;
		l->name = v[i].reader.log->description;
		l->done = v[i].reader.done;
		l->goal = v[i].reader.goal;
		l->ended = v[i].ended;
		p->n++;
	}
	buf_init(&lines, PROGRESS_BYTES);
	progress_tick(p, time_mono());
	progress_lines(p, columns, rows, &lines);
	msg_progress(buf_text(&lines));
	buf_fini(&lines);
}

static size_t
still_running(const struct thread *v, size_t n)
{
	size_t running = 0;

	for (size_t i = 0; i < n; i++)
		running += v[i].started && !v[i].ended;
	return running;
}

/* Do not exceed a short budget by much. */
static int64_t
shutdown_grace_ms(const struct sync_options *o)
{
	if (stop_asked)
		return GRACE_STOPPED;
	return o->max_time > 0 && o->max_time / 4 < GRACE_TIME_UP
	    ? o->max_time / 4 + TIME_SECOND
	    : GRACE_TIME_UP;
}

/* Wait for the readers; if the run must end, wait for that time and then close
 * the network. */
static void
wait_for_readers(struct log_reader_shared *s, struct thread *v, size_t n)
{
	struct progress progress = { .v = mem_alloc(n, sizeof *progress.v) };
	int64_t close_at = 0;

	progress.began = progress.last = time_mono();
	pthread_mutex_lock(&s->lock);
	while (still_running(v, n) > 0) {
		int64_t now = time_mono(), next = now + 200;
		struct timespec at = { (time_t)(next / 1000),
			(long)(next % 1000) * 1000000 };

		/* Readers check the clock only between requests. */
		if (stop_asked || (s->deadline != 0 && now >= s->deadline))
			s->ending = true;
		if (s->ending && close_at == 0) {
			close_at = now + shutdown_grace_ms(s->options);
			pthread_cond_broadcast(&s->ended);
		}
		if (close_at != 0 && now >= close_at) {
			pthread_mutex_unlock(&s->lock);
			http_stop(s->options->http);
			pthread_mutex_lock(&s->lock);
		}
		pthread_cond_timedwait(&s->ended, &s->lock, &at);
		/* A terminal may be slow or stopped: do not block on it. */
		pthread_mutex_unlock(&s->lock);
		show_progress(&progress, v, n);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	if (msg_terminal(&(unsigned){ 0 }, &(unsigned){ 0 }))
		msg_progress("");
	free(progress.v);
}

/* Count the logs of earlier runs. */
static void
review_known(struct log_reader_shared *s, const struct sync_options *o)
{
	struct store_log *known;
	size_t n, begun = 0;

	known = store_logs(o->store, &n);
	/* An imported log has no URL until its first run. */
	s->first_run = true;
	for (size_t i = 0; i < n; i++) {
		s->first_run = s->first_run && known[i].url == NULL;
		begun += known[i].has_range && known[i].first > 0;
	}
	if (o->since != SYNC_SINCE_NOW && begun > 0)
		msg_warn("--since: an earlier run began %zu logs at a later "
		         "entry; to read earlier entries, use a new --state",
		    begun);
	store_logs_free(known, n);
}

/* Put the reason why a log is not read into the coverage. */
static void
leave_out(struct coverage *c, enum coverage_status status, const char *why)
{
	c->status = status;
	snprintf(c->reason, sizeof c->reason, "%s", why);
}

/* Choose the logs to read.  Save them, so that a log that the first run cannot
 * reach is not a new log for the next run. */
static void
choose_logs(struct log_reader_shared *s, struct thread *v)
{
	const struct sync_options *o = s->options;
	int64_t now = sync_choose_time(o);

	for (size_t i = 0; i < o->logs->n; i++) {
		struct log_reader *r = &v[i].reader;
		const char *why;
		enum sync_choice choice =
		    sync_choose(o, &o->logs->v[i], now, &why);

		r->shared = s;
		r->log = &o->logs->v[i];
		r->coverage = &s->result->v[i];
		r->coverage->log = r->log;
		r->coverage->left_out = choice == SYNC_LEFT_OUT;
		v[i].chosen = choice == SYNC_READ;
		if (v[i].chosen) {
			sync_log_load(r);
			store_log_save(o->store, &r->state);
		} else
			leave_out(r->coverage,
			    choice == SYNC_UNUSABLE ? COVERAGE_UNUSABLE
			                            : COVERAGE_SKIPPED,
			    why);
	}
	if (!store_commit(o->store)) {
		s->store_failed = true;
		s->ending = true;
	}
}

static void
start_readers(struct log_reader_shared *s, struct thread *v)
{
	pthread_attr_t small;

	/* Readers need little stack: use less than the default of eight
	 * megabytes. */
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 512u << 10);
	for (size_t i = 0; i < s->result->n; i++) {
		struct log_reader *r = &v[i].reader;

		if (!v[i].chosen)
			continue;
		v[i].started = s->pipeline != NULL &&
		    pthread_create(&v[i].id, &small, read_log, &v[i]) == 0;
		if (!v[i].started) {
			leave_out(r->coverage, COVERAGE_UNREACHABLE,
			    "cannot create a thread");
			store_log_fini(&r->state);
		}
	}
	pthread_attr_destroy(&small);
}

bool
sync_all(const struct sync_options *o, struct sync_result *out)
{
	const struct record_match_issuers issuers = { fetch_issuers_stored,
		o->store, o->signatures };
	struct log_reader_shared s;
	unsigned jobs = o->jobs;
	struct thread *v;

	*out = (struct sync_result){ .n = o->logs->n };
	out->v = mem_alloc(out->n, sizeof *out->v);
	/* Many threads allocate little: two arenas suffice.  Keep the memory of
	 * bodies for reuse. */
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	if (jobs == 0)
		jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	log_reader_shared_init(&s, o, out);
	review_known(&s, o);
	v = mem_alloc(out->n, sizeof *v);
	/* This also commits what is pending: keep no transaction open during
	 * requests. */
	choose_logs(&s, v);
	s.pipeline = pipeline_new(o->http, o->watch, o->index_secret,
	    o->signatures != NULL ? &issuers : NULL, jobs,
	    o->max_memory > 0 ? o->max_memory : DEFAULT_MEMORY);
	start_readers(&s, v);
	wait_for_readers(&s, v, out->n);
	for (size_t i = 0; i < out->n; i++) {
		if (v[i].started)
			pthread_join(v[i].id, NULL);
		out->entries += out->v[i].entries_read;
		out->bytes += out->v[i].bytes_read;
		out->matched += v[i].reader.matched;
		out->times.network += v[i].reader.times.network;
		batch_times_add(&out->times.work, &v[i].reader.times.work);
		out->times.saving += v[i].reader.times.saving;
	}
	out->stopped = s.ending;
	pipeline_free(s.pipeline);
	free(v);
	log_reader_shared_fini(&s);
	return !s.store_failed && store_commit(o->store);
}

void
sync_result_fini(struct sync_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		coverage_fini(&r->v[i]);
	free(r->v);
	free(r->findings);
	free(r->cleared);
	*r = (struct sync_result){ 0 };
}
