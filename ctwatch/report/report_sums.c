/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include <ctwatch/report/report_json.h>
#include <ctwatch/report/report_sums.h>
#include <ctwatch/report/report_walk.h>

static void
sum_finding(const struct report_walk *f, struct report_sums *out)
{
	enum rules_severity s = f->severity;

	if (!report_walk_is_live(f)) {
		if (f->status == STORE_SUPPRESSED)
			out->n_suppressed++;
		else if (f->resolved)
			out->n_resolved++;
		else
			out->n_closed++;
		return;
	}
	if ((int)s > out->worst)
		out->worst = (int)s;
	if (!report_walk_is_new(f)) {
		out->older[s]++;
		out->n_older++;
		return;
	}
	out->fresh[s]++;
	out->n_fresh++;
	if ((int)s > out->worst_fresh)
		out->worst_fresh = (int)s;
}

static void
sum_log(const json_t *log, struct report_sums *out)
{
	const char *status = report_json_text(log, "status");

	if (strcmp(status, "skipped") == 0) {
		out->skipped++;
		return;
	}
	out->logs++;
	out->complete += strcmp(status, "complete") == 0;
	out->partial += strcmp(status, "partial") == 0;
	out->unreachable += strcmp(status, "unreachable") == 0;
	out->misbehaving += strcmp(status, "misbehaving") == 0;
	out->unusable += strcmp(status, "unusable") == 0;
	out->unproved += report_json_is_unproved(log);
	out->entries += report_json_int(log, "entries_read");
	out->lag_entries += report_json_int(log, "lag_entries");
	out->refused += report_json_int(log, "refused");
}

void
report_sums_load(const struct report *r, struct report_sums *out)
{
	struct report_walk w = report_walk(r, STORE_ITEM_FINDING);
	const json_t *doc = r->doc;
	size_t i;
	json_t *v;

	*out = (struct report_sums){
		.worst = -1, .worst_fresh = -1, .list_age = -1
	};
	while (report_walk_next(&w))
		sum_finding(&w, out);
	json_array_foreach(report_json_at(doc, "coverage.logs"), i, v)
		sum_log(v, out);
	json_array_foreach(report_json_at(doc, "run.lists"), i, v) {
		int64_t age =
		    report_json_list_age(v, report_json_time(doc, "run.ended"));

		if (age >= 0 && (out->list_age < 0 || age < out->list_age))
			out->list_age = age;
	}
}

const char *
report_sums_no_findings(const json_t *doc, const struct report_sums *sums)
{
	if (sums->logs == 0)
		return "Unknown: no log was read";
	if (sums->complete < sums->logs)
		return "Unknown: not all entries were read and verified";
	if (report_json_at(doc, "coverage.cover") != NULL ||
	    report_json_count(doc, "coverage.new_items") > 0)
		return "Nothing in the entries that were searched";
	return "Nothing to worry about";
}
