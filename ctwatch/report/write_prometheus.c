/* SPDX-License-Identifier: Apache-2.0 */
/* write_prometheus: metrics of the run in Prometheus' text format. */
#include <inttypes.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>
#include <ctwatch/report/write.h>

/* Bits of the exit status of an incomplete run. */
#define NOT_DONE (2 | 4 | 32)

static void
family(struct buf *out, const char *name, const char *help)
{
	buf_printf(out, "# HELP ctwatch_%s %s\n# TYPE ctwatch_%s gauge\n", name,
	    help, name);
}

static void
label(struct buf *out, const char *sep, const char *name, const char *value)
{
	buf_printf(out, "%s%s=\"", sep, name);
	escape_prometheus(out, bytes_of(value));
	buf_add_byte(out, '"');
}

static void
single(struct buf *out, const char *name, const char *help, int64_t value)
{
	family(out, name, help);
	buf_printf(out, "ctwatch_%s %" PRId64 "\n", name, value);
}

/* Return the time of the last complete run: this one, or one in the store. */
static int64_t
last_success(const struct report *r, struct store *s)
{
	struct store_run run;

	if ((report_exit_status(r) & NOT_DONE) == 0)
		return report_json_time(r->doc, "run.ended");
	if (s != NULL &&
	    store_run_before(
	        s, report_json_time(r->doc, "run.started"), NOT_DONE, &run))
		return run.ended;
	return 0;
}

static void
add_findings(const struct report_sums *sum, struct buf *out)
{
	family(out, "findings", "New and open findings.");
	for (int s = RULES_NOTE; s <= RULES_CRITICAL; s++) {
		const char *word = rules_severity_word((enum rules_severity)s);

		buf_printf(out,
		    "ctwatch_findings{severity=\"%s\",status=\"new\"} %zu\n"
		    "ctwatch_findings{severity=\"%s\",status=\"open\"} %zu\n",
		    word, sum->fresh[s], word, sum->older[s]);
	}
	single(out, "findings_suppressed", "Suppressed findings.",
	    (int64_t)sum->n_suppressed);
}

/* Append one metric of each log; times in seconds. */
static void
per_log(const json_t *doc, struct buf *out, const char *name, const char *help,
    const char *path, bool is_time)
{
	size_t i;
	json_t *log;

	family(out, name, help);
	json_array_foreach(report_json_at(doc, "coverage.logs"), i, log) {
		if (strcmp(report_json_text(log, "status"), "skipped") == 0 ||
		    report_json_at(log, path) == NULL ||
		    json_is_null(report_json_at(log, path)))
			continue;
		buf_printf(out, "ctwatch_%s", name);
		label(out, "{", "log", report_json_text(log, "description"));
		label(out, ",", "operator", report_json_text(log, "operator"));
		label(out, ",", "log_id", report_json_text(log, "log_id"));
		buf_printf(out, "} %" PRId64 "\n",
		    is_time ? report_json_time(log, path) / TIME_SECOND
		        : json_is_boolean(report_json_at(log, path))
		        ? (int64_t)report_json_true(log, path)
		        : report_json_int(log, path));
	}
}

static void
add_coverage(const json_t *doc, const struct report_sums *sum, struct buf *out)
{
	family(out, "logs", "Logs by coverage status.");
	buf_printf(out,
	    "ctwatch_logs{status=\"complete\"} %zu\n"
	    "ctwatch_logs{status=\"partial\"} %zu\n"
	    "ctwatch_logs{status=\"unreachable\"} %zu\n"
	    "ctwatch_logs{status=\"misbehaving\"} %zu\n"
	    "ctwatch_logs{status=\"unusable\"} %zu\n"
	    "ctwatch_logs{status=\"skipped\"} %zu\n",
	    sum->complete, sum->partial, sum->unreachable, sum->misbehaving,
	    sum->unusable, sum->skipped);
	single(out, "operators_behind", "Operators with an unread log.",
	    report_json_int(doc, "coverage.operators_behind"));
	per_log(doc, out, "log_lag_entries", "Entries left to read.",
	    "lag_entries", false);
	per_log(doc, out, "log_read_entries", "Entries read in the last run.",
	    "entries_read", false);
	per_log(doc, out, "log_refused_entries",
	    "Entries that could not be parsed in the last run.", "refused",
	    false);
	per_log(doc, out, "log_verified",
	    "Whether all entries read are verified by a signed head.",
	    "verified", false);
	per_log(doc, out, "log_head_timestamp_seconds",
	    "Time of the signed head that was the goal of reading.",
	    "sth_timestamp", true);
}

/* Reports to CAs whose certificates are not revoked yet, each certificate
 * counted once. */
static void
add_reports(const struct report *r, struct buf *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	json_t *counted = json_object();
	int64_t open = 0, overdue = 0;

	while (report_walk_next(&w)) {
		const json_t *f;
		const char *tbs;

		if (!report_walk_is_live(&w))
			continue;
		f = report_walk_json(&w);
		tbs = report_json_text(f, "certificate.tbs_sha256");
		if (report_json_at(f, "report") == NULL ||
		    strcmp(report_json_text(f, "revocation.status"),
		        "revoked") == 0 ||
		    json_object_get(counted, tbs) != NULL)
			continue;
		json_object_set_new(counted, tbs, json_true());
		open++;
		overdue += report_json_is_overdue(
		    f, report_json_time(r->doc, "run.ended"));
	}
	json_decref(counted);
	single(out, "reports_open",
	    "Certificates reported to their CAs and not revoked.", open);
	single(out, "reports_overdue",
	    "Of these, the certificates past their revocation deadline.",
	    overdue);
}

/* Return the expiry of the newest expected certificate of each key. */
static json_t *
expiries(const struct report *r)
{
	struct report_walk w = report_walk(r, STORE_ITEM_EXPECTED);
	json_t *out = json_object();

	while (report_json_count(r->doc, "pins") > 0 && report_walk_next(&w)) {
		const json_t *c = report_walk_json(&w);
		const char *spki = report_json_text(c, "spki_sha256");
		int64_t end = report_json_time(c, "not_after");

		if (end > json_integer_value(json_object_get(out, spki)))
			json_object_set_new(out, spki, json_integer(end));
	}
	return out;
}

/* The expiry of a pin is that of the newest certificate with its key. */
static void
add_pins(const struct report *r, struct buf *out)
{
	const json_t *doc = r->doc;
	json_t *pin, *ends = expiries(r);
	size_t i;

	family(out, "pin_expiry_timestamp_seconds",
	    "Expiry of the newest certificate seen with this key.");
	json_array_foreach(report_json_at(doc, "pins"), i, pin) {
		const char *spki =
		    report_json_text(pin, "spki") + strlen("sha256/");
		int64_t end = json_integer_value(json_object_get(ends, spki));

		if (end == 0)
			continue;
		buf_add_text(out, "ctwatch_pin_expiry_timestamp_seconds");
		label(out, "{", "pin", report_json_text(pin, "id"));
		label(out, ",", "state", report_json_text(pin, "state"));
		buf_printf(out, "} %" PRId64 "\n", end / TIME_SECOND);
	}
	json_decref(ends);
	if (report_json_time(doc, "run.pinset.expires") != 0)
		single(out, "pinset_expiry_timestamp_seconds",
		    "Expiry of the pinset.",
		    report_json_time(doc, "run.pinset.expires") / TIME_SECOND);
}

void
write_prometheus(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	struct report_sums sum;
	int64_t success = last_success(r, style->store);

	report_sums_load(r, &sum);
	family(out, "info", "Version of ctwatch and of the pinset.");
	buf_add_text(out, "ctwatch_info");
	label(out, "{", "version", report_json_text(r->doc, "run.version"));
	label(out, ",", "pinset", report_json_text(r->doc, "run.pinset.name"));
	buf_printf(out, ",pinset_version=\"%" PRId64 "\"} 1\n",
	    report_json_int(r->doc, "run.pinset.version"));
	single(out, "run_timestamp_seconds", "End of the last run.",
	    report_json_time(r->doc, "run.ended") / TIME_SECOND);
	single(out, "run_exit_status", "Exit status of the last run.",
	    report_exit_status(r));
	if (success != 0)
		single(out, "success_timestamp_seconds",
		    "Time of the last run that read and verified every log.",
		    success / TIME_SECOND);
	single(out, "read_entries", "Entries read in the last run.",
	    report_json_int(r->doc, "totals.entries"));
	single(out, "expected_certificates", "Expected certificates.",
	    (int64_t)report_walk_count(r, STORE_ITEM_EXPECTED));
	add_findings(&sum, out);
	add_reports(r, out);
	add_coverage(r->doc, &sum, out);
	add_pins(r, out);
}
