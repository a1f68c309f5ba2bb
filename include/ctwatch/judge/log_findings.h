/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_findings: findings about logs, the clock and the run.
 */
#ifndef CTWATCH_JUDGE_LOG_FINDINGS_H
#define CTWATCH_JUDGE_LOG_FINDINGS_H

#include <ctwatch/store/store.h>

/* The subject of the finding about more than one operator. */
#define LOG_FINDINGS_OPERATORS "two operators"

/* The state of one log after this run.  All is borrowed. */
struct log_findings_log {
	const uint8_t *id; /* 32 bytes */
	const char *description;
	bool complete;     /* read to its head, without gaps */
	bool has_head;     /* a head was received and verified in this run */
	int64_t head_time; /* ms */
	/* ms: maximum age of the head of a log that accepts entries; 0: no
	 * maximum, for a read-only log or one on disk. */
	int64_t mmd;
};

/* A rule that a log violated in this run, or no longer violates. */
struct log_findings_met {
	const uint8_t *id; /* 32 bytes, of the log */
	const char *description;
	const char *rule;
	const char *message; /* if closed: the reason */
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
	bool merged; /* no log was asked: findings about the state of logs and
	              * the clock stay as they are */
};

/* Open or close one finding about a log; return false if the store failed. */
bool log_findings_save(struct store *s, int64_t started, int64_t run,
    const struct log_findings_met *met);

/* Open and close these findings; return false if the store failed. */
bool log_findings_judge(const struct log_findings_input *in);

/*
 * Open a finding about a consumer, the pinset or the clock, or close it if the
 * message is NULL.  Return false if the store failed.
 */
bool log_findings_state(struct store *s, int64_t started, int64_t run,
    const char *rule, const char *subject, const char *message);

/* Close the findings of a rule that were not found in this run. */
bool log_findings_close_rest(struct store *s, const char *rule, int64_t run);

#endif
