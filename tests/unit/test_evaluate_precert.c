/* SPDX-License-Identifier: Apache-2.0 */
/* Precertificates that logs serve beside a leaf, and serial numbers of several
 * certificates. */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>
#include <ctwatch/judge/evaluate.h>

#include "../support/judged_certs.h"

/* Log an entry for the leaf's names, with a precertificate for others; notes
 * are those of the entry. */
static void
see_with(struct fixture *n, EVP_PKEY *key, const char *leaf_names,
    const char *names, unsigned notes)
{
	struct make_cert m = { .key = key,
		.ca_key = key,
		.names = leaf_names,
		.serial = 7,
		.not_before = DAY1 };
	struct bytes tbs = make_cert_tbs(&m), precert;
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
	precert = make_cert_der(&m);
	c.precert = precert;
	CHECK(cert_parse_tbs(tbs, &cert) == CERT_OK);
	cert_tbs_hash(&cert, c.tbs_sha256);
	memcpy(at.tbs_sha256, c.tbs_sha256, SHA256_SIZE);
	memcpy(n->last_tbs, c.tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(n->s, &c, &at));
	make_cert_free(tbs);
	make_cert_free(precert);
}

static void
see_beside(
    struct fixture *n, EVP_PKEY *key, const char *leaf_names, const char *names)
{
	see_with(n, key, leaf_names, names, STORE_NOTE_PRECERT);
}

static void
a_precertificate_with_other_names_is_reported(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

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
	EVP_PKEY *key = make_cert_key(), *other = make_cert_key();
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
	tbs = make_cert_tbs(&(struct make_cert){ .key = key,
	    .ca_key = other,
	    .serial = 7,
	    .subject = "www.example.com",
	    .names = "DNS:www.example.com",
	    .not_before = DAY1 + 5 * TIME_DAY });
	c.der = tbs;
	make_cert_pin(other, c.issuer_key_hash);
	CHECK(cert_parse_tbs(tbs, &cert) == CERT_OK);
	add(&n, &c, &cert, 5, 5);
	reused_are(&n, 5, 1, 1);
	make_cert_free(tbs);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	end(&n);
}

/* The first log serves the leaf's precertificate, the next ones others. */
static void
a_precertificate_that_differs_from_its_leaf_is_judged(void)
{
	struct fixture n = begin();
	EVP_PKEY *key = make_cert_key();

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
	EVP_PKEY *key = make_cert_key();
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
	a_precertificate_with_other_names_is_reported();
	a_precertificate_that_differs_from_its_leaf_is_judged();
	other_precertificates_are_bounded();
	a_serial_number_is_of_one_certificate();
	return 0;
}
