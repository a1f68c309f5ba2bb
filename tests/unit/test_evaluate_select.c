/* SPDX-License-Identifier: Apache-2.0 */
/* After a change of pinset or watch list only what the change concerns is
 * judged again, and the findings are those of judging everything. */
#include <ctwatch/base/buf.h>

#include "../support/judged_certs.h"

#define N_KEYS  5
#define N_CERTS 30

/* A certificate has names of up to two of these. */
static const char *const names[] = { "DNS:www.example.com",
	"DNS:a.b.example.com", "DNS:*.example.com", "DNS:example.com",
	"DNS:mail.example.org", "DNS:*.example.org", "DNS:other.example.net",
	"DNS:x.example.net", "DNS:unrelated.example", "IP:192.0.2.1",
	"email:me@example.org" };
static const char *const items[] = { ".example.com", "www.example.com",
	".example.org", "*.example.net", "192.0.2.0/24", "unrelated.example",
	"nothing.example" };
static const char *const patterns[] = { "**.example.com", "*.example.com",
	"www.example.com", "**.example.org", "mail.example.org",
	"other.example.net" };
static const char *const states[] = { "proposed", "backup", "active", "retired",
	"compromised" };

#define N_OF(v) (sizeof(v) / sizeof *(v))

static EVP_PKEY *keys[N_KEYS];

/* The same numbers in each run of the test. */
static unsigned
pick(unsigned n)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(state >> 33) % n;
}

/* ---- what is judged, and by what ---- */

static void
log_certs(struct fixture *a, struct fixture *b)
{
	for (int i = 0; i < N_CERTS; i++) {
		EVP_PKEY *key = keys[pick(N_KEYS)], *ca = keys[pick(N_KEYS)];
		char *both = mem_printf("%s,%s", names[pick(N_OF(names))],
		    names[pick(N_OF(names))]);
		struct bytes der =
		    make_cert_tbs(&(struct make_cert){ .key = key,
		        .ca_key = ca,
		        .names = both,
		        .not_before = DAY1,
		        .seconds = 10 * 365 * 86400 });
		struct store_cert c = { .kind = LEAF_PRECERT, .der = der };
		struct cert cert;

		make_cert_pin(ca, c.issuer_key_hash);
		CHECK(cert_parse_tbs(der, &cert) == CERT_OK);
		add(a, &c, &cert, 0, 0);
		add(b, &c, &cert, 0, 0);
		make_cert_free(der);
		free(both);
	}
}

static void
add_pin(struct buf *out, EVP_PKEY *key)
{
	char text[PINSET_PIN_TEXT];
	uint8_t spki[SHA256_SIZE];

	make_cert_pin(key, spki);
	pinset_pin_format(spki, text);
	buf_printf(out, "'spki': '%s'", text);
}

/* A pinset and a watch list. */
struct setup {
	bool pinned;                   /* there is a pinset */
	unsigned state[N_KEYS];        /* of states */
	bool has[N_OF(patterns)];      /* the domain is in the pinset ... */
	unsigned keys[N_OF(patterns)]; /* ... with these keys: bits */
	bool issuer[N_OF(patterns)], high[N_OF(patterns)];
	bool above[N_OF(patterns)]; /* a key may be a CA's */
	unsigned ca;                /* the key of the issuer */
	unsigned watched;           /* items: bits */
};

/* Change one thing. */
static void
change(struct setup *s)
{
	unsigned d = pick(N_OF(patterns)), k = pick(N_KEYS);

	switch (pick(18)) {
	case 0:
		s->pinned = !s->pinned;
		break;
	case 1:
	case 2:
	case 3:
		s->has[d] = !s->has[d];
		break;
	case 4:
	case 5:
		s->keys[d] ^= 1u << k;
		break;
	case 6:
		s->issuer[d] = !s->issuer[d];
		break;
	case 7:
		s->high[d] = !s->high[d];
		break;
	case 16:
		s->above[d] = !s->above[d];
		break;
	case 17:
		s->ca = k;
		break;
	case 8:
	case 9:
		s->state[k] = 4;
		break;
	case 10:
	case 11:
	case 12:
		s->state[k] = pick(4);
		break;
	default:
		s->watched ^= 2u << pick(N_OF(items) - 1);
		break;
	}
}

/* A domain; a pinset lists no compromised key there. */
static void
add_domain(struct buf *out, const struct setup *s, unsigned d)
{
	bool any = false;

	buf_printf(out, "{'pattern': '%s', 'criticality': '%s'", patterns[d],
	    s->high[d] ? "high" : "normal");
	if (s->above[d])
		buf_add_text(out, ", 'position': 'any'");
	if (s->issuer[d])
		buf_add_text(out, ", 'issuers': ['ca']");
	for (unsigned k = 0; k < N_KEYS; k++) {
		if (s->state[k] == 4 || (s->keys[d] >> k & 1) == 0)
			continue;
		buf_printf(out, "%s'k%u'", any ? ", " : ", 'keys': [", k);
		any = true;
	}
	buf_add_text(out, any ? "]}" : "}");
}

static char *
pinset_of(const struct setup *s)
{
	unsigned n = 0;
	struct buf b;

	buf_init(&b, 65536);
	buf_add_text(&b,
	    "{'format': 'ctwatch-pinset/1', 'name': 't', "
	    "'version': 1, 'keys': [");
	for (unsigned k = 0; k < N_KEYS; k++) {
		buf_printf(&b, "%s{'id': 'k%u', 'state': '%s', ",
		    k > 0 ? ", " : "", k, states[s->state[k]]);
		add_pin(&b, keys[k]);
		buf_add_text(&b, "}");
	}
	buf_add_text(&b, "], 'issuers': [{'id': 'ca', ");
	add_pin(&b, keys[s->ca]);
	buf_add_text(&b, "}], 'domains': [");
	for (unsigned d = 0; d < N_OF(patterns); d++)
		if (s->has[d]) {
			buf_add_text(&b, n++ > 0 ? ", " : "");
			add_domain(&b, s, d);
		}
	if (n == 0)
		buf_add_text(&b, "{'pattern': 'nothing.example'}");
	buf_add_text(&b, "]}");
	return buf_detach(&b);
}

static void
use(struct fixture *n, const char *pins, unsigned watched)
{
	struct buf error;

	buf_init(&error, 4096);
	pinset_free(n->p);
	n->p = pins != NULL ? pins_parse(mem_strdup(pins)) : NULL;
	watch_free(n->w);
	n->w = watch_new();
	for (unsigned i = 0; i < N_OF(items); i++)
		if ((watched >> i & 1) != 0)
			CHECK(watch_add(n->w, bytes_of(items[i]), &error));
	for (size_t i = 0; n->p != NULL && i < n->p->n_domains; i++)
		CHECK(watch_add(
		    n->w, bytes_of(n->p->domains[i].pattern), &error));
	watch_build(n->w);
	buf_fini(&error);
}

/* ---- judging ---- */

static void
judge_on(struct fixture *n, int day)
{
	int64_t now = DAY1 + day * TIME_DAY;

	time_set(now);
	n->run = store_run_begin(n->s, now);
	CHECK(evaluate_all(&(struct evaluate_input){ .store = n->s,
	    .pinset = n->p,
	    .trusted = true,
	    .watch = n->w,
	    .now = now,
	    .run = n->run }));
	CHECK(store_run_end(n->s, n->run, now, 0, bytes_of("{}")));
}

static void
forget_judgement(void *arg, const struct store_cert *c)
{
	static const uint8_t none[SHA256_SIZE];

	CHECK(store_cert_judged(arg, c->tbs_sha256, none));
}

/* Judge every certificate. */
static void
judge_all_on(struct fixture *n, int day)
{
	CHECK(store_certs_each(n->s, forget_judgement, n->s));
	CHECK(store_value_save(n->s, "judged-under", bytes_of("another")));
	judge_on(n, day);
}

static void
describe_whole(void *arg, const struct store_finding *f)
{
	buf_printf(arg, "%s %s %d %d %s %s %s %s\n", f->id, f->rule,
	    f->severity, f->status, f->reason != NULL ? f->reason : "-",
	    f->subject, f->message, f->detail);
}

static void
same_findings(struct fixture *a, struct fixture *b)
{
	struct buf x, y;

	buf_init(&x, SIZE_MAX / 2);
	buf_init(&y, SIZE_MAX / 2);
	CHECK(store_findings_each(a->s, describe_whole, &x));
	CHECK(store_findings_each(b->s, describe_whole, &y));
	if (strcmp(buf_text(&x), buf_text(&y)) != 0)
		fprintf(stderr, "%s\nbut of all:\n%s\n", buf_text(&x),
		    buf_text(&y));
	CHECK(strcmp(buf_text(&x), buf_text(&y)) == 0);
	buf_fini(&x);
	buf_fini(&y);
}

static void
finds_what_judging_all_finds(void)
{
	struct fixture a = begin(), b = begin();
	struct setup s = { .pinned = true, .watched = 1 };

	log_certs(&a, &b);
	for (int day = 1; day <= 400; day++) {
		char *pins;

		change(&s);
		pins = s.pinned ? pinset_of(&s) : NULL;
		use(&a, pins, s.watched);
		use(&b, pins, s.watched);
		judge_on(&a, day);
		judge_all_on(&b, day);
		same_findings(&a, &b);
		free(pins);
	}
	end(&a);
	end(&b);
}

/* ---- what is not judged again ---- */

struct counting {
	const struct fixture *n;
	char *text;
	size_t found; /* findings of the last run that have text */
	size_t other; /* findings of the last run that do not */
};

static void
count_last(void *arg, const struct store_finding *f)
{
	struct counting *c = arg;

	if (f->last_run != c->n->run)
		return;
	if (strstr(f->message, c->text) != NULL)
		c->found++;
	else
		c->other++;
}

/* Only certificates whose messages have this text were judged; any at all? */
static bool
judged_only(const struct fixture *n, const char *text)
{
	struct counting c = { n, (char *)(uintptr_t)text, 0, 0 };

	CHECK(store_findings_each(n->s, count_last, &c));
	CHECK(c.other == 0);
	return c.found > 0;
}

static void
judges_what_a_change_concerns(void)
{
	static const char pins[] =
	    "{'format': 'ctwatch-pinset/1', 'name': 't', 'version': 1,"
	    " 'keys': [{'id': 'a', 'state': 'active', %s},"
	    " {'id': 'b', 'state': '%s', %s}],"
	    " 'domains': [{'pattern': 'www.example.com', 'keys': ['a']},"
	    " {'pattern': '**.example.org', 'keys': ['%s']}]}";
	struct fixture n = begin();
	struct buf a, b;
	char *text;

	buf_init(&a, 256);
	buf_init(&b, 256);
	add_pin(&a, keys[0]);
	add_pin(&b, keys[1]);
	see_of(&n, keys[2], keys[3], "DNS:www.example.com", 0);
	see_of(&n, keys[4], keys[3], "DNS:mail.example.org", 0);
	text = mem_printf(pins, buf_text(&a), "active", buf_text(&b), "b");
	use(&n, text, 1);
	judge_on(&n, 1);
	/* an item that matches nothing */
	use(&n, text, 1 | 1u << 6);
	judge_on(&n, 2);
	CHECK(!judged_only(&n, ""));
	/* another key for one domain */
	free(text);
	text = mem_printf(pins, buf_text(&a), "active", buf_text(&b), "a");
	use(&n, text, 1);
	judge_on(&n, 3);
	CHECK(judged_only(&n, "mail.example.org"));
	/* the state of a key that no domain has */
	free(text);
	text = mem_printf(pins, buf_text(&a), "retired", buf_text(&b), "a");
	use(&n, text, 1);
	judge_on(&n, 4);
	CHECK(!judged_only(&n, ""));
	free(text);
	buf_fini(&a);
	buf_fini(&b);
	end(&n);
}

int
main(void)
{
	for (int i = 0; i < N_KEYS; i++)
		keys[i] = make_cert_key();
	judges_what_a_change_concerns();
	finds_what_judging_all_finds();
	for (int i = 0; i < N_KEYS; i++)
		EVP_PKEY_free(keys[i]);
	return 0;
}
