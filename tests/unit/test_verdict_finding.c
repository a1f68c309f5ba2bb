/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: the findings about a certificate. */
#include <string.h>

#include <ctwatch/policy/verdict.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"
#include "../support/verdict_scene.h"

static void
fingerprints_depend_on_the_certificate_alone(void)
{
	struct bytes tbs =
	    make_cert_tbs(&(struct make_cert){ .key = keys[UNKNOWN],
	        .ca_key = keys[CA],
	        .names = "DNS:www.example.com" });
	struct verdict_input in = {
		.der = tbs, .kind = LEAF_PRECERT, .now = now
	};
	struct verdict a, b;
	uint8_t digest[SHA256_SIZE];
	char hex[65], fingerprint[65];
	const char *field = hex;

	verdict_judge(pinset, &in, &a);
	in.sct_timestamp = (uint64_t)make_cert_day("2026-10-01");
	in.first_of_key = true;
	verdict_judge(pinset, &in, &b);
	CHECK(a.n > 0 && b.n == a.n);
	CHECK(strcmp(a.v[0].fingerprint, b.v[0].fingerprint) == 0);
	/* No SCT and no poison in it: the TBS hash is that of the bytes. */
	sha256_digest(tbs, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	rules_fingerprint(rules_find("CTW001"), &field, 1, fingerprint);
	CHECK(strcmp(a.v[0].fingerprint, fingerprint) == 0);
	CHECK(strcmp(a.v[0].subject, "**.example.com") == 0);
	verdict_fini(&a);
	verdict_fini(&b);
	make_cert_free(tbs);
}

static void
a_message_names_certificate_key_and_reason(void)
{
	struct verdict v =
	    judge(SCENE(UNKNOWN, "DNS:www.example.com,DNS:api.example.com",
	        .made.ca_name = "Evil \033[31m CA"));
	uint8_t digest[SHA256_SIZE];
	char pin[PINSET_PIN_TEXT];

	make_cert_pin(keys[UNKNOWN], digest);
	pinset_pin_format(digest, pin);
	CHECK(v.n > 0);
	CHECK(strncmp(v.v[0].message, "api.example.com and 1 more: ", 28) == 0);
	CHECK(strstr(v.v[0].message, pin) != NULL);
	CHECK(strstr(v.v[0].message, "Evil") != NULL);
	CHECK(strstr(v.v[0].message, "expected: active, backup") != NULL);
	for (const char *c = v.v[0].message; *c != '\0'; c++)
		CHECK(*c >= ' ' && *c <= '~');
	verdict_fini(&v);
}

/* One finding for all patterns: the most severe one is reported, all are
 * listed, and a duplicate name in the certificate counts once. */
static void
several_patterns_are_one_finding(void)
{
	struct verdict v = judge(SCENE(UNKNOWN,
	    "DNS:b.low.example,DNS:www.example.com,DNS:a.low.example,"
	    "DNS:*.pinned.example",
	    .made.subject = "a.low.example"));

	CHECK(v.n == 2 && !v.expected);
	CHECK(strcmp(v.v[0].rule->id, "CTW001") == 0);
	CHECK(v.v[0].severity == RULES_CRITICAL);
	CHECK(strcmp(v.v[0].subject, "**.example.com") == 0);
	CHECK(v.v[0].n_patterns == 2);
	CHECK(strcmp(v.v[0].patterns[0], "**.example.com") == 0);
	CHECK(strcmp(v.v[0].patterns[1], "**.low.example") == 0);
	CHECK(v.v[0].n_names == 3);
	CHECK(strncmp(v.v[0].message, "www.example.com and 2 more: ", 28) == 0);
	CHECK(verdict_finding_has_name(&v.v[0], "A.low.example"));
	CHECK(!verdict_finding_has_name(&v.v[0], "*.pinned.example"));
	CHECK(verdict_finding_has_pattern(&v.v[0], "**.low.example"));
	CHECK(strcmp(v.v[1].rule->id, "CTW009") == 0);
	CHECK(v.v[1].n_patterns == 1 && v.v[1].n_names == 1);
	verdict_fini(&v);
}

static void
without_a_pinset_nothing_is_found(void)
{
	struct bytes tbs =
	    make_cert_tbs(&(struct make_cert){ .key = keys[UNKNOWN],
	        .ca_key = keys[CA],
	        .names = "DNS:www.example.com" });
	struct verdict_input in = {
		.der = tbs, .kind = LEAF_PRECERT, .now = now
	};
	struct verdict v;

	verdict_judge(NULL, &in, &v);
	CHECK(v.n == 0 && !v.expected && v.key == NULL);
	verdict_fini(&v);
	in.host = "www.example.com";
	verdict_judge(NULL, &in, &v);
	CHECK(v.n == 1 && strcmp(v.v[0].rule->id, "CTW000") == 0);
	verdict_fini(&v);
	make_cert_free(tbs);
}

/* Every prefix of a certificate is judged without harm. */
static void
malformed_certificates_are_described(void)
{
	struct bytes der =
	    make_cert_der(&(struct make_cert){ .key = keys[UNKNOWN],
	        .ca_key = keys[CA],
	        .names = "DNS:www.example.com" });

	for (size_t n = 0; n < der.n; n++) {
		struct verdict_input in = { .der = { der.p, n },
			.now = now,
			.host = "www.example.com" };
		struct verdict v;

		verdict_judge(pinset, &in, &v);
		CHECK(v.n > 0 && !v.expected);
		verdict_fini(&v);
	}
	make_cert_free(der);
}

int
main(void)
{
	make_pinset();
	fingerprints_depend_on_the_certificate_alone();
	a_message_names_certificate_key_and_reason();
	several_patterns_are_one_finding();
	without_a_pinset_nothing_is_found();
	malformed_certificates_are_described();
	pinset_free(pinset);
	for (int i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}
