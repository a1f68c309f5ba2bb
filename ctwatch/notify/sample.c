/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "notify/sample.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_json.h>

#define DIGEST "00000000000000000000000000000000"

/* The report without version and times. */
static const char text[] =
    "{\"format\": \"ctwatch-report/1\", \"test\": true, \"run\": {"
    " \"id\": 1, \"exit_status\": 1, \"outcome\": \"findings\","
    " \"pinset\": {\"name\": \"test\", \"version\": 1, \"sha256\": \"\"},"
    " \"watched\": 1, \"fail_on\": \"high\", \"lists\": []},"
    "\"coverage\": {\"operators_behind\": 0, \"logs\": [{"
    " \"log_id\": \"" DIGEST DIGEST "\", \"description\": \"Test log\","
    " \"operator\": \"Test\", \"type\": \"rfc6962\","
    " \"url\": \"https://log.example.com/\", \"state\": \"usable\","
    " \"first_entry\": 0, \"next_entry\": 1000, \"tree_size\": 1000,"
    " \"lag_entries\": 0, \"lag_seconds\": 0, \"status\": \"complete\","
    " \"verified\": true, \"reason\": null, \"entries_read\": 1000,"
    " \"bytes_read\": 1000000, \"refused\": 0, \"issuers_missing\": 0,"
    " \"unread\": []}]},"
    "\"pins\": [], \"owners\": [], \"expected\": [], \"refused\": [],"
    "\"findings\": [{\"id\": \"test\", \"rule\": \"CTW001\","
    " \"name\": \"unexpected-key\", \"severity\": \"critical\","
    " \"status\": \"new\", \"verified\": true,"
    " \"watched\": [\"test.example.com\"],"
    " \"matched_names\": [\"test.example.com\"], \"matched_count\": 1,"
    " \"message\": \"test.example.com: this is a test, and no such certificate "
    "exists\", \"remediation\": \"Nothing: notifications of ctwatch reach "
    "you.\", \"subject\": \"test.example.com\", \"matches\": [],"
    " \"notes\": [\"this is a test\"], \"owner\": null, \"owners\": [],"
    " \"certificate\": {\"tbs_sha256\": \"" DIGEST DIGEST "\","
    "  \"cert_sha256\": null, \"spki_sha256\":"
    "  \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\","
    "  \"key\": \"EC P-256\", \"subject\": \"CN=test.example.com\","
    "  \"issuer\": \"CN=Test CA,O=Test\", \"serial\": \"01\","
    "  \"names\": [\"test.example.com\"], \"addresses\": [],"
    "  \"other_names\": [], \"notes\": []},"
    " \"sightings\": [{\"log_id\": \"" DIGEST DIGEST "\","
    "  \"index\": 999, \"kind\": \"precert\", \"leaf_hash\": \"\","
    "  \"verified\": true}]}],"
    "\"totals\": {\"entries\": 1000, \"bytes\": 1000000, \"matched\": 1,"
    " \"seconds\": 1.0}}";

struct report *
notify_sample(const char *version)
{
	struct report *r = mem_alloc(1, sizeof *r);
	int64_t now = time_now();
	json_t *run, *finding, *cert;

	r->doc = json_loads(text, 0, NULL);
	run = report_json_at(r->doc, "run");
	finding = report_json_item(r->doc, "findings", 0);
	cert = report_json_at(finding, "certificate");
	json_object_set_new(run, "version", collect_text(version));
	json_object_set_new(run, "started", collect_time(now));
	json_object_set_new(run, "ended", collect_time(now));
	json_object_set_new(finding, "first_seen", collect_time(now));
	json_object_set_new(finding, "last_seen", collect_time(now));
	json_object_set_new(report_json_item(finding, "sightings", 0),
	    "timestamp", collect_time(now - TIME_HOUR));
	json_object_set_new(report_json_item(r->doc, "coverage.logs", 0),
	    "sth_timestamp", collect_time(now));
	json_object_set_new(cert, "not_before", collect_time(now - TIME_HOUR));
	json_object_set_new(
	    cert, "not_after", collect_time(now + 90 * TIME_DAY));
	return r;
}
