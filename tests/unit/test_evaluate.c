/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored is judged again when the pinset changes, and what holds no
 * more is closed with the reason. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/store/journal.h>

#include "../support/judged_certs.h"

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

static void
a_new_finding_is_open_in_the_next_run(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

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
a_pinset_that_expects_the_key_closes_the_finding(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key(), *other = make_cert_key();

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
findings_of_names_no_longer_watched_close(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

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
certificates_expired_before_the_last_run_are_closed_at_once(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key(), *other = make_cert_key();

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
certificates_expired_since_the_last_run_are_reported_once(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

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

/* Where no run was complete, everything that is found is reported. */
static void
the_first_run_reports_expired_certificates(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

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
the_status_that_a_user_set_is_kept(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key(), *other = make_cert_key();
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
a_finding_lists_the_matching_names(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();
	int seen = 0;

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	CHECK(store_findings_each(n.s, check_detail, &seen) && seen == 1);
	end(&n);
	EVP_PKEY_free(key);
}

/* The first certificate of a name has no new issuer and renews nothing. */
static void
renewals_and_new_issuers_need_an_earlier_certificate(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key(), *ca = make_cert_key(),
	         *other = make_cert_key();

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
	EVP_PKEY *key = make_cert_key();
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
a_finding_that_a_wrong_clock_closed_reopens(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

	see(&n, key, "www.example.com", 0, 90, 1);
	run(&n, 1, "CTW000 new;");
	run(&n, 100, "CTW000 closed expired;");
	run(&n, 2, "CTW000 open;");
	CHECK(closings(&n) == 1);
	run(&n, 91, "CTW000 closed expired;");
	end(&n);
	EVP_PKEY_free(key);
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
time_is_limited_by_the_newest_heads(void)
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

int
main(void)
{
	a_new_finding_is_open_in_the_next_run();
	a_pinset_that_expects_the_key_closes_the_finding();
	findings_of_names_no_longer_watched_close();
	certificates_expired_before_the_last_run_are_closed_at_once();
	certificates_expired_since_the_last_run_are_reported_once();
	the_first_run_reports_expired_certificates();
	the_status_that_a_user_set_is_kept();
	a_finding_lists_the_matching_names();
	renewals_and_new_issuers_need_an_earlier_certificate();
	a_certificate_is_one_finding();
	a_finding_that_a_wrong_clock_closed_reopens();
	time_is_limited_by_the_newest_heads();
	return 0;
}
