/* SPDX-License-Identifier: Apache-2.0 */
/* A leaf whose logged chain ends at one root is below a pinned root as well if
 * the CA between is cross-signed, whenever that is seen. */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/judge/evaluate.h>
#include <ctwatch/policy/ca_pool.h>

#include "../support/make_cert.h"
#include "../support/make_pinset.h"
#include "../support/test_state.h"

#define DAY1 (INT64_C(20000) * TIME_DAY)

enum {
	LEAF,
	SUB,
	ROOT_A,
	ROOT_B,
	UNRELATED,
	N_KEYS
};
static EVP_PKEY *keys[N_KEYS];

/* The certificates: of SUB, once by each root, and of the roots. */
static struct bytes leaf, sub_a, sub_b, root_a, root_b;

static struct bytes
ca_cert(int key, const char *name, int by, const char *by_name)
{
	return make_cert_der(&(struct make_cert){ .key = keys[key],
	    .subject = name,
	    .ca_key = keys[by],
	    .ca_name = by_name,
	    .basic = "critical,CA:TRUE",
	    .not_before = DAY1 - TIME_DAY });
}

static struct bytes
leaf_by(int ca, const char *ca_name)
{
	return make_cert_der(&(struct make_cert){ .key = keys[LEAF],
	    .ca_key = keys[ca],
	    .ca_name = ca_name,
	    .names = "DNS:www.example.com",
	    .not_before = DAY1 });
}

static void
make_certs(void)
{
	for (int i = 0; i < N_KEYS; i++)
		keys[i] = make_cert_key();
	leaf = leaf_by(SUB, "Sub");
	sub_a = ca_cert(SUB, "Sub", ROOT_A, "Root A");
	sub_b = ca_cert(SUB, "Sub", ROOT_B, "Root B");
	root_a = ca_cert(ROOT_A, "Root A", ROOT_A, "Root A");
	root_b = ca_cert(ROOT_B, "Root B", ROOT_B, "Root B");
}

static void
free_certs(void)
{
	make_cert_free(leaf);
	make_cert_free(sub_a);
	make_cert_free(sub_b);
	make_cert_free(root_a);
	make_cert_free(root_b);
	for (int i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
}

/* ---- the pool ---- */

static bool
refuse_none(const void *arg, const uint8_t spki[static SHA256_SIZE])
{
	(void)arg;
	(void)spki;
	return false;
}

static bool
refuse_sub(const void *arg, const uint8_t spki[static SHA256_SIZE])
{
	uint8_t sub[SHA256_SIZE];

	(void)arg;
	make_cert_pin(keys[SUB], sub);
	return memcmp(spki, sub, SHA256_SIZE) == 0;
}

static void
climb(struct ca_pool *p, struct bytes der, struct ca_pool_above *out)
{
	struct cert c;
	struct ca_pool_leaf from = { .der = der };

	CHECK(cert_parse(der, &c) == CERT_OK);
	from.issuer = c.issuer;
	CHECK(asn1_time_parse(c.not_before, &from.not_before));
	CHECK(asn1_time_parse(c.not_after, &from.not_after));
	ca_pool_climb(p, &from, refuse_none, NULL, out);
}

static bool
has(const struct ca_pool_above *above, int key)
{
	uint8_t pin[SHA256_SIZE];

	make_cert_pin(keys[key], pin);
	for (size_t i = 0; i < above->n; i++)
		if (memcmp(above->spki_sha256[i], pin, SHA256_SIZE) == 0)
			return true;
	return false;
}

static struct ca_pool *
whole_pool(void)
{
	struct ca_pool *p = ca_pool_new(NULL);

	ca_pool_add(p, root_b);
	ca_pool_add(p, sub_a);
	ca_pool_add(p, root_a);
	ca_pool_add(p, sub_b);
	ca_pool_add(p, sub_b);
	return p;
}

static void
both_roots_are_found_above_a_leaf(void)
{
	struct ca_pool *p = whole_pool();
	struct ca_pool_above above;
	struct ca_pool_leaf by_key = { .not_before = DAY1,
		.not_after = DAY1 + TIME_DAY };
	uint8_t sub[SHA256_SIZE];
	struct cert c;

	climb(p, leaf, &above);
	CHECK(above.n == 4 && !above.more);
	CHECK(has(&above, SUB) && has(&above, ROOT_A) && has(&above, ROOT_B));

	/* Of a precertificate only the issuer's name and key are known. */
	CHECK(cert_parse(leaf, &c) == CERT_OK);
	by_key.issuer = c.issuer;
	ca_pool_climb(p, &by_key, refuse_none, NULL, &above);
	CHECK(above.n == 0);
	make_cert_pin(keys[SUB], sub);
	by_key.issuer_key_hash = sub;
	ca_pool_climb(p, &by_key, refuse_none, NULL, &above);
	CHECK(has(&above, ROOT_A) && has(&above, ROOT_B));
	ca_pool_climb(p, &by_key, refuse_sub, NULL, &above);
	CHECK(above.n == 0);
	ca_pool_free(p);
}

/* What bears a name and did not sign, is no CA, or ended before the leaf. */
static void
a_certificate_of_no_ca_is_above_no_leaf(void)
{
	struct bytes by_unrelated = leaf_by(UNRELATED, "Sub");
	struct bytes end_entity =
	    make_cert_der(&(struct make_cert){ .key = keys[SUB],
	        .subject = "Sub",
	        .ca_key = keys[ROOT_B],
	        .ca_name = "Root B",
	        .not_before = DAY1 - TIME_DAY });
	struct bytes ended =
	    make_cert_der(&(struct make_cert){ .key = keys[SUB],
	        .subject = "Sub",
	        .ca_key = keys[ROOT_B],
	        .ca_name = "Root B",
	        .basic = "critical,CA:TRUE",
	        .not_before = DAY1 - 10 * TIME_DAY,
	        .seconds = 5 * TIME_DAY / TIME_SECOND });
	struct ca_pool *p = whole_pool();
	struct ca_pool_above above;

	climb(p, by_unrelated, &above);
	CHECK(above.n == 0);
	ca_pool_free(p);
	p = ca_pool_new(NULL);
	ca_pool_add(p, root_b);
	ca_pool_add(p, end_entity);
	ca_pool_add(p, ended);
	ca_pool_add(p, bytes_of("no certificate"));
	climb(p, leaf, &above);
	CHECK(above.n == 0 && !above.more);
	ca_pool_free(p);
	make_cert_free(by_unrelated);
	make_cert_free(end_entity);
	make_cert_free(ended);
}

/* LIMIT_PATH_STEPS: the issuer comes behind n that did not sign. */
static bool
found_behind(size_t n, bool *more)
{
	struct bytes fake = ca_cert(UNRELATED, "Sub", UNRELATED, "Sub");
	struct ca_pool *p = ca_pool_new(NULL);
	struct ca_pool_above above;

	for (size_t i = 0; i < n; i++) {
		/* The last bytes are of the signature. */
		memcpy((uint8_t *)(uintptr_t)fake.p + fake.n - 8, &i, 4);
		ca_pool_add(p, fake);
	}
	ca_pool_add(p, sub_b);
	climb(p, leaf, &above);
	*more = above.more;
	ca_pool_free(p);
	make_cert_free(fake);
	return has(&above, SUB);
}

/* LIMIT_CA_POOL: the issuer is added behind n others. */
static bool
fits_behind(size_t n, bool *more)
{
	struct bytes other = ca_cert(UNRELATED, "Other", UNRELATED, "Other");
	struct ca_pool *p = ca_pool_new(NULL);
	struct ca_pool_above above;

	for (size_t i = 0; i < n; i++) {
		memcpy((uint8_t *)(uintptr_t)other.p + other.n - 8, &i, 4);
		ca_pool_add(p, other);
	}
	ca_pool_add(p, sub_b);
	climb(p, leaf, &above);
	*more = above.more;
	ca_pool_free(p);
	make_cert_free(other);
	return has(&above, SUB);
}

/* LIMIT_CHAIN: n CAs one above the other. */
static size_t
height_of(size_t n)
{
	struct ca_pool *p = ca_pool_new(NULL);
	struct ca_pool_above above;
	struct bytes der = leaf_by(SUB, "CA 0");
	char name[32], next[32];

	for (size_t i = 0; i < n; i++) {
		struct bytes ca;

		snprintf(name, sizeof name, "CA %zu", i);
		snprintf(next, sizeof next, "CA %zu", i + 1);
		ca = ca_cert(SUB, name, SUB, next);
		ca_pool_add(p, ca);
		make_cert_free(ca);
	}
	climb(p, der, &above);
	ca_pool_free(p);
	make_cert_free(der);
	return above.n;
}

static void
a_hostile_pool_ends_the_search(void)
{
	bool more;

	CHECK(found_behind(LIMIT_PATH_STEPS - 1, &more));
	CHECK(!found_behind(LIMIT_PATH_STEPS, &more) && more);
	CHECK(fits_behind(LIMIT_CA_POOL - 1, &more) && !more);
	CHECK(!fits_behind(LIMIT_CA_POOL, &more) && more);
	CHECK(height_of(LIMIT_CHAIN) == LIMIT_CHAIN);
	CHECK(height_of(LIMIT_CHAIN + 1) == LIMIT_CHAIN);
}

/* ---- a run ---- */

static struct pinset *
pin(int key, const char *position)
{
	char text[PINSET_PIN_TEXT];
	uint8_t spki[SHA256_SIZE];

	make_cert_pin(keys[key], spki);
	pinset_pin_format(spki, text);
	return pins_parse(mem_printf(
	    "{'format': 'ctwatch-pinset/1', 'name': 't', 'version': 1,"
	    " 'keys': [{'id': 'root', 'spki': '%s', 'state': 'active'},"
	    " {'id': 'other', 'state': 'backup', 'spki':"
	    " 'sha256/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA='}],"
	    " 'domains': [{'pattern': '**.example.com',"
	    " 'position': '%s', 'keys': ['root']}]}",
	    text, position));
}

static void
add_element(struct buf *chain, struct bytes der)
{
	CHECK(buf_add_byte(chain, 0) &&
	    buf_add_byte(chain, (uint8_t)(der.n >> 8)) &&
	    buf_add_byte(chain, (uint8_t)der.n) && buf_add(chain, der));
}

/* Log der with a chain of two. */
static void
see(struct store *s, struct bytes der, struct bytes first, struct bytes second,
    uint64_t index)
{
	struct store_cert c = { .kind = LEAF_X509,
		.der = der,
		.chain_complete = true,
		.first_seen = DAY1,
		.last_seen = DAY1 };
	struct store_sighting at = {
		.log_id = { 1 }, .index = index, .timestamp = DAY1
	};
	struct cert cert;
	struct buf chain;

	buf_init(&chain, 1 << 16);
	add_element(&chain, first);
	add_element(&chain, second);
	c.chain = buf_view(&chain);
	CHECK(cert_parse(der, &cert) == CERT_OK);
	cert_tbs_hash(&cert, c.tbs_sha256);
	memcpy(at.tbs_sha256, c.tbs_sha256, SHA256_SIZE);
	CHECK(store_sighting_add(s, &c, &at));
	buf_fini(&chain);
}

static void
add_rule(void *arg, const struct store_finding *f)
{
	if (strcmp(f->rule, "CTW001") == 0 || strcmp(f->rule, "CTW002") == 0 ||
	    strcmp(f->rule, "CTW007") == 0 || strcmp(f->rule, "CTW018") == 0)
		buf_printf(arg, "%s%s%s;", f->rule,
		    f->status == STORE_CLOSED ? " closed: " : "",
		    f->status == STORE_CLOSED ? f->reason : "");
}

/* A store that watches example.com, and the pinset. */
struct fixture {
	char *dir;
	struct store *s;
	struct watch *w;
	struct pinset *p;
	int day;
};

static struct fixture
begin(struct pinset *p)
{
	struct store_log log = {
		.id = { 1 }, .added = DAY1, .next = 9, .verified = 9
	};
	struct fixture x = { .dir = tmpdir_new(), .w = watch_new(), .p = p };
	struct buf error;

	x.s = state_open(x.dir, STORE_RUN);
	buf_init(&error, 100);
	CHECK(watch_add(x.w, bytes_of(".example.com"), &error));
	buf_fini(&error);
	watch_build(x.w);
	CHECK(store_log_save(x.s, &log));
	return x;
}

static void
end(struct fixture *x)
{
	watch_free(x->w);
	state_end(x->s);
	pinset_free(x->p);
	tmpdir_remove(x->dir);
}

/* Judge, on the next day, and compare the findings. */
static void
run(struct fixture *x, const char *want)
{
	int64_t now = DAY1 + ++x->day * TIME_DAY, run;
	struct buf got;

	buf_init(&got, 4096);
	time_set(now);
	run = store_run_begin(x->s, now);
	CHECK(evaluate_all(&(struct evaluate_input){ .store = x->s,
	    .pinset = x->p,
	    .trusted = true,
	    .watch = x->w,
	    .now = now,
	    .run = run }));
	CHECK(store_findings_each(x->s, add_rule, &got));
	if (strcmp(buf_text(&got), want) != 0)
		fprintf(stderr, "%s, not %s\n", buf_text(&got), want);
	CHECK(strcmp(buf_text(&got), want) == 0);
	buf_fini(&got);
}

/* What a run says of the leaf, logged below Root A, when the chain of another
 * certificate, if logged, shows that Root B signed Sub as well. */
static void
judged(struct pinset *p, bool other_chain, const char *want)
{
	struct bytes other = leaf_by(SUB, "Sub");
	struct fixture x = begin(p);

	see(x.s, leaf, sub_a, root_a, 0);
	if (other_chain)
		see(x.s, other, sub_b, root_b, 1);
	run(&x, want);
	end(&x);
	make_cert_free(other);
}

static void
a_leaf_below_a_cross_signed_ca_is_below_both_roots(void)
{
	judged(pin(ROOT_A, "any"), false, "CTW007;");
	judged(pin(ROOT_B, "any"), false, "CTW001;");
	judged(pin(ROOT_B, "any"), true, "CTW007;CTW007;");
	judged(pin(ROOT_B, "ca"), true, "CTW007;CTW007;");
	judged(pin(UNRELATED, "any"), true, "CTW001;CTW001;");
}

#define BY_PATH "closed: below a pinned CA by another path"

/* The cross-certificate comes with the chain of another certificate, or with
 * that of the leaf itself in another log. */
static void
certificates_below_a_later_path_are_judged_again(void)
{
	struct bytes other = leaf_by(SUB, "Sub");

	for (int i = 0; i < 2; i++) {
		struct fixture x = begin(pin(ROOT_B, "any"));

		see(x.s, leaf, sub_a, root_a, 0);
		run(&x, "CTW001;");
		run(&x, "CTW001;");
		see(x.s, i == 0 ? other : leaf, sub_b, root_b, 1);
		run(&x,
		    i == 0 ? "CTW001 " BY_PATH ";CTW007;CTW007;"
		           : "CTW001 " BY_PATH ";CTW007;");
		end(&x);
	}
	make_cert_free(other);
}

/* A pinset that has the key of the leaf, and an issuer. */
static struct pinset *
pin_leaf_of(int issuer)
{
	char key[PINSET_PIN_TEXT], ca[PINSET_PIN_TEXT];
	uint8_t spki[SHA256_SIZE];

	make_cert_pin(keys[LEAF], spki);
	pinset_pin_format(spki, key);
	make_cert_pin(keys[issuer], spki);
	pinset_pin_format(spki, ca);
	return pins_parse(mem_printf(
	    "{'format': 'ctwatch-pinset/1', 'name': 't', 'version': 1,"
	    " 'issuers': [{'id': 'ca', 'spki': '%s'}],"
	    " 'keys': [{'id': 'web', 'spki': '%s', 'state': 'active'},"
	    " {'id': 'other', 'state': 'backup', 'spki':"
	    " 'sha256/AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA='}],"
	    " 'domains': [{'pattern': '**.example.com',"
	    " 'issuers': ['ca'], 'keys': ['web', 'other']}]}",
	    ca, key));
}

/* An issuer of a domain may be above by another path, too. */
static void
issuers_are_found_by_a_later_path(void)
{
	struct bytes other = leaf_by(SUB, "Sub");
	struct fixture x = begin(pin_leaf_of(ROOT_B));

	see(x.s, leaf, sub_a, root_a, 0);
	run(&x, "CTW002;");
	see(x.s, other, sub_b, root_b, 1);
	run(&x, "CTW002 " BY_PATH ";");
	end(&x);
	x = begin(pin_leaf_of(UNRELATED));
	see(x.s, leaf, sub_a, root_a, 0);
	see(x.s, other, sub_b, root_b, 1);
	run(&x, "CTW002;CTW002;");
	end(&x);
	make_cert_free(other);
}

static char *
hex_of(struct bytes in)
{
	char *hex = mem_alloc(2 * in.n + 1, 1);

	text_hex(in, hex);
	return hex;
}

/* Up to schema 14 a chain was kept with its certificate alone. */
static void
chains_of_an_older_state_show_paths(void)
{
	struct bytes other = leaf_by(SUB, "Sub");
	struct fixture x = begin(pin(ROOT_B, "any"));
	char *der, *chain, *sql;
	struct buf elements;

	see(x.s, other, sub_b, root_b, 0);
	CHECK(store_commit(x.s));
	store_close(x.s);
	CHECK(state_number(x.dir, "SELECT count(*) FROM issuer") == 2);
	buf_init(&elements, 1 << 16);
	add_element(&elements, sub_b);
	add_element(&elements, root_b);
	der = hex_of(other);
	chain = hex_of(buf_view(&elements));
	sql = mem_printf(STATE_DROP_ITEM STATE_DROP_CONTENT
	    "DELETE FROM issuer; DROP TABLE other_precert;"
	    "DROP INDEX watched_by_run; DROP TABLE name_index;"
	    "DROP TABLE caa_judged; DROP TABLE caa;"
	    "UPDATE cert SET der = x'%s', chain = x'%s';"
	    "PRAGMA user_version = 14",
	    der, chain);
	state_make_older(x.dir, sql);
	free(sql);
	free(chain);
	free(der);
	buf_fini(&elements);
	x.s = state_open(x.dir, STORE_RUN);
	see(x.s, leaf, sub_a, root_a, 1);
	run(&x, "CTW007;CTW007;");
	end(&x);
	make_cert_free(other);
}

/* LIMIT_CHAIN and LIMIT_ISSUER: how many elements a chain leaves behind, and
 * of which lengths. */
static void
a_hostile_chain_leaves_a_bounded_number_of_elements(void)
{
	struct fixture x = begin(pin(ROOT_B, "any"));
	uint8_t *junk = mem_alloc(LIMIT_ISSUER + 1, 1);
	struct store_cert c = { .kind = LEAF_X509, .der = leaf };
	struct store_sighting at = { .log_id = { 1 } };
	struct buf chain;

	buf_init(&chain, 1 << 20);
	for (uint32_t i = 0; i <= LIMIT_CHAIN; i++) {
		size_t n = i == 0 ? LIMIT_ISSUER + 1
		    : i == 1      ? LIMIT_ISSUER
		                  : 100 + i;

		CHECK(buf_add_byte(&chain, (uint8_t)(n >> 16)) &&
		    buf_add_byte(&chain, (uint8_t)(n >> 8)) &&
		    buf_add_byte(&chain, (uint8_t)n) &&
		    buf_add(&chain, (struct bytes){ junk, n }));
	}
	c.chain = buf_view(&chain);
	CHECK(store_sighting_add(x.s, &c, &at));
	buf_fini(&chain);
	free(junk);
	/* Of LIMIT_CHAIN + 1 elements the first is too long, and the last one
	 * too many. */
	CHECK(store_issuers_count(x.s) == LIMIT_CHAIN - 1);
	end(&x);
}

int
main(void)
{
	make_certs();
	both_roots_are_found_above_a_leaf();
	a_certificate_of_no_ca_is_above_no_leaf();
	a_hostile_pool_ends_the_search();
	a_leaf_below_a_cross_signed_ca_is_below_both_roots();
	certificates_below_a_later_path_are_judged_again();
	issuers_are_found_by_a_later_path();
	chains_of_an_older_state_show_paths();
	a_hostile_chain_leaves_a_bounded_number_of_elements();
	free_certs();
	return 0;
}
