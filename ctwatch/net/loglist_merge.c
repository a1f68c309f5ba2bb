/* SPDX-License-Identifier: Apache-2.0 */
/* loglist_merge: merge lists and logs into one list; see loglist.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/loglist_parse.h"
#include <ctwatch/base/mem.h>

static int
order(const void *a, const void *b)
{
	const struct loglist_log *x = a, *y = b;
	int c = strcasecmp(x->operator, y->operator);

	if (c == 0)
		c = strcmp(x->description, y->description);
	return c != 0 ? c : memcmp(x->id, y->id, sizeof x->id);
}

static bool
takes_entries(enum loglist_state s)
{
	return s == LOGLIST_PENDING || s == LOGLIST_QUALIFIED ||
	    s == LOGLIST_USABLE;
}

/* Report whether a's state prevails: a log accepts entries if one list says so;
 * it is readonly if one list says so; else the later state prevails. */
static bool
counts_more(const struct loglist_log *a, const struct loglist_log *b)
{
	if (a->state == LOGLIST_UNKNOWN || b->state == LOGLIST_UNKNOWN)
		return b->state == LOGLIST_UNKNOWN;
	if (takes_entries(a->state) || takes_entries(b->state))
		return takes_entries(a->state) &&
		    (!takes_entries(b->state) || a->state > b->state);
	if (loglist_is_over(a->state) != loglist_is_over(b->state))
		return loglist_is_over(b->state);
	return a->state_since > b->state_since;
}

static void
copy_previous(struct loglist_log *to, const struct loglist_log *from)
{
	to->n_previous = from->n_previous;
	to->previous = mem_alloc(from->n_previous, sizeof *to->previous);
	for (size_t i = 0; i < from->n_previous; i++)
		to->previous[i] = (struct loglist_operator){
			mem_strdup(from->previous[i].name),
			from->previous[i].end
		};
}

/* Copy members that to lacks, and the state that prevails. */
static void
merge_state(struct loglist_log *to, const struct loglist_log *from)
{
	if (counts_more(from, to)) {
		to->state = from->state;
		to->state_since = from->state_since;
	}
	if (!to->has_final && from->has_final) {
		to->has_final = true;
		to->final_size = from->final_size;
		to->final_root = from->final_root;
	}
	if (to->interval_end == 0) {
		to->interval_start = from->interval_start;
		to->interval_end = from->interval_end;
	}
	for (size_t i = 0; i < LOGLIST_VENDORS; i++)
		if (to->trust[i].state == LOGLIST_UNKNOWN)
			to->trust[i] = from->trust[i];
	if (to->n_previous == 0 && from->n_previous > 0)
		copy_previous(to, from);
}

/* Use a usable entry for a log whose entry in an earlier list has a fault. */
static void
replace(struct loglist_log *to, struct loglist_log *from)
{
	struct loglist_log faulty = *to;

	*to = *from;
	*from = (struct loglist_log){ 0 };
	merge_state(to, &faulty);
	loglist_log_fini(&faulty);
}

/* Merge two lists' entries for one log; from is of the list called name. */
static void
merge(struct loglist *l, struct loglist_log *to, const struct loglist_log *from,
    const char *name)
{
	if (to->kind != from->kind || strcmp(to->url, from->url) != 0)
		loglist_warn(l,
		    mem_printf("%s: %s has the URL %s here, %s in another "
		               "list; the other is used",
		        name, to->description, from->url, to->url));
	else if (to->kind == LOG_KIND_STATIC &&
	    strcmp(to->submission_url, from->submission_url) != 0)
		loglist_warn(l,
		    mem_printf("%s: %s has the submission URL %s here, %s in "
		               "another list; the other is used",
		        name, to->description, from->submission_url,
		        to->submission_url));
	if (loglist_is_over(to->state) != loglist_is_over(from->state))
		loglist_warn(l,
		    mem_printf("%s: %s is %s here, %s in another list", name,
		        to->description, loglist_state_word(from->state),
		        loglist_state_word(to->state)));
	merge_state(to, from);
}

/* Return the name in l of the operator of part->v[i], or NULL. */
static const char *
known_operator(const struct loglist *l, const struct loglist *part, size_t i)
{
	const char *name = part->v[i].operator;

	for (size_t j = 0; j < l->n; j++)
		if (strcasecmp(l->v[j].operator, name) == 0)
			return l->v[j].operator;
	for (size_t j = 0; j < part->n; j++) {
		const struct loglist_log *same;

		if (strcmp(part->v[j].operator, name) == 0 &&
		    (same = loglist_find(l, part->v[j].id)) != NULL)
			return same->operator;
	}
	return NULL;
}

/* Rename the operators of part, whose logs are in the order of operators. */
static void
adopt_operators(const struct loglist *l, struct loglist *part)
{
	char *own = mem_strdup("");
	const char *known = NULL;

	for (size_t i = 0; i < part->n; i++) {
		char *name = part->v[i].operator;

		if (strcmp(name, own) != 0) {
			known = known_operator(l, part, i);
			free(own);
			own = mem_strdup(name);
		}
		if (known != NULL) {
			part->v[i].operator= mem_strdup(known);
			free(name);
		}
	}
	free(own);
}

/* Move the logs of part, another list, into l. */
static void
unite(struct loglist *l, struct loglist *part, const char *name)
{
	size_t before = l->n;

	adopt_operators(l, part);
	for (size_t i = 0; i < part->n; i++) {
		struct loglist_log *log = &part->v[i];
		struct loglist_log *same = loglist_find(l, log->id);

		if (same == NULL) {
			l->v = mem_grow(l->v, l->n, sizeof *l->v);
			l->v[l->n++] = *log;
			*log = (struct loglist_log){ 0 };
		} else if (log->fault != NULL) /* its warning is given */
			continue;
		else if (same->fault != NULL)
			replace(same, log);
		else if ((size_t)(same - l->v) < before)
			merge(l, same, log, name);
		else
			loglist_warn(l,
			    mem_printf("%s: %s and %s have one log_id; the "
			               "first is used",
			        name, same->description, log->description));
	}
}

void
loglist_merge_list(struct loglist *l, struct loglist *part, const char *name)
{
	for (size_t i = 0; i < part->n_warnings; i++)
		loglist_warn(l, part->warnings[i]);
	part->n_warnings = 0;
	for (size_t i = 0; i < LOGLIST_VENDORS; i++)
		l->has[i] = l->has[i] || part->has[i];
	unite(l, part, name);
	if (part->timestamp != 0 &&
	    (l->timestamp == 0 || part->timestamp < l->timestamp))
		l->timestamp = part->timestamp;
	qsort(l->v, l->n, sizeof *l->v, order);
}

bool
loglist_merge(
    struct loglist *l, struct bytes json, const char *name, struct buf *error)
{
	struct loglist *part = loglist_new();
	bool ok;

	part->foreign = l->foreign;
	ok = loglist_parse(part, json, name, error);
	if (ok)
		loglist_merge_list(l, part, name);
	loglist_free(part);
	return ok;
}

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

void
loglist_merge_log(struct loglist *l, const struct loglist_log *log)
{
	struct loglist_log own = *log;
	struct loglist_log *same = loglist_find(l, log->id);

	if (same != NULL && same->fault == NULL)
		return;
	own.key = blob_copy(blob_view(log->key));
	own.head_key =
	    log->head_key != NULL ? tree_head_key_share(log->head_key) : NULL;
	own.description = copy(log->description);
	own.operator= copy(log->operator);
	own.url = copy(log->url);
	own.submission_url = copy(log->submission_url);
	own.fault = copy(log->fault);
	own.previous = NULL; /* the store keeps none */
	own.n_previous = 0;
	if (same != NULL) {
		own.listed = same->listed;
		replace(same, &own);
		qsort(l->v, l->n, sizeof *l->v, order);
		return;
	}
	l->v = mem_grow(l->v, l->n, sizeof *l->v);
	l->v[l->n++] = own;
	qsort(l->v, l->n, sizeof *l->v, order);
}
