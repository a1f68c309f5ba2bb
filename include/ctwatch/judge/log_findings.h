/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_findings: the findings about logs, the clock and the run as a whole.
 */
#ifndef CTWATCH_JUDGE_LOG_FINDINGS_H
#define CTWATCH_JUDGE_LOG_FINDINGS_H

#include <ctwatch/store/store.h>

/* The subject of the finding about more than one operator. */
#define LOG_FINDINGS_OPERATORS "two operators"

/* One log as this run left it.  Everything is borrowed. */
struct log_findings_log {
	const uint8_t *id; /* 32 bytes */
	const char *description;
	bool complete;     /* read to its head, and nothing is missing */
	bool has_head;     /* a head was got and verified in this run */
	int64_t head_time; /* ms */
	/* ms: a log that takes entries signs a head at least so often; 0: it
	 * need not, as a read-only log or one on disk. */
	int64_t mmd;
};

/* A rule that a log met in this run, or no longer meets. */
struct log_findings_met {
	const uint8_t *id; /* 32 bytes, of the log */
	const char *description;
	const char *rule;
	const char *message; /* of a closed one: the reason */
	bool close;
};

struct log_findings_input {
	struct store *s;
	int64_t started, run; /* ms; number */
	int64_t since;        /* ms: entries refused since then are judged */
	int64_t now;          /* ms, by this machine's clock */
	const struct log_findings_log *logs;
	size_t n_logs;
	const struct log_findings_met *met;
	size_t n_met;
	bool operators_behind; /* two or more have a log that is behind */
};

/* Open and close these findings; false when the store failed. */
bool log_findings_judge(const struct log_findings_input *in);

/*
 * Open what holds of a consumer, the pinset or the clock, or close it where
 * the message is NULL.  False when the store failed.
 */
bool log_findings_state(struct store *s, int64_t started, int64_t run,
    const char *rule, const char *subject, const char *message);

/* Close the findings of a rule that did not come up in this run. */
bool log_findings_close_rest(struct store *s, const char *rule, int64_t run);

#endif
