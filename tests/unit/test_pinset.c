/* SPDX-License-Identifier: Apache-2.0 */
/* pinset: the members of the file, and each fault. */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/policy/pinset.h>

#include "../support/parse_pinset.h"
#include "../support/test.h"

static void
the_smallest_useful_file_loads(void)
{
	struct pinset *p = must_parse(
	    HEAD "," KEYS
	         ",'domains':[{'pattern':'**.example.com','keys':['a','b']}]}");
	uint8_t one[SHA256_SIZE];

	CHECK(strcmp(p->name, "example") == 0 && p->version == 1);
	CHECK(p->expires == 0 && p->min_pins == 2 && p->approvals == 2);
	CHECK(p->n_warn_days == 3 && p->warn_days[0] == 30);
	CHECK(p->n_keys == 2 && p->keys[1].state == PINSET_BACKUP);
	sha256_digest(bytes_of("one"), one);
	CHECK(pinset_key(p, one) == &p->keys[0]);
	CHECK(pinset_issuer(p, one) == NULL);
	CHECK(p->n_domains == 1 && p->domains[0].n_keys == 2);
	CHECK(p->domains[0].keys[1] == 1);
	CHECK(p->domains[0].reach == HOST_PATTERN_SUBTREE);
	CHECK(p->domains[0].kind == PINSET_SPKI);
	CHECK(p->domains[0].position == PINSET_LEAF);
	CHECK(!p->domains[0].monitor && p->domains[0].criticality == 0);
	pinset_free(p);
}

static void
every_member_is_read(void)
{
	struct pinset *p = must_parse(
	    "{'format':'ctwatch-pinset/1','name':'example','version':42,"
	    "'expires':'2027-02-01T00:00:00Z','note':['free',{}],'x-y':null,"
	    "'policy':{'min_pins':3,'approvals':1,'warn_days':[60,7],"
	    "'max_validity':90},"
	    "'issuers':[{'id':'le','spki':'" THREE "','name':'YE1',"
	    "'caa':'letsencrypt.org','account':'https://ca.example/1',"
	    "'x-z':1}],"
	    "'keys':[{'id':'a','spki':'" ONE "','spki_der':'b25l',"
	    "'alg':'ec-p256','state':'retired','custody':'hsm',"
	    "'location':'dc2','not_before':'2026-01-01',"
	    "'not_after':'2026-06-01','retire_after':'2026-07-01',"
	    "'retired':'2026-07-02T00:00:00Z','note':'old'},"
	    "{'id':'b','spki':'" TWO "','state':'compromised'}],"
	    "'domains':[{'pattern':'*.B\xc3\xbc"
	    "cher.example','kind':'ca',"
	    "'position':'ca','keys':['b'],'issuers':['le'],"
	    "'mode':'monitor','criticality':'high','owner':'platform',"
	    "'contact':'mailto:p@example.com','consumers':['ios'],"
	    "'exclude':['Status.b\xc3\xbc"
	    "cher.example'],"
	    "'policy_oids':['2.23.140.1.2.2'],'relinquished':'2026-10-01'}],"
	    "'consumers':[{'id':'ios','format':'nspinneddomains',"
	    "'path':'ios/Info.plist','lead_days':45,'max_age_days':180}]}");
	const struct pinset_key *k = p->keys;
	const struct pinset_domain *d = p->domains;
	int64_t t;

	CHECK(p->version == 42);
	CHECK(time_parse("2027-02-01", &t) && p->expires == t);
	CHECK(p->min_pins == 3 && p->approvals == 1 && p->n_warn_days == 2);
	CHECK(p->warn_days[1] == 7 && p->max_validity_days == 90);
	CHECK(strcmp(p->issuers[0].name, "YE1") == 0);
	CHECK(strcmp(p->issuers[0].caa, "letsencrypt.org") == 0);
	CHECK(strcmp(p->issuers[0].account, "https://ca.example/1") == 0);
	CHECK(bytes_is(blob_view(k->spki_der), "one") &&
	    k->state == PINSET_RETIRED);
	CHECK(strcmp(k->custody, "hsm") == 0);
	CHECK(strcmp(k->alg, "ec-p256") == 0);
	CHECK(strcmp(k->location, "dc2") == 0);
	CHECK(time_parse("2026-01-01", &t) && k->not_before == t);
	CHECK(time_parse("2026-06-01", &t) && k->not_after == t);
	CHECK(time_parse("2026-07-01", &t) && k->retire_after == t);
	CHECK(k->retired == t + TIME_DAY);
	CHECK(p->keys[1].state == PINSET_COMPROMISED);
	CHECK(!pinset_is_usable(k) && !pinset_is_usable(&p->keys[1]));
	/* The A-label is Python's "bücher".encode("idna"). */
	CHECK(strcmp(d->host, "xn--bcher-kva.example") == 0);
	CHECK(d->reach == HOST_PATTERN_ONE_LABEL && d->kind == PINSET_CA);
	CHECK(d->position == PINSET_ABOVE && d->monitor);
	CHECK(d->criticality == 1 && strcmp(d->owner, "platform") == 0);
	CHECK(strcmp(d->contact, "mailto:p@example.com") == 0);
	CHECK(strcmp(d->exclude[0], "status.xn--bcher-kva.example") == 0);
	CHECK(d->n_consumers == 1 && d->consumers[0] == 0);
	CHECK(pinset_domain_consumer(p, d, "ios"));
	CHECK(!pinset_domain_consumer(p, d, "android"));
	CHECK(strcmp(d->policy_oids[0], "2.23.140.1.2.2") == 0);
	CHECK(time_parse("2026-10-01", &t) && d->relinquished == t);
	CHECK(pinset_domain_key(p, d, &p->keys[1]));
	CHECK(!pinset_domain_key(p, d, &p->keys[0]));
	CHECK(d->n_issuers == 1 && d->issuers[0] == 0);
	CHECK(p->consumers[0].lead_days == 45);
	CHECK(p->consumers[0].max_age_days == 180);
	CHECK(strcmp(p->consumers[0].format, "nspinneddomains") == 0);
	CHECK(strcmp(p->consumers[0].path, "ios/Info.plist") == 0);
	pinset_free(p);
}

static void
each_fault_is_refused_where_it_stands(void)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "", "pins.json:1:0: '[' or '{' expected near end of file" },
		{ "{'format':\n 1,}",
		    "pins.json:2:4: string or '}' expected near '}'" },
		{ "{'name':'a','name':'b'}",
		    "pins.json:1:18: duplicate object key near '\"name\"'" },
		{ HEAD "} trailing",
		    "pins.json:1:67: end of file expected near 'trailing'" },
		{ "[]", "pins.json: not an object" },
		{ "{}", "pins.json: format: missing" },
		{ "{'format':'ctwatch-pinset/2'}",
		    "pins.json: format: not \"ctwatch-pinset/1\"" },
		{ "{'format':'ctwatch-pinset/1'}", "pins.json: name: missing" },
		{ "{'format':'ctwatch-pinset/1','name':''}",
		    "pins.json: name: not a text, or empty" },
		{ "{'format':'ctwatch-pinset/1','name':'a\\nb'}",
		    "pins.json: name: a control character in the text" },
		{ "{'format':'ctwatch-pinset/1','name':'a'}",
		    "pins.json: version: missing" },
		{ "{'format':'ctwatch-pinset/1','name':'a','version':0}",
		    "pins.json: version: not a whole number from 1" },
		{ "{'format':'ctwatch-pinset/1','name':'a','version':1.0}",
		    "pins.json: version: not a whole number from 1" },
		{ HEAD ",'expires':'soon'}",
		    "pins.json: expires: not a time such as "
		    "2027-02-01T00:00:00Z" },
		{ HEAD ",'domain':[]}", "pins.json: domain: unknown member" },
		{ HEAD ",'\\u001b[2J':1}",
		    "pins.json: \\x1b[2J: unknown member" },
		{ HEAD ",'policy':{'min_pin':2}}",
		    "pins.json: policy.min_pin: unknown member" },
		{ HEAD ",'policy':{'min_pins':0}}",
		    "pins.json: policy.min_pins: not a whole number from 1 to "
		    "36500" },
		{ HEAD ",'policy':{'warn_days':30}}",
		    "pins.json: policy.warn_days: not a list" },
		{ HEAD ",'policy':{'warn_days':[30,-1]}}",
		    "pins.json: policy.warn_days[1]: not a whole number from "
		    "0 to 36500" },
		{ HEAD ",'policy':{'max_validity':'bt'}}",
		    "pins.json: policy.max_validity: neither \"br\" nor "
		    "days" },
		{ HEAD ",'keys':{}}", "pins.json: keys: not a list" },
		{ HEAD ",'keys':[1]}", "pins.json: keys[0]: not an object" },
		{ HEAD ",'keys':[{'spki':'" ONE "'}]}",
		    "pins.json: keys[0].id: missing" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE "'}]}",
		    "pins.json: keys[0].state: missing" },
		{ HEAD ",'keys':[{'id':'a','state':'active'}]}",
		    "pins.json: keys[0].spki: missing" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE "','state':'live'}]}",
		    "pins.json: keys[0].state: not one of proposed, backup, "
		    "active, retired, compromised" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE
		       "','state':'active','custody':'desk'}]}",
		    "pins.json: keys[0].custody: not one of hsm, kms, file, "
		    "unknown" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE
		       "','state':'active','spki_der':'b25'}]}",
		    "pins.json: keys[0].spki_der: not canonical base64" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE
		       "','state':'active','spki_der':'dHdv'}]}",
		    "pins.json: keys[0]: spki_der is not the key that spki "
		    "pins" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE
		       "','state':'active','not_before':'2026-02-01',"
		       "'not_after':'2026-02-01'}]}",
		    "pins.json: keys[0]: not_after does not come after "
		    "not_before" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE
		       "','state':'active'},{'id':'a','spki':'" TWO
		       "','state':'active'}]}",
		    "pins.json: keys[1].id: the same as keys[0].id" },
		{ HEAD ",'keys':[{'id':'a','spki':'" ONE
		       "','state':'active'},{'id':'b','spki':'" ONE
		       "','state':'active'}]}",
		    "pins.json: keys[1].spki: the same as keys[0].spki" },
		{ HEAD ",'issuers':[{'id':'a','spki':'" ONE
		       "'},{'id':'a','spki':'" TWO "'}]}",
		    "pins.json: issuers[1].id: the same as issuers[0].id" },
		{ HEAD ",'issuers':[{'id':'a','spki':'" ONE
		       "'},{'id':'b','spki':'" ONE "'}]}",
		    "pins.json: issuers[1].spki: the same as "
		    "issuers[0].spki" },
		{ HEAD ",'consumers':[{'id':'\xc3\xa4'}]}",
		    "pins.json: consumers[0].id: not ASCII throughout" },
		{ HEAD ",'issuers':[{'id':'a'}]}",
		    "pins.json: issuers[0].spki: missing" },
		{ HEAD ",'consumers':[{'id':'a'},{'id':'a'}]}",
		    "pins.json: consumers[1].id: the same as "
		    "consumers[0].id" },
		{ HEAD ",'consumers':[{'id':'a','lead_days':'7'}]}",
		    "pins.json: consumers[0].lead_days: not a whole number "
		    "from 0 to 36500" },
		{ HEAD ",'domains':[{}]}",
		    "pins.json: domains[0].pattern: missing" },
		{ HEAD ",'domains':[{'pattern':'a.example'},{'pattern':"
		       "'b.example','kyes':[]}]}",
		    "pins.json: domains[1].kyes: unknown member" },
		{ HEAD "," KEYS ",'domains':[{'pattern':'a.example','keys':"
		       "['a','c']}]}",
		    "pins.json: domains[0].keys[1]: no key has the id "
		    "\"c\"" },
		{ HEAD "," KEYS ",'domains':[{'pattern':'a.example','keys':"
		       "['a','b','a']}]}",
		    "pins.json: domains[0].keys[2]: named twice" },
		{ HEAD ",'domains':[{'pattern':'a.example','issuers':['x']}]}",
		    "pins.json: domains[0].issuers[0]: no issuer has the id "
		    "\"x\"" },
		{ HEAD ",'domains':[{'pattern':'a.example','consumers':"
		       "['x']}]}",
		    "pins.json: domains[0].consumers[0]: no consumer has the "
		    "id \"x\"" },
		{ HEAD ",'domains':[{'pattern':'a.example'},{'pattern':"
		       "'*.a.example'},{'pattern':'A.Example'}]}",
		    "pins.json: domains[2].pattern: the same as "
		    "domains[0].pattern" },
		{ HEAD ",'domains':[{'pattern':'*.a.example','exclude':"
		       "['a.example']}]}",
		    "pins.json: domains[0].exclude[0]: the pattern does not "
		    "cover it: remove it" },
		{ HEAD ",'domains':[{'pattern':'a.example','kind':'key'}]}",
		    "pins.json: domains[0].kind: not one of spki, ca, cert" },
		{ HEAD ",'domains':[{'pattern':'a.example','kind':'ca',"
		       "'position':'leaf'}]}",
		    "pins.json: domains[0].position: a pin of this kind cannot "
		    "match there" },
		{ HEAD ",'domains':[{'pattern':'a.example','mode':'off'}]}",
		    "pins.json: domains[0].mode: not one of enforce, "
		    "monitor" },
		{ HEAD ",'domains':[{'pattern':'a.example','criticality':1}]}",
		    "pins.json: domains[0].criticality: not one of low, "
		    "normal, high" },
		{ HEAD ",'domains':[{'pattern':'a.example','policy_oids':"
		       "['dv']}]}",
		    "pins.json: domains[0].policy_oids[0]: not an OID such as "
		    "2.23.140.1.2.1" },
	};
	char message[256];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		CHECK(parse(t[i].text, message) == NULL);
		if (strcmp(message, t[i].want) != 0)
			fprintf(stderr, "%s\n%s\n", message, t[i].want);
		CHECK(strcmp(message, t[i].want) == 0);
	}
}

static void
each_fault_of_a_pin_has_its_message(void)
{
	static const struct {
		const char *pin, *want;
	} t[] = {
		{ "sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
		    "not a pin: it does not begin with sha256/" },
		{ "sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z_0Me0=",
		    "not a pin: a character that base64 does not have" },
		{ "sha256/dpLDrTVA",
		    "not a pin: it does not decode to 32 bytes" },
		/* 33 bytes: a sample of a tutorial that OkHttp accepts */
		{ "sha256/XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX=",
		    "not a pin: it does not decode to 32 bytes" },
		{ "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		    "a placeholder, not a pin" },
		{ "sha256/BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=",
		    "a placeholder, not a pin" },
		{ "sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me1=",
		    "base64 that is not canonical: many programs compare the "
		    "text, so that it would never match" },
		{ "sha256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0",
		    "base64 that is not canonical: many programs compare the "
		    "text, so that it would never match" },
		{ "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		    "the SHA-256 of nothing: the command that made it got no "
		    "input" },
		{ "sha256/AbpHGcgLb+kRsJGnwFEktk7uzpZOCcBY74+YBdrKVGs=",
		    "the SHA-256 of an empty line: the command that made it "
		    "got no key" },
		{ ONE, NULL },
	};
	char text[512], want[256], message[256];

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct pinset *p;

		snprintf(text, sizeof text,
		    HEAD ",'keys':[{'id':'a','spki':'%s','state':'active'}]}",
		    t[i].pin);
		p = parse(text, message);
		CHECK((p != NULL) == (t[i].want == NULL));
		pinset_free(p);
		if (t[i].want == NULL)
			continue;
		snprintf(want, sizeof want, "pins.json: keys[0].spki: %s",
		    t[i].want);
		CHECK(strcmp(message, want) == 0);
	}
}

static void
pins_round_trip(void)
{
	uint8_t pin[SHA256_SIZE];
	char text[PINSET_PIN_TEXT];

	CHECK(pinset_pin_parse(ONE, pin));
	pinset_pin_format(pin, text);
	CHECK(strcmp(text, ONE) == 0);
	CHECK(!pinset_pin_parse(ONE "=", pin));
	CHECK(!pinset_pin_parse("SHA256/dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z"
	                        "/0Me0=",
	    pin));
}

/* Without its file a bundle is one key, by the digest that is signed. */
static void
a_bundle_that_is_not_read_is_its_digest(void)
{
	static const uint8_t digest[SHA256_SIZE] = { 0xab, 0xcd };
	struct pinset *p = must_parse(
	    HEAD ",'domains':[{'pattern':'example.com','kind':'ca','roots':"
	         "{'file':'r.pem','sha256':'abcd0000000000000000000000000000"
	         "00000000000000000000000000000000'}},"
	         "{'pattern':'example.net','kind':'ca','roots':'r.pem'}]}");

	CHECK(p->n_keys == 2 && p->n_roots == 2);
	CHECK(memcmp(p->keys[0].spki_sha256, digest, SHA256_SIZE) == 0);
	CHECK(p->roots[0].bound && !p->roots[1].bound);
	CHECK(p->domains[0].n_keys == 1 && p->domains[0].keys[0] == 0);
	CHECK(p->domains[1].n_keys == 1 && p->domains[1].keys[0] == 1);
	CHECK(pinset_is_usable(&p->keys[0]) && pinset_is_ca(p, &p->keys[0]));
	pinset_free(p);
}

int
main(void)
{
	the_smallest_useful_file_loads();
	every_member_is_read();
	each_fault_is_refused_where_it_stands();
	a_bundle_that_is_not_read_is_its_digest();
	each_fault_of_a_pin_has_its_message();
	pins_round_trip();
	return 0;
}
