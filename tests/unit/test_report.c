/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/collect.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/wire/cert.h>

#include "../support/make_cert.h"
#include "../support/test_state.h"

#define STARTED INT64_C(1795226400000) /* 2026-11-21T02:00:00Z */
#define ENDED   (STARTED + 372 * TIME_SECOND)

static const uint8_t log_a[SHA256_SIZE] = { 0xaa };
static const uint8_t log_b[SHA256_SIZE] = { 0xbb };

/* Real certificates; each is what one part of the report is about. */
static const char *const files[] = {
	"certs/valid/chromium-3472e4f16c570e0dd388aaaa4a64a34a4b939f1c.der",
	"certs/valid/ct-issuers-additional.certs.der",
	"certs/valid/ct-issuers-badssl-intermediate-cert.der",
	"certs/valid/ct-issuers-e2m03.der"
};
static uint8_t tbs[4][SHA256_SIZE], spki[4][SHA256_SIZE];

static void
add_log(struct store *s, const uint8_t *id, uint64_t verified)
{
	struct store_log log = { .next = 100, .verified = verified };

	memcpy(log.id, id, SHA256_SIZE);
	log.description = (char *)(uintptr_t) "A log";
	CHECK(store_log_save(s, &log));
}

static void
add_sighting(struct store *s, size_t i, const uint8_t *log, uint64_t index,
    int64_t timestamp)
{
	struct bytes der = test_data(files[i]);
	struct store_cert c = { .kind = LEAF_X509,
		.der = der,
		.first_seen = STARTED,
		.last_seen = STARTED };
	struct store_sighting at = { .index = index,
		.timestamp = (uint64_t)timestamp,
		.kind = LEAF_X509,
		.leaf_hash = { (uint8_t)(index + 1) } };
	struct cert cert;

	CHECK(cert_parse(der, &cert) == CERT_OK);
	cert_tbs_hash(&cert, tbs[i]);
	cert_pin(&cert, spki[i]);
	memcpy(c.tbs_sha256, tbs[i], SHA256_SIZE);
	memcpy(at.tbs_sha256, tbs[i], SHA256_SIZE);
	memcpy(at.log_id, log, SHA256_SIZE);
	CHECK(store_sighting_add(s, &c, &at));
	free((void *)(uintptr_t)der.p);
}

static void
add_finding(struct store *s, char id, const char *rule, int severity,
    const uint8_t *about, int64_t run, enum store_status status)
{
	struct store_finding f = { .severity = severity,
		.status = status,
		.rule = (char *)(uintptr_t)rule,
		.subject = (char *)(uintptr_t) "**.example.com",
		.message = (char *)(uintptr_t) "what \xc3\xbc \xff happened",
		.detail =
		    (char *)(uintptr_t) "{\"watched\":[\"**.example.com\"],"
		                        "\"matched_names\":[\"x\", 7],"
		                        "\"notes\":\"no array\"}",
		.first_seen = STARTED - (3 - run) * TIME_DAY,
		.last_seen = STARTED,
		.first_run = run,
		.last_run = run };

	memset(f.id, id, sizeof f.id - 1);
	if (about != NULL)
		memcpy(f.tbs_sha256, about, SHA256_SIZE);
	CHECK(store_finding_save(s, &f));
}

/*
 * Two runs before, one now.  Certificate 0 has a critical finding that is
 * new, 1 two older ones, 2 only a note, 3 a retired key that is suppressed.
 */
static void
fill(struct store *s)
{
	CHECK(store_run_begin(s, STARTED - 2 * TIME_DAY) == 1);
	CHECK(store_run_begin(s, STARTED - TIME_DAY) == 2);
	CHECK(store_run_begin(s, STARTED) == 3);
	add_log(s, log_a, 50);
	add_log(s, log_b, 0);
	add_sighting(s, 0, log_b, 7, STARTED - 5 * TIME_HOUR);
	add_sighting(s, 0, log_a, 60, STARTED - 7 * TIME_HOUR);
	add_sighting(s, 1, log_a, 10, STARTED - 30 * TIME_HOUR);
	add_sighting(s, 1, log_b, 11, STARTED - 29 * TIME_HOUR);
	add_sighting(s, 2, log_a, 20, STARTED - 9 * TIME_HOUR);
	add_sighting(s, 3, log_a, 30, STARTED - 8 * TIME_HOUR);
	add_finding(s, 'b', "CTW001", RULES_CRITICAL, tbs[0], 3, STORE_NEW);
	add_finding(s, 'a', "CTW002", RULES_CRITICAL, tbs[1], 2, STORE_OPEN);
	add_finding(s, 'c', "CTW001", RULES_HIGH, tbs[1], 2, STORE_OPEN);
	add_finding(s, 'd', "CTW013", RULES_NOTE, tbs[2], 3, STORE_NEW);
	add_finding(s, 'e', "CTW006", RULES_HIGH, tbs[3], 2, STORE_SUPPRESSED);
	add_finding(s, 'f', "CTW071", RULES_MEDIUM, NULL, 3, STORE_NEW);
	CHECK(store_rejected_add(s,
	    &(struct store_rejected){ .log_id = { 0xaa },
	        .index = 5,
	        .reason = "not-der",
	        .match = "<x>",
	        .leaf_input = bytes_of("leaf"),
	        .seen = STARTED }));
	CHECK(store_rejected_add(s,
	    &(struct store_rejected){ .log_id = { 0xaa },
	        .index = 4,
	        .reason = "not-der",
	        .seen = STARTED - 1 }));
	CHECK(store_commit(s));
}

/* A pinset that owns the domain and has the key of certificate 2. */
static void
make_pinset(struct pinset *p, struct pinset_key *key, struct pinset_domain *d)
{
	static size_t first = 0;

	*key = (struct pinset_key){ .id = (char *)(uintptr_t) "web",
		.state = PINSET_ACTIVE };
	memcpy(key->spki_sha256, spki[2], SHA256_SIZE);
	*d = (struct pinset_domain){ .pattern =
		                         (char *)(uintptr_t) "**.example.com",
		.keys = &first,
		.n_keys = 1,
		.owner = (char *)(uintptr_t) "web team",
		.contact = (char *)(uintptr_t) "web@example.com" };
	*p = (struct pinset){ .name = (char *)(uintptr_t) "example",
		.version = 42,
		.sha256 = { 1 },
		.keys = key,
		.n_keys = 1,
		.domains = d,
		.n_domains = 1 };
}

static struct report *
build(struct store *s, int exit_status, enum rules_severity fail_on)
{
	const struct report_range unread = { 100, 120 };
	const struct report_log log = { .log_id = { 0xaa },
		.description = "A \x1b[2J log",
		.operator= "O",
		.next_entry = 100,
		.has_head = true,
		.tree_size = 120,
		.lag = 90000,
		.status = REPORT_PARTIAL,
		.reason = "time",
		.unread = &unread,
		.n_unread = 1 };
	struct pinset_domain d;
	struct pinset_key key;
	struct pinset p;
	struct report *r;

	make_pinset(&p, &key, &d);
	r = report_build(&(struct report_input){ .run = 3,
	                     .started = STARTED,
	                     .ended = ENDED,
	                     .elapsed = 372500,
	                     .keep = true,
	                     .version = "1",
	                     .exit_status = exit_status,
	                     .fail_on = fail_on,
	                     .pinset = &p,
	                     .watched = 1,
	                     .logs = &log,
	                     .n_logs = 1 },
	    s);
	CHECK(r != NULL);
	return r;
}

/* Return the whole document of r, which is freed. */
static struct report *
whole(struct report *r)
{
	struct report_style style = { .colour = false };
	struct report *out;
	struct buf text, error;

	buf_init(&text, 1 << 20);
	buf_init(&error, 1000);
	report_writer("json")->write(r, &style, &text);
	out = report_load(buf_view(&text), &error);
	CHECK(out != NULL);
	buf_fini(&text);
	buf_fini(&error);
	report_free(r);
	return out;
}

static bool
text_is(const json_t *v, const char *path, const char *want)
{
	if (strcmp(report_json_text(v, path), want) != 0)
		fprintf(stderr, "%s: %s\n", path, report_json_text(v, path));
	return strcmp(report_json_text(v, path), want) == 0;
}

/* Most severe first, then by the first sighting, whatever the store says. */
static void
orders_findings(const struct report *r)
{
	static const char order[] = "abcefd";

	CHECK(report_json_count(r->doc, "findings") == 6);
	for (size_t i = 0; i < 6; i++)
		CHECK(*report_json_text(report_json_item(r->doc, "findings", i),
		          "id") == order[i]);
}

static void
distinguishes_new_and_open(const struct report *r)
{
	CHECK(
	    text_is(report_json_item(r->doc, "findings", 0), "status", "open"));
	CHECK(
	    text_is(report_json_item(r->doc, "findings", 1), "status", "new"));
	CHECK(text_is(
	    report_json_item(r->doc, "findings", 3), "status", "suppressed"));
}

/* Certificate 0 was logged twice, both times above what is verified. */
static void
takes_times_and_proof_from_the_logs(const struct report *r)
{
	const json_t *f = report_json_item(r->doc, "findings", 1);
	char hex[2 * SHA256_SIZE + 1];

	CHECK(text_is(f, "first_seen", "2026-11-20T19:00:00Z"));
	CHECK(text_is(f, "last_seen", "2026-11-20T21:00:00Z"));
	CHECK(report_json_count(f, "sightings") == 2 &&
	    !report_json_true(f, "verified"));
	CHECK(report_json_true(
	    report_json_item(r->doc, "findings", 0), "verified"));
	text_hex((struct bytes){ tbs[0], SHA256_SIZE }, hex);
	CHECK(text_is(f, "certificate.tbs_sha256", hex));
	/* About no certificate: as the store has it. */
	f = report_json_item(r->doc, "findings", 4);
	CHECK(json_is_null(report_json_at(f, "certificate")));
	CHECK(text_is(f, "first_seen", "2026-11-21T02:00:00Z"));
}

static void
escapes_text_of_logs(const struct report *r)
{
	const json_t *f = report_json_item(r->doc, "findings", 0);

	CHECK(text_is(f, "message", "what \xc3\xbc \\xff happened"));
	CHECK(text_is(report_json_item(r->doc, "coverage.logs", 0),
	    "description", "A \\x1b[2J log"));
	/* A detail of another shape is not taken. */
	CHECK(report_json_count(f, "matched_names") == 1 &&
	    report_json_count(f, "notes") == 0);
}

static void
names_the_owner(const struct report *r)
{
	const json_t *f = report_json_item(r->doc, "findings", 0);

	CHECK(text_is(f, "owner.name", "web team"));
	CHECK(text_is(f, "owner.contact", "web@example.com"));
}

/* Only certificate 2: the others have findings, be they suppressed. */
static void
lists_what_is_expected(const struct report *r)
{
	const json_t *c = report_json_item(r->doc, "expected", 0);
	char hex[2 * SHA256_SIZE + 1];

	CHECK(report_json_count(r->doc, "expected") == 1);
	text_hex((struct bytes){ tbs[2], SHA256_SIZE }, hex);
	CHECK(text_is(c, "tbs_sha256", hex));
	CHECK(text_is(c, "pin.id", "web"));
	CHECK(text_is(c, "pin.state", "active"));
	CHECK(report_json_count(c, "sightings") == 1);
}

static void
lists_what_this_run_refused(const struct report *r)
{
	CHECK(report_json_count(r->doc, "refused") == 1);
	CHECK(text_is(
	    report_json_item(r->doc, "refused", 0), "possible_match", "<x>"));
}

static void
covers(const struct report *r)
{
	const json_t *log = report_json_item(r->doc, "coverage.logs", 0);

	CHECK(report_json_int(log, "lag_entries") == 20);
	CHECK(report_json_int(log, "lag_seconds") == 90);
	CHECK(text_is(log, "status", "partial"));
	CHECK(json_integer_value(json_array_get(
	          report_json_item(log, "unread", 0), 1)) == 120);
}

static void
adds_the_exit_status(struct store *s)
{
	static const struct {
		int bits;
		enum rules_severity fail_on;
		int want;
		const char *outcome;
	} cases[] = {
		{ 0, RULES_CRITICAL, 1, "findings" },
		{ 2, RULES_HIGH, 3, "findings" },
		{ 6, RULES_HIGH, 7, "misbehaving" },
		{ 32, RULES_HIGH, 33, "failed" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct report *r = build(s, cases[i].bits, cases[i].fail_on);

		CHECK(report_exit_status(r) == cases[i].want);
		CHECK(text_is(r->doc, "run.outcome", cases[i].outcome));
		report_add_exit(r, 16);
		CHECK(report_exit_status(r) == cases[i].want + 16);
		report_free(r);
	}
}

/* Stored, and written again: the same bytes; and as a period. */
static void
is_loaded_as_it_was_saved(struct store *s)
{
	const struct report_writer *w = report_writer("json");
	const struct report_style style = { .store = s };
	struct report *r = build(s, 2, RULES_HIGH), *again, *period;
	struct buf a, b, error;

	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	buf_init(&error, 1000);
	w->write(r, &style, &a);
	CHECK(report_save(r, s, ENDED) && store_commit(s));
	again = report_stored(s, 0, &error);
	CHECK(again != NULL);
	w->write(again, &style, &b);
	CHECK(bytes_equal(buf_view(&a), buf_view(&b)));
	period = whole(report_period(again, s, STARTED - 36 * TIME_HOUR));
	CHECK(report_json_count(period->doc, "period.runs") == 1);
	CHECK(report_json_count(period->doc, "findings") == 6);
	CHECK(text_is(
	    report_json_item(period->doc, "findings", 0), "status", "new"));
	CHECK(report_json_count(period->doc, "refused") == 2);
	report_free(period);
	report_free(again);
	report_free(r);
	buf_fini(&a);
	buf_fini(&b);
	buf_fini(&error);
}

static void
refuses_other_documents(void)
{
	static const char *const bad[] = { "", "{", "[]", "{\"format\": 1}",
		"{\"format\": \"ctwatch-report/2\"}" };
	struct buf error;

	buf_init(&error, 1000);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_clear(&error);
		CHECK(report_load(bytes_of(bad[i]), &error) == NULL);
		CHECK(error.n > 0);
	}
	buf_fini(&error);
}

/* A validity that begins with 1970, which is no date that is missing. */
static void
shows_the_first_day_of_1970(void)
{
	EVP_PKEY *key = make_cert_key();
	struct bytes der = make_cert_der(&(struct make_cert){ .key = key,
	    .ca_key = key,
	    .names = "DNS:a.example",
	    .not_before = 1 });
	struct store_cert cert = { .kind = LEAF_X509, .der = der };
	int64_t not_after;
	json_t *doc = collect_certificate(&cert, &not_after);

	CHECK(strcmp(report_json_text(doc, "not_before"),
	          "1970-01-01T00:00:00Z") == 0);
	json_decref(doc);
	make_cert_free(der);
	EVP_PKEY_free(key);
}

static void
reports_the_age_of_a_list(void)
{
	static const struct {
		int64_t age;
		const char *text;
	} cases[] = {
		{ 0, ": 1 log, less than an hour old" },
		{ TIME_HOUR - 1, ": 1 log, less than an hour old" },
		{ TIME_HOUR, ": 1 log, 1 hour old" },
		{ 2 * TIME_HOUR, ": 1 log, 2 hours old" },
		{ 2 * TIME_DAY, ": 1 log, 2 days old" },
	};
	json_t *list = json_pack(
	    "{s:i, s:s}", "logs", 1, "fetched", "2026-11-21T02:00:00Z");
	struct buf b;

	buf_init(&b, 200);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&b);
		report_json_list_describe(list, STARTED + cases[i].age, &b);
		CHECK(strcmp(buf_text(&b), cases[i].text) == 0);
	}
	buf_fini(&b);
	json_decref(list);
}

int
main(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct report *r;

	shows_the_first_day_of_1970();
	reports_the_age_of_a_list();
	fill(s);
	r = whole(build(s, 0, RULES_HIGH));
	orders_findings(r);
	distinguishes_new_and_open(r);
	takes_times_and_proof_from_the_logs(r);
	escapes_text_of_logs(r);
	names_the_owner(r);
	lists_what_is_expected(r);
	lists_what_this_run_refused(r);
	covers(r);
	report_free(r);
	adds_the_exit_status(s);
	is_loaded_as_it_was_saved(s);
	refuses_other_documents();
	store_close(s);
	tmpdir_remove(dir);
	return 0;
}
