/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_json: read a ctwatch-report/1 document, for its writers.
 *
 * A missing member reads as empty, so that writers need no special case.  Paths
 * are member names joined by dots.  Everything is borrowed.
 */
#ifndef CTWATCH_REPORT_REPORT_JSON_H
#define CTWATCH_REPORT_REPORT_JSON_H

#include <ctwatch/base/time.h>
#include <ctwatch/policy/rules.h>
#include <ctwatch/report/report.h>

struct json_t; /* jansson's */

struct report_items;

struct report {
	struct json_t *doc; /* owned */
	/* Owned: findings and expected certificates in the store, see
	 * report_walk.h; NULL: they are in doc. */
	struct report_items *items;
};

/* A flag of json_dumps: digits for seconds, as of the clock. */
#define REPORT_JSON_REAL JSON_REAL_PRECISION(12)

/* Return a value by path, or NULL. */
struct json_t *report_json_at(const struct json_t *v, const char *path);

/* Return a text, "" if absent; a whole number, 0 if absent; a Boolean, false if
 * absent. */
const char *report_json_text(const struct json_t *v, const char *path);
int64_t report_json_int(const struct json_t *v, const char *path);
bool report_json_true(const struct json_t *v, const char *path);

/* Return a time, written in RFC 3339, in ms; 0 if absent. */
int64_t report_json_time(const struct json_t *v, const char *path);

/* Return the number of elements of the array at path; element i as object, or
 * as text. */
size_t report_json_count(const struct json_t *v, const char *path);
struct json_t *report_json_item(
    const struct json_t *v, const char *path, size_t i);
const char *report_json_item_text(
    const struct json_t *v, const char *path, size_t i);

/* Return the first object in the array at path with that text in member, or
 * NULL. */
struct json_t *report_json_find(const struct json_t *v, const char *path,
    const char *member, const char *text);

/* Return the severity and rule of a finding, and whether it is new or open. */
enum rules_severity report_json_severity(const struct json_t *finding);
const struct rules_rule *report_json_rule(const struct json_t *finding);
bool report_json_is_live(const struct json_t *finding); /* new or open */
bool report_json_is_new(const struct json_t *finding);

/* Report whether it was open, and was closed in the period of the report. */
bool report_json_is_resolved(const struct json_t *finding);

/* Return the subject of a finding for display: a name, else its subject. */
const char *report_json_about(const struct json_t *finding);

/* When the certificate of a finding was logged first: the earliest timestamp
 * of its sightings; "" without one.  Borrowed from the finding. */
const char *report_json_logged(const struct json_t *finding);

/* Report whether the CA should have revoked the certificate of a finding by the
 * time now, in ms, and has not. */
bool report_json_is_overdue(const struct json_t *finding, int64_t now);

/* Return the log with a log_id, or NULL if the coverage does not have it. */
struct json_t *report_json_log(const struct json_t *doc, const char *log_id);

/* Warn of a log list of this age: lists change every few days. */
#define REPORT_JSON_LIST_OLD (14 * TIME_DAY)

/* Report whether entries of this log of the coverage were read, in this run or
 * before, that no signed head has verified. */
bool report_json_is_unproved(const struct json_t *log);

/*
 * Return the age of an element of run.lists in ms: by its own date or, if it
 * has none, by its download; -1 if unknown.
 */
int64_t report_json_list_age(const struct json_t *list, int64_t now);

/* Append the number of logs of an element of run.lists, its date and age:
 * ": 56 logs, of 2026-04-19, 43 days old". */
void report_json_list_describe(
    const struct json_t *list, int64_t now, struct buf *out);

/*
 * Append the exit status and its meaning: "exit status 1 (findings), 2 below
 * high".  It is "clean" only without new or open findings.
 */
void report_json_exit(const struct json_t *doc, struct buf *out);

/*
 * Append where the search for items new in this run began: "www.example.com and
 * 2 more: watching from entry 1234 of Log on; ...".  Return false and append
 * nothing if there are no such items.
 */
bool report_json_new_items(const struct json_t *doc, struct buf *out);

/* Append what completeness rests on if an operator is left out, each assumption
 * a sentence.  Return false and append nothing if none is. */
bool report_json_cover(const struct json_t *doc, struct buf *out);

/* Append what the report does not show: entries that are not verified, and what
 * no log has. */
void report_json_limits(const struct json_t *doc, struct buf *out);

#endif
