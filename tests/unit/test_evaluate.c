/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored is judged again when the pinset changes, and what holds no
 * more is closed with the reason. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/store/journal.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"
#include "../support/test_state.h"

#define DAY1 (INT64_C(20000) * TIME_DAY)

static const uint8_t log_id[SHA256_SIZE] = { 1 };

/* ---- runs over one store ---- */

/* A store with one log, and the watch list and pinset that judge it. */
struct fixture {
	char *dir;
	struct store *s;
	struct watch *w;
	struct pinset *p;
	int64_t run;
	uint64_t entries;
	uint8_t last_tbs[SHA256_SIZE]; /* of see_with */
};

static void
watch_only(struct fixture *n, const char *item)
{
	struct buf error;

	buf_init(&error, 4096);
	watch_free(n->w);
	n->w = watch_new();
	CHECK(watch_add(n->w, bytes_of(item), &error));
	watch_build(n->w);
	buf_fini(&error);
}

static struct fixture
begin(void)
{
	struct fixture n = { .dir = tmpdir_new() };
	struct store_log log = { .next = 1000, .verified = 1000 };

	n.s = state_open(n.dir, STORE_RUN);
	memcpy(log.id, log_id, SHA256_SIZE);
	CHECK(store_log_save(n.s, &log));
	watch_only(&n, ".example.com");
	return n;
}

static void
end(struct fixture *n)
{
	state_end(n->s);
	watch_free(n->w);
	pinset_free(n->p);
	tmpdir_remove(n->dir);
}

/* A pinset of two keys: the one given, in that state, and a backup. */
static void
pin(struct fixture *n, EVP_PKEY *key, const char *state)
{
	char text[PINSET_PIN_TEXT];
	uint8_t spki[SHA256_SIZE];

	mint_pin(key, spki);
	pinset_pin_format(spki, text);
	pinset_free(n->p);
	n->p = pins_parse(mem_printf(
	    "{'format': 'ctwatch-pinset/1', 'name': 't', 'version': 1,"
	    " 'keys': [{'id': 'web', 'spki': '%s', 'state': '%s'},"
	    " {'id': 'spare', 'state': 'active', 'spki':"
	    " 'sha256/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA='}],"
	    " 'domains': [{'pattern': '**.example.com',"
	    " 'keys': ['spare'%s]}]}",
	    text, state, strcmp(state, "compromised") == 0 ? "" : ", 'web'"));
}

/* ---- certificates ---- */

static struct bytes
make(EVP_PKEY *key, const char *host, int from, int to)
{
	char *names = mem_printf("DNS:%s", host);
	struct bytes der = mint_cert(&(struct mint){ .key = key,
	    .ca_key = key,
	    .serial = 7,
	    .subject = host,
	    .names = names,
	    .not_before = DAY1 + from * TIME_DAY,
	    .seconds = (to - from) * TIME_DAY / TIME_SECOND });

	free(names);
	return der;
}

/* Store a certificate and a sighting of it. */
static void
add(struct fixture *n, struct store_cert *c, const struct cert *cert, int from,
    int day)
{
	struct store_sighting at = { .log_id = { 1 },
		.index = n->entries++,
		.kind = c->kind,
		.timestamp = (uint64_t)(DAY1 + from * TIME_DAY) };

	c->first_seen = c->last_seen = DAY1 + day * TIME_DAY + TIME_HOUR;
	cert_tbs_hash(cert, c->tbs_sha256);
	memcpy(at.tbs_sha256, c->tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(n->s, c, &at));
}

/* Log a precertificate of this CA for these names, logged on a day. */
static void
see_of(
    struct fixture *n, EVP_PKEY *key, EVP_PKEY *ca, const char *names, int day)
{
	struct bytes der = mint_tbs(&(struct mint){ .key = key,
	    .ca_key = ca,
	    .names = names,
	    .not_before = DAY1 + day * TIME_DAY });
	struct store_cert c = { .kind = LEAF_PRECERT, .der = der };
	struct cert cert;

	mint_pin(ca, c.issuer_key_hash);
	CHECK(cert_parse_tbs(der, &cert) == CERT_OK);
	add(n, &c, &cert, day, day);
	mint_free(der);
}

/* Log a certificate for host, valid from day to day, as seen on a day. */
static void
see(struct fixture *n, EVP_PKEY *key, const char *host, int from, int to,
    int day)
{
	struct bytes der = make(key, host, from, to);
	struct store_cert c = { .kind = LEAF_X509, .der = der };
	struct cert cert;

	CHECK(cert_parse(der, &cert) == CERT_OK);
	add(n, &c, &cert, from, day);
	mint_free(der);
}

/* ---- what comes of it ---- */

static void
describe(void *arg, const struct store_finding *f)
{
	static const char *const words[] = { "new", "open", "suppressed",
		"closed" };

	/* Rules about what a throw-away certificate lacks are not meant. */
	if (strcmp(f->rule, "CTW018") <= 0 || strcmp(f->rule, "CTW039") == 0)
		buf_printf(arg, "%s %s%s%s;", f->rule, words[f->status],
		    f->reason != NULL ? " " : "",
		    f->reason != NULL ? f->reason : "");
}

static void
findings_are(struct fixture *n, const char *want)
{
	struct buf got;

	buf_init(&got, 4096);
	CHECK(store_findings_each(n->s, describe, &got));
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "%s\n", buf_text(&got));
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
}

/* Judge on a day, and hold the findings against "rule status reason;" each. */
static void
run(struct fixture *n, int day, const char *want)
{
	int64_t now = DAY1 + day * TIME_DAY;

	time_set(now);
	n->run = store_run_begin(n->s, now);
	CHECK(n->run > 0);
	CHECK(evaluate_all(&(struct evaluate_input){ .store = n->s,
	    .pinset = n->p,
	    .trusted = true,
	    .watch = n->w,
	    .now = now + TIME_HOUR,
	    .run = n->run }));
	CHECK(store_run_end(
	    n->s, n->run, now + 2 * TIME_HOUR, 0, bytes_of("{}")));
	findings_are(n, want);
}

static void
count_records(void *arg, const struct journal_record *r)
{
	*(int *)arg += strcmp(r->action, "finding-closed") == 0;
}

static int
closings(struct fixture *n)
{
	int count = 0;

	CHECK(journal_each(n->s, count_records, &count));
	return count;
}

/* ---- the tests ---- */

static void
what_is_new_once_is_open_then(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	run(&n, 2, "CTW000 open;");
	see(&n, key, "www.example.net", 0, 90, 3); /* not watched */
	run(&n, 3, "CTW000 open;");
	CHECK(closings(&n) == 0);
	end(&n);
	EVP_PKEY_free(key);
}

static void
a_pinset_that_comes_to_expect_it_closes_the_finding(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key(), *other = mint_key();

	pin(&n, other, "active");
	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW001 new;");
	pin(&n, key, "active");
	run(&n, 2, "CTW001 closed approved;");
	CHECK(closings(&n) == 1);
	run(&n, 3, "CTW001 closed approved;");
	CHECK(closings(&n) == 1);
	pin(&n, other, "active"); /* only that */
	run(&n, 4, "CTW001 new;");
	run(&n, 5, "CTW001 open;");
	pin(&n, key, "compromised"); /* worse, and another rule's */
	run(&n, 6, "CTW001 closed no longer applies;CTW004 new;");
	end(&n);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void
what_nobody_watches_any_more_applies_no_longer(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	watch_only(&n, ".example.org");
	run(&n, 2, "CTW000 closed no longer applies;");
	watch_only(&n, ".example.com");
	run(&n, 3, "CTW000 new;");
	end(&n);
	EVP_PKEY_free(key);
}

/* A certificate that expired before the last run is not reported. */
static void
what_had_ended_before_the_last_run_is_closed_from_the_start(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key(), *other = mint_key();

	run(&n, 10, "");
	run(&n, 20, "");
	see(&n, key, "www.example.com", 0, 19, 30);
	run(&n, 30, "CTW000 closed expired;");
	CHECK(closings(&n) == 1);
	/* Nor does it when it is judged again and found worse. */
	pin(&n, other, "active");
	run(&n, 31, "CTW001 closed expired;CTW000 closed expired;");
	end(&n);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* One that was valid only between two runs is reported once. */
static void
what_ended_since_the_last_run_alarms_once(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	run(&n, 10, "");
	run(&n, 20, "");
	see(&n, key, "www.example.com", 22, 28, 30);
	run(&n, 30, "CTW000 new;");
	run(&n, 31, "CTW000 closed expired;");
	CHECK(closings(&n) == 1);
	run(&n, 32, "CTW000 closed expired;");
	see(&n, key, "www.example.com", 22, 28, 33); /* in another log */
	run(&n, 33, "CTW000 closed expired;");
	CHECK(closings(&n) == 1);
	end(&n);
	EVP_PKEY_free(key);
}

/* Where no run was complete, everything that is found is told. */
static void
the_first_run_tells_of_what_has_ended(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	see(&n, key, "www.example.com", -90, -1, 1);
	run(&n, 1, "CTW000 new;");
	run(&n, 2, "CTW000 closed expired;");
	end(&n);
	EVP_PKEY_free(key);
}

static void
note_id(void *arg, const struct store_finding *f)
{
	snprintf(arg, 2 * SHA256_SIZE + 1, "%s", f->id);
}

static void
what_people_decided_stands(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key(), *other = mint_key();
	char id[2 * SHA256_SIZE + 1];

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	CHECK(store_findings_each(n.s, note_id, id));
	CHECK(store_finding_status(
	    n.s, id, STORE_SUPPRESSED, DAY1 + 5 * TIME_DAY, "known"));
	watch_only(&n, ".com"); /* another pattern, the same finding */
	run(&n, 2, "CTW000 suppressed known;");
	watch_only(&n, ".example.com");
	run(&n, 3, "CTW000 suppressed known;");
	CHECK(
	    store_finding_status(n.s, id, STORE_CLOSED, 0, "by hand: a test"));
	pin(&n, other, "active");
	run(&n, 4, "CTW001 new;CTW000 closed by hand: a test;");
	pinset_free(n.p);
	n.p = NULL;
	run(&n, 5,
	    "CTW001 closed no longer applies;"
	    "CTW000 closed by hand: a test;");
	end(&n);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void
check_detail(void *arg, const struct store_finding *f)
{
	json_t *d;

	if (strcmp(f->rule, "CTW000") != 0)
		return;
	d = json_loads(f->detail, 0, NULL);
	++*(int *)arg;
	CHECK(json_is_object(d));
	CHECK(strcmp(f->subject, ".example.com") == 0);
	CHECK(json_array_size(json_object_get(d, "watched")) == 1);
	CHECK(strcmp(json_string_value(
	                 json_array_get(json_object_get(d, "watched"), 0)),
	          ".example.com") == 0);
	CHECK(json_array_size(json_object_get(d, "matched_names")) == 1);
	CHECK(strcmp(json_string_value(json_array_get(
	                 json_object_get(d, "matched_names"), 0)),
	          "www.example.com") == 0);
	CHECK(json_array_size(json_object_get(d, "matches")) == 2);
	CHECK(strcmp(
	          json_string_value(json_object_get(
	              json_array_get(json_object_get(d, "matches"), 0), "how")),
	          "subtree") == 0);
	CHECK(json_array_size(json_object_get(d, "notes")) == 0);
	json_decref(d);
}

static void
a_finding_says_what_met(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();
	int seen = 0;

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	CHECK(store_findings_each(n.s, check_detail, &seen) && seen == 1);
	end(&n);
	EVP_PKEY_free(key);
}

/* The first certificate of a name has no new issuer and renews nothing. */
static void
what_is_new_for_a_name_needs_an_earlier_certificate(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key(), *ca = mint_key(), *other = mint_key();

	see_of(&n, key, ca, "DNS:a.example.com", 1);
	see_of(&n, key, other, "DNS:b.example.com", 1);
	run(&n, 1, "CTW000 new;CTW000 new;");
	see_of(&n, key, ca, "DNS:A.example.com.", 2);
	run(&n, 2, "CTW000 open;CTW000 open;CTW000 new;");
	see_of(&n, key, other, "DNS:a.example.com", 3);
	run(&n, 3,
	    "CTW000 open;CTW000 open;CTW000 open;CTW000 new;CTW015 new;");
	end(&n);
	/* A renewal is one for the same name. */
	n = begin();
	pin(&n, key, "active");
	see_of(&n, key, ca, "DNS:a.example.com", 1);
	see_of(&n, key, ca, "DNS:b.example.com", 2);
	run(&n, 3, "");
	see_of(&n, key, ca, "DNS:b.example.com", 4);
	run(&n, 4, "CTW013 new;");
	end(&n);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca);
	EVP_PKEY_free(other);
}

static void
check_joined(void *arg, const struct store_finding *f)
{
	json_t *d = json_loads(f->detail, 0, NULL);

	if (strcmp(f->rule, "CTW000") == 0) {
		++*(int *)arg;
		CHECK(json_array_size(json_object_get(d, "watched")) == 2);
		CHECK(json_array_size(json_object_get(d, "matched_names")) ==
		    LIMIT_FINDING_NAMES);
		CHECK(json_array_size(json_object_get(d, "matches")) ==
		    LIMIT_FINDING_NAMES);
		CHECK(json_integer_value(json_object_get(d, "matched_count")) ==
		    LIMIT_FINDING_NAMES + 1);
		CHECK(strstr(f->message, " and 100 more: ") != NULL);
	}
	json_decref(d);
}

/* However many patterns a certificate meets, it is one finding, and lists a
 * bounded number of names. */
static void
a_certificate_is_one_finding(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();
	struct buf names, error;
	int seen = 0;

	buf_init(&names, 1u << 20);
	buf_init(&error, 4096);
	for (int i = 0; i <= LIMIT_FINDING_NAMES; i++)
		buf_printf(&names, "%sDNS:h%d.example.%s", i > 0 ? "," : "", i,
		    i % 2 == 0 ? "com" : "org");
	watch_free(n.w);
	n.w = watch_new();
	CHECK(watch_add(n.w, bytes_of(".example.com"), &error));
	CHECK(watch_add(n.w, bytes_of(".example.org"), &error));
	watch_build(n.w);
	see_of(&n, key, key, buf_text(&names), 1);
	run(&n, 1, "CTW000 new;");
	CHECK(store_findings_each(n.s, check_joined, &seen) && seen == 1);
	buf_fini(&names);
	buf_fini(&error);
	end(&n);
	EVP_PKEY_free(key);
}

/* A clock that was ahead has closed it: it is open once the clock is right. */
static void
what_has_not_expired_opens_again(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	run(&n, 100, "CTW000 closed expired;");
	run(&n, 2, "CTW000 open;");
	CHECK(closings(&n) == 1);
	run(&n, 91, "CTW000 closed expired;");
	end(&n);
	EVP_PKEY_free(key);
}

/* Log an entry for the leaf's names, with a precertificate for others; notes
 * are those of the entry. */
static void
see_with(struct fixture *n, EVP_PKEY *key, const char *leaf_names,
    const char *names, unsigned notes)
{
	struct mint m = { .key = key,
		.ca_key = key,
		.names = leaf_names,
		.serial = 7,
		.not_before = DAY1 };
	struct bytes tbs = mint_tbs(&m), precert;
	struct store_cert c = { .kind = LEAF_PRECERT,
		.der = tbs,
		.first_seen = DAY1,
		.last_seen = DAY1 };
	struct store_sighting at = { .log_id = { 1 },
		.index = n->entries++,
		.kind = LEAF_PRECERT,
		.notes = notes,
		.timestamp = DAY1 };
	struct cert cert;

	m.names = names;
	precert = mint_cert(&m);
	c.precert = precert;
	CHECK(cert_parse_tbs(tbs, &cert) == CERT_OK);
	cert_tbs_hash(&cert, c.tbs_sha256);
	memcpy(at.tbs_sha256, c.tbs_sha256, SHA256_SIZE);
	memcpy(n->last_tbs, c.tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(n->s, &c, &at));
	mint_free(tbs);
	mint_free(precert);
}

static void
see_beside(
    struct fixture *n, EVP_PKEY *key, const char *leaf_names, const char *names)
{
	see_with(n, key, leaf_names, names, STORE_NOTE_PRECERT);
}

static void
a_precertificate_that_has_other_names_is_told_of(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	see_beside(&n, key, "DNS:www.example.net", "DNS:ours.example.com");
	see_beside(&n, key, "DNS:www.example.net", "DNS:www.example.org");
	run(&n, 1, "CTW039 new;");
	run(&n, 2, "CTW039 open;");
	end(&n);
	n = begin();
	see_beside(&n, key, "DNS:b.example.com", "DNS:b.example.com");
	run(&n, 1, "CTW000 new;");
	EVP_PKEY_free(key);
	end(&n);
}

/* Save a proved head of log i, of this day. */
static void
sign(struct fixture *n, uint8_t i, int day, const char *url)
{
	struct store_log log = { .id = { i }, .url = (char *)(uintptr_t)url };
	struct store_head head = { .log_id = { i },
		.head = { .size = 1,
		    .timestamp = (uint64_t)(DAY1 + day * TIME_DAY) },
		.state = STORE_HEAD_PROVED };

	CHECK(store_log_save(n->s, &log));
	CHECK(store_head_save(n->s, &head));
}

static void
time_runs_no_further_than_the_heads(void)
{
	struct fixture n = begin();
	const int64_t far = DAY1 + 500 * TIME_DAY;

	CHECK(store_head_time(n.s, far) == far);
	sign(&n, 2, 400, "file:///archive/");
	CHECK(store_head_time(n.s, far) == far);
	sign(&n, 3, 10, "https://a.example/");
	CHECK(store_head_time(n.s, far) == DAY1 + 11 * TIME_DAY + TIME_HOUR);
	CHECK(
	    store_head_time(n.s, DAY1 + 11 * TIME_DAY) == DAY1 + 11 * TIME_DAY);
	sign(&n, 4, 11, "https://b.example/");
	CHECK(store_head_time(n.s, far) == DAY1 + 12 * TIME_DAY + TIME_HOUR);
	/* One of three may lie. */
	sign(&n, 5, 490, "https://c.example/");
	CHECK(store_head_time(n.s, far) == DAY1 + 12 * TIME_DAY + TIME_HOUR);
	end(&n);
}

/* ---- serial numbers ---- */

/* How many findings there are of CTW039 and of CTW047. */
struct reused {
	size_t differs, reused;
};

static void
count_reused(void *arg, const struct store_finding *f)
{
	struct reused *n = arg;

	n->differs += strcmp(f->rule, "CTW039") == 0;
	n->reused += strcmp(f->rule, "CTW047") == 0;
	if (strcmp(f->rule, "CTW047") == 0)
		CHECK(strstr(f->detail, "\"watched\": [\".example.com\"]") !=
		        NULL ||
		    strstr(f->detail, "\"watched\":[\".example.com\"]") !=
		        NULL);
}

static void
reused_are(struct fixture *n, int day, size_t differs, size_t reused)
{
	struct reused got = { 0, 0 };

	time_set(DAY1 + day * TIME_DAY);
	n->run = store_run_begin(n->s, DAY1 + day * TIME_DAY);
	CHECK(evaluate_all(&(struct evaluate_input){ .store = n->s,
	    .trusted = true,
	    .watch = n->w,
	    .now = DAY1 + day * TIME_DAY + TIME_HOUR,
	    .run = n->run }));
	CHECK(store_run_end(n->s, n->run, time_now(), 0, bytes_of("{}")));
	CHECK(store_findings_each(n->s, count_reused, &got));
	CHECK(got.differs == differs && got.reused == reused);
}

/* All certificates of `see' have the serial number 7 and one issuer name; those
 * of `see_of' have others. */
static void
a_serial_number_is_of_one_certificate(void)
{
	EVP_PKEY *key = mint_key(), *other = mint_key();
	struct fixture n = begin();
	struct bytes tbs;
	struct store_cert c = { .kind = LEAF_PRECERT };
	struct cert cert;

	see(&n, key, "www.example.com", 0, 90, 0);
	see_of(&n, key, other, "DNS:www.example.com", 1);
	see_of(&n, key, other, "DNS:www.example.com", 2);
	reused_are(&n, 2, 0, 0);
	/* The same certificate again is the same. */
	see(&n, key, "www.example.com", 0, 90, 3);
	reused_are(&n, 3, 0, 0);
	see(&n, other, "www.example.com", 4, 90, 4);
	reused_are(&n, 4, 0, 1);
	tbs = mint_tbs(&(struct mint){ .key = key,
	    .ca_key = other,
	    .serial = 7,
	    .subject = "www.example.com",
	    .names = "DNS:www.example.com",
	    .not_before = DAY1 + 5 * TIME_DAY });
	c.der = tbs;
	mint_pin(other, c.issuer_key_hash);
	CHECK(cert_parse_tbs(tbs, &cert) == CERT_OK);
	add(&n, &c, &cert, 5, 5);
	reused_are(&n, 5, 1, 1);
	mint_free(tbs);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	end(&n);
}

/* The first log serves the leaf's precertificate, the next ones others. */
static void
a_precertificate_beside_a_leaf_that_fits_is_judged(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();

	see_with(&n, key, "DNS:b.example.com", "DNS:b.example.com", 0);
	see_beside(&n, key, "DNS:b.example.com", "DNS:www.example.org");
	see_beside(&n, key, "DNS:b.example.com",
	    "DNS:b.example.com,DNS:ours.example.com");
	reused_are(&n, 1, 1, 0);
	reused_are(&n, 2, 1, 0);
	end(&n);
	EVP_PKEY_free(key);
}

/* A log cannot fill the disk with them. */
static void
other_precertificates_are_bounded(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = mint_key();
	struct bytes rest, der;
	struct buf all;
	size_t kept = 0;

	for (int i = 0; i <= LIMIT_OTHER_PRECERTS; i++) {
		char name[40];

		snprintf(name, sizeof name, "DNS:n%d.example.org", i);
		see_beside(&n, key, "DNS:b.example.com", name);
	}
	buf_init(&all, SIZE_MAX / 2);
	CHECK(store_cert_other_precerts(n.s, n.last_tbs, &all));
	for (rest = buf_view(&all); bytes_vec24(&rest, &der);)
		kept++;
	CHECK(rest.n == 0 && kept == LIMIT_OTHER_PRECERTS);
	buf_fini(&all);
	end(&n);
	EVP_PKEY_free(key);
}

int
main(void)
{
	what_is_new_once_is_open_then();
	a_pinset_that_comes_to_expect_it_closes_the_finding();
	what_nobody_watches_any_more_applies_no_longer();
	what_had_ended_before_the_last_run_is_closed_from_the_start();
	what_ended_since_the_last_run_alarms_once();
	the_first_run_tells_of_what_has_ended();
	what_people_decided_stands();
	a_finding_says_what_met();
	what_is_new_for_a_name_needs_an_earlier_certificate();
	a_certificate_is_one_finding();
	what_has_not_expired_opens_again();
	a_precertificate_that_has_other_names_is_told_of();
	a_precertificate_beside_a_leaf_that_fits_is_judged();
	other_precertificates_are_bounded();
	time_runs_no_further_than_the_heads();
	a_serial_number_is_of_one_certificate();
	return 0;
}
