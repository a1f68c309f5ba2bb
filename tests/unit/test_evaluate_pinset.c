/* SPDX-License-Identifier: Apache-2.0 */
/* What a run makes of the pinset as a whole, by what is stored of its keys. */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/judge/evaluate_pinset.h>
#include <ctwatch/wire/cert.h>

#include "../support/judged_store.h"

static EVP_PKEY *web, *ca;

/* A pinset of this active key and an unused backup; rest is of its domain. */
static void
pin(struct fixture *n, EVP_PKEY *key, const char *rest)
{
	use_pinset(n, key, "active", "backup", rest);
}

/* Log a certificate of the web key that ends on that day, with a chain of
 * one element, or none. */
static void
see(struct fixture *n, int until, struct bytes above)
{
	struct bytes der = make_cert_der(&(struct make_cert){ .key = web,
	    .ca_key = ca,
	    .names = "DNS:www.example.com",
	    .not_before = DAY1 - 100 * TIME_DAY,
	    .seconds = (until + 100) * TIME_DAY / TIME_SECOND });
	struct store_cert c = { .kind = LEAF_X509,
		.der = der,
		.first_seen = DAY1,
		.last_seen = DAY1 };
	struct store_sighting at = {
		.log_id = { 1 }, .index = n->entries++, .timestamp = DAY1
	};
	struct cert cert;
	struct buf chain;

	buf_init(&chain, 1 << 16);
	if (above.n > 0) {
		CHECK(buf_add_byte(&chain, (uint8_t)(above.n >> 16)) &&
		    buf_add_byte(&chain, (uint8_t)(above.n >> 8)) &&
		    buf_add_byte(&chain, (uint8_t)above.n) &&
		    buf_add(&chain, above));
		c.chain = buf_view(&chain);
		c.chain_complete = true;
	}
	CHECK(cert_parse(der, &cert) == CERT_OK);
	cert_tbs_hash(&cert, c.tbs_sha256);
	memcpy(at.tbs_sha256, c.tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(n->s, &c, &at));
	buf_fini(&chain);
	make_cert_free(der);
}

static void
describe(void *arg, const struct store_finding *f)
{
	static const char *const words[] = { "new", "open", "suppressed",
		"closed" };

	buf_printf(arg, "%s %s%s%s %s;", f->rule, words[f->status],
	    f->reason != NULL ? " " : "", f->reason != NULL ? f->reason : "",
	    f->subject);
}

/* A run on a day, and its findings as "rule status reason subject;" each. */
static void
run(struct fixture *n, int day, const char *want)
{
	int64_t now = DAY1 + day * TIME_DAY;

	time_set(now);
	n->run = store_run_begin(n->s, now);
	CHECK(n->run > 0);
	CHECK(evaluate_pinset(n->s, n->p, now, n->run));
	CHECK(store_run_end(n->s, n->run, now, 0, bytes_of("{}")));
	findings_are(n, describe, want);
}

static void
an_unseen_active_key_is_reported_after_its_days_until_it_is_seen(void)
{
	struct fixture n = begin();

	pin(&n, web, "");
	run(&n, 0, "");
	run(&n, 29, "");
	run(&n, 30, "CTW026 new web;");
	run(&n, 31, "CTW026 open web;");
	see(&n, 200, (struct bytes){ 0 });
	run(&n, 32, "CTW026 closed no longer applies web;");
	run(&n, 33, "CTW026 closed no longer applies web;");
	end(&n);
}

/* By the certificate that ends last, whichever is stored first. */
static void
an_end_is_reported_until_the_key_is_renewed(void)
{
	struct fixture n = begin();

	pin(&n, web, "");
	see(&n, 50, (struct bytes){ 0 });
	see(&n, 40, (struct bytes){ 0 });
	run(&n, 19, "");
	run(&n, 20, "CTW020 new web;");
	run(&n, 51, "CTW021 new web;CTW020 closed no longer applies web;");
	see(&n, 120, (struct bytes){ 0 });
	run(&n, 52,
	    "CTW021 closed no longer applies web;"
	    "CTW020 closed no longer applies web;");
	end(&n);
}

static void
without_a_pinset_no_finding_of_it_stays_open(void)
{
	struct fixture n = begin();

	pin(&n, web, "");
	see(&n, 10, (struct bytes){ 0 });
	run(&n, 0, "CTW020 new web;");
	pinset_free(n.p);
	n.p = NULL;
	run(&n, 1, "CTW020 closed no longer applies web;");
	end(&n);
}

/* The certificate of a CA with that key, signed by itself. */
static struct bytes
ca_cert(EVP_PKEY *key, int until)
{
	return make_cert_der(&(struct make_cert){ .key = key,
	    .ca_key = key,
	    .subject = "Test CA",
	    .basic = "critical,CA:TRUE",
	    .not_before = DAY1 - 100 * TIME_DAY,
	    .seconds = (until + 100) * TIME_DAY / TIME_SECOND });
}

/* A chain is believed as far as its signatures go. */
static void
a_pinned_ca_is_known_by_chains_that_verify(void)
{
	static const char ca_pins[] = ", 'position': 'ca'";
	struct fixture n = begin();
	EVP_PKEY *other = make_cert_key();
	struct bytes real = ca_cert(ca, 100), alien = ca_cert(other, 100);

	pin(&n, other, ca_pins);
	see(&n, 50, alien);
	run(&n, 30, "CTW026 new web;");
	pin(&n, ca, ca_pins);
	run(&n, 31, "CTW026 open web;");
	see(&n, 50, real);
	run(&n, 32, "CTW026 closed no longer applies web;CTW023 new web;");
	make_cert_free(real);
	make_cert_free(alien);
	EVP_PKEY_free(other);
	end(&n);
}

int
main(void)
{
	web = make_cert_key();
	ca = make_cert_key();
	an_unseen_active_key_is_reported_after_its_days_until_it_is_seen();
	an_end_is_reported_until_the_key_is_renewed();
	without_a_pinset_no_finding_of_it_stays_open();
	a_pinned_ca_is_known_by_chains_that_verify();
	EVP_PKEY_free(web);
	EVP_PKEY_free(ca);
	return 0;
}
