/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict_scene: a pinset with a key of each state, and verdicts on
 * certificates under it.
 */
#ifndef VERDICT_SCENE_H
#define VERDICT_SCENE_H

#include <string.h>

#include <openssl/core_names.h>

#include <ctwatch/policy/verdict.h>

#include "make_cert.h"
#include "make_pinset.h"

/*
 * The keys of the pinset below, and those that it lacks; of them, two are
 * others with their points compressed.
 */
enum {
	ACTIVE,
	BACKUP,
	RETIRED,
	COMPROMISED,
	PROPOSED,
	OTHER,
	CA_PINNED,
	CA,
	CA_STRANGE,
	UNKNOWN,
	ACTIVE_ODD,
	COMPROMISED_ODD,
	N_KEYS
};
static EVP_PKEY *keys[N_KEYS];
static struct pinset *pinset;
static int64_t now;

/* In it, %s are the pins of ACTIVE to CA, in their order. */
static const char pinset_text[] =
    "{'format':'ctwatch-pinset/1','name':'test','version':1,"
    "'keys':["
    "{'id':'active','spki':'%s','state':'active'},"
    "{'id':'backup','spki':'%s','state':'backup'},"
    "{'id':'retired','spki':'%s','state':'retired',"
    "'retired':'2026-09-01T00:00:00Z'},"
    "{'id':'compromised','spki':'%s','state':'compromised'},"
    "{'id':'proposed','spki':'%s','state':'proposed'},"
    "{'id':'other','spki':'%s','state':'active'},"
    "{'id':'ca-pinned','spki':'%s','state':'active'}],"
    "'issuers':[{'id':'ca','spki':'%s','name':'Test CA'},"
    "{'id':'odd','name':'F\xc5\x91tan\xc3\xbas, \\'AG\\'','spki':"
    "'sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0='}],"
    "'domains':["
    "{'pattern':'**.example.com','keys':['active','backup','retired',"
    "'compromised','proposed'],'issuers':['ca'],"
    "'exclude':['status.example.com']},"
    "{'pattern':'api.pinned.example','keys':['active']},"
    "{'pattern':'**.ca.example','kind':'ca','keys':['ca-pinned']},"
    "{'pattern':'**.leafca.example','keys':['active','ca-pinned']},"
    "{'pattern':'**.other.example','keys':['other']},"
    "{'pattern':'**.monitor.example','keys':['active'],'mode':'monitor'},"
    "{'pattern':'**.low.example','keys':['active'],'criticality':'low'},"
    "{'pattern':'**.gone.example','keys':['active'],"
    "'relinquished':'2026-09-01'},"
    "{'pattern':'**.ov.example','keys':['active'],"
    "'policy_oids':['2.23.140.1.2.2']},"
    "{'pattern':'watched.example'},"
    "{'pattern':'listed.example','issuers':['ca']},"
    "{'pattern':'odd.example','issuers':['odd']}]}";

static inline EVP_PKEY *
compressed(EVP_PKEY *key)
{
	EVP_PKEY *odd = EVP_PKEY_dup(key);

	CHECK(EVP_PKEY_set_utf8_string_param(odd,
	          OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
	          OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_COMPRESSED) == 1);
	return odd;
}

static inline void
make_pinset(void)
{
	char pins[CA + 1][PINSET_PIN_TEXT], *json;

	for (int i = 0; i < ACTIVE_ODD; i++)
		keys[i] = make_cert_key();
	keys[ACTIVE_ODD] = compressed(keys[ACTIVE]);
	keys[COMPROMISED_ODD] = compressed(keys[COMPROMISED]);
	for (int i = 0; i <= CA; i++) {
		uint8_t pin[SHA256_SIZE];

		make_cert_pin(keys[i], pin);
		pinset_pin_format(pin, pins[i]);
	}
	json = mem_printf(pinset_text, pins[0], pins[1], pins[2], pins[3],
	    pins[4], pins[5], pins[6], pins[7]);
	pinset = pins_parse(json);
	now = make_cert_day("2026-11-21");
}

/* "CTW001/critical CTW002/critical", in the verdict's order. */
static inline char *
summary(const struct verdict *v)
{
	struct buf b;

	buf_init(&b, 4096);
	for (size_t i = 0; i < v->n; i++)
		buf_printf(&b, "%s%s/%s", i > 0 ? " " : "", v->v[i].rule->id,
		    rules_severity_word(v->v[i].severity));
	return buf_detach(&b);
}

/* What is judged, and how, unless zero: a precertificate of CA. */
struct scene {
	struct make_cert made;
	struct verdict_input in;
	int key, ca;
	bool final; /* the whole certificate, no issuer_key_hash */
};

static inline struct verdict
judge(const struct scene *s)
{
	struct scene c = *s;
	uint8_t issuer[SHA256_SIZE];
	struct verdict v;

	c.made.key = keys[c.key];
	c.made.ca_key = keys[c.ca != 0 ? c.ca : CA];
	make_cert_pin(c.made.ca_key, issuer);
	c.in.der = c.final ? make_cert_der(&c.made) : make_cert_tbs(&c.made);
	c.in.kind = c.final ? LEAF_X509 : LEAF_PRECERT;
	if (!c.final)
		c.in.issuer_key_hash = issuer;
	if (c.in.now == 0)
		c.in.now = now;
	verdict_judge(pinset, &c.in, &v);
	make_cert_free(c.in.der);
	return v;
}

static inline void
check(const struct scene *s, const char *want, bool expected, int line)
{
	struct verdict v = judge(s);
	char *got = summary(&v);

	if (strcmp(got, want) != 0 || v.expected != expected)
		fprintf(stderr, "%s:%d: %s, not %s; expected %d\n", __FILE__,
		    line, got, want, v.expected);
	CHECK(strcmp(got, want) == 0);
	CHECK(v.expected == expected);
	free(got);
	verdict_fini(&v);
}

#define SCENE(k, n, ...)                                                       \
	&(struct scene)                                                        \
	{                                                                      \
		.key = (k), .made = { .names = (n) }, __VA_ARGS__              \
	}
#define EXPECTED(s, want) check(s, want, true, __LINE__)
#define FOUND(s, want)    check(s, want, false, __LINE__)

#endif
