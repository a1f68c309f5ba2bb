/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/store/store_caa.h>

#include "../support/test_state.h"

static void
add(struct store *s, int64_t time, const char *set, const char *domain,
    uint32_t ttl)
{
	struct store_caa c = { .name = (char *)(uintptr_t) "a.example",
		.last = time,
		.domain = (char *)(uintptr_t)domain,
		.set = { (uint8_t *)(uintptr_t)set, strlen(set) },
		.authenticated = time % 2 == 1,
		.ttl = ttl,
		.resolver = (char *)(uintptr_t) "127.0.0.1" };

	CHECK(store_caa_add(s, &c));
}

/* The record that covers that time is "set first-last", or "". */
static void
during(struct store *s, int64_t from, int64_t to, const char *want)
{
	struct store_caa c;
	char *got = mem_strdup("");

	if (store_caa_during(s, "a.example", from, to, &c)) {
		free(got);
		got = mem_printf("%.*s %d-%d", (int)c.set.n, c.set.p,
		    (int)c.first, (int)c.last);
	}
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%d-%d: %s\n", (int)from, (int)to, got);
	CHECK(strcmp(got, want) == 0);
	free(got);
	store_caa_fini(&c);
}

static void
count(void *arg, const struct store_caa *c)
{
	CHECK(strcmp(c->name, "a.example") == 0);
	++*(int *)arg;
}

static void
equal_sets_extend_a_record(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_caa c;
	int n = 0;

	CHECK(!store_caa_last(s, "a.example", &c));
	add(s, 100, "A", "a.example", 60);
	add(s, 201, "A", "a.example", 30);
	CHECK(store_caa_last(s, "a.example", &c));
	CHECK(c.first == 100 && c.last == 201 && c.authenticated);
	CHECK(c.ttl == 60 && strcmp(c.domain, "a.example") == 0);
	store_caa_fini(&c);
	during(s, 100, 201, "A 100-201");
	during(s, 99, 201, "");
	during(s, 100, 202, "");
	add(s, 300, "B", "a.example", 60);
	during(s, 150, 201, "A 100-201");
	during(s, 202, 299, "");
	during(s, 300, 300, "B 300-300");
	/* Another set between two equal ones; the set of another domain. */
	add(s, 400, "A", "a.example", 60);
	add(s, 500, "A", "example", 60);
	add(s, 600, "", "", 0);
	add(s, 700, "", "", 0);
	during(s, 400, 400, "A 400-400");
	during(s, 500, 500, "A 500-500");
	during(s, 600, 650, " 600-700");
	CHECK(store_caa_each(s, count, &n) && n == 1);
	CHECK(!store_caa_last(s, "b.example", &c));
	state_end(s);
	tmpdir_remove(dir);
}

static void
a_clock_set_back_makes_no_false_record(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);

	add(s, 1000, "A", "", 0);
	add(s, 900, "A", "", 0);
	during(s, 950, 1000, "");
	during(s, 1000, 1000, "A 1000-1000");
	add(s, 1200, "A", "", 0);
	add(s, 1100, "B", "", 0);
	/* Two sets at one time: neither is known. */
	during(s, 1050, 1090, "A 1000-1200");
	during(s, 1050, 1100, "");
	state_end(s);
	tmpdir_remove(dir);
}

static void
history_is_limited(void)
{
	char *dir = tmpdir_new(), set[2] = "a";
	struct store *s = state_open(dir, STORE_RUN);

	for (int i = 0; i < LIMIT_CAA_HISTORY; i++) {
		set[0] = i % 2 == 0 ? 'a' : 'b';
		add(s, 10 + i, set, "", 0);
	}
	during(s, 10, 10, "a 10-10");
	add(s, 9000, "c", "", 0);
	during(s, 10, 10, "");
	during(s, 11, 11, "b 11-11");
	state_end(s);
	tmpdir_remove(dir);
}

static void
count_cert(void *arg, const struct store_cert *c)
{
	(void)c;
	++*(int *)arg;
}

static int
certs(struct store *s)
{
	int n = 0;

	CHECK(store_caa_certs_each(s, "CTW014", count_cert, &n));
	return n;
}

static void
certificates_are_judged_once(void)
{
	char *dir = tmpdir_new();
	struct store *s = state_open(dir, STORE_RUN);
	struct store_log log = state_log(1, 0, 0);
	struct store_cert c = {
		.tbs_sha256 = { 7 }, .der = bytes_of("x"), .first_seen = 1
	};
	struct store_sighting at = { .log_id = { 1 }, .tbs_sha256 = { 7 } };
	struct store_finding f = { .id = "ab",
		.rule = (char *)(uintptr_t) "CTW014",
		.tbs_sha256 = { 7 },
		.subject = (char *)(uintptr_t) "",
		.message = (char *)(uintptr_t) "" };

	CHECK(store_log_save(s, &log) && store_sighting_add(s, &c, &at));
	CHECK(certs(s) == 1);
	CHECK(store_caa_judged(s, c.tbs_sha256));
	CHECK(store_caa_judged(s, c.tbs_sha256));
	CHECK(certs(s) == 0);
	CHECK(store_finding_save(s, &f));
	CHECK(certs(s) == 1);
	CHECK(store_finding_status(s, "ab", STORE_CLOSED, 0, "by hand"));
	CHECK(certs(s) == 0);
	/* The mark goes with the certificate. */
	CHECK(store_sightings_forget(s, log.id, 0, 1));
	state_end(s);
	CHECK(state_number(dir, "SELECT count(*) FROM caa_judged") == 0);
	tmpdir_remove(dir);
}

int
main(void)
{
	equal_sets_extend_a_record();
	a_clock_set_back_makes_no_false_record();
	history_is_limited();
	certificates_are_judged_once();
	return 0;
}
