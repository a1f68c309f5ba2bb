/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/policy/pinset.h>

#define PIN_PREFIX "sha256/"
#define PIN_BASE64 TEXT_BASE64_LEN(SHA256_SIZE)

static void
free_strings(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

static void
free_domain(struct pinset_domain *d)
{
	free(d->pattern);
	free(d->host);
	free(d->keys);
	free(d->issuers);
	free(d->owner);
	free(d->contact);
	free_strings(d->exclude, d->n_exclude);
	free(d->consumers);
	free(d->ports);
	free_strings(d->policy_oids, d->n_policy_oids);
}

void
pinset_roots_fini(struct pinset_roots *roots)
{
	free(roots->file);
	free(roots->keys);
	*roots = (struct pinset_roots){ 0 };
}

void
pinset_free(struct pinset *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_keys; i++) {
		struct pinset_key *k = &p->keys[i];

		free(k->id);
		blob_fini(&k->spki_der);
		free(k->alg);
		free(k->custody);
		free(k->location);
		free(k->name);
	}
	for (size_t i = 0; i < p->n_roots; i++)
		pinset_roots_fini(&p->roots[i]);
	for (size_t i = 0; i < p->n_issuers; i++) {
		free(p->issuers[i].id);
		free(p->issuers[i].caa);
		free(p->issuers[i].account);
		free(p->issuers[i].name);
	}
	for (size_t i = 0; i < p->n_domains; i++)
		free_domain(&p->domains[i]);
	for (size_t i = 0; i < p->n_consumers; i++) {
		free(p->consumers[i].id);
		free(p->consumers[i].format);
		free(p->consumers[i].path);
		free(p->consumers[i].min_version);
	}
	free(p->name);
	free(p->keys);
	free(p->roots);
	free(p->issuers);
	free(p->domains);
	free(p->by_host);
	free(p->consumers);
	free(p->warn_days);
	free(p);
}

char *
pinset_path(const char *path, const char *named)
{
	const char *slash = strrchr(path, '/');

	return named[0] == '/' || slash == NULL
	    ? mem_strdup(named)
	    : mem_printf("%.*s/%s", (int)(slash - path), path, named);
}

/* ---- domains ---- */

/*
 * Return the domain with this host that covers a name so many labels below it;
 * of two, the narrower one.
 */
static const struct pinset_domain *
domain_at(const struct pinset *p, const char *host, size_t depth)
{
	const struct pinset_domain *found = NULL;
	size_t low = 0, high = p->n_domains;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(p->domains[p->by_host[mid]].host, host) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < p->n_domains; low++) {
		const struct pinset_domain *d = &p->domains[p->by_host[low]];

		if (strcmp(d->host, host) != 0)
			break;
		if ((depth == 0 && d->reach == HOST_PATTERN_HOST) ||
		    (depth == 1 && d->reach == HOST_PATTERN_ONE_LABEL))
			return d;
		if (d->reach == HOST_PATTERN_SUBTREE)
			found = d;
	}
	return found;
}

const struct pinset_domain *
pinset_domain_any(const struct pinset *p, const char *name)
{
	const struct pinset_domain *d = NULL;
	size_t depth = 0;

	for (const char *s = name; d == NULL && s != NULL; depth++) {
		d = domain_at(p, s, depth);
		s = strchr(s, '.');
		if (s != NULL)
			s++;
	}
	return d;
}

const struct pinset_domain *
pinset_domain(const struct pinset *p, const char *name)
{
	const struct pinset_domain *d = pinset_domain_any(p, name);

	for (size_t i = 0; d != NULL && i < d->n_exclude; i++)
		if (strcmp(d->exclude[i], name) == 0)
			return NULL;
	return d;
}

/* ---- keys, issuers and consumers ---- */

bool
pinset_is_usable(const struct pinset_key *key)
{
	return key->state == PINSET_ACTIVE || key->state == PINSET_BACKUP;
}

bool
pinset_is_ca(const struct pinset *p, const struct pinset_key *key)
{
	return key->ca || pinset_issuer(p, key->spki_sha256) != NULL;
}

bool
pinset_domain_key(const struct pinset *p, const struct pinset_domain *d,
    const struct pinset_key *key)
{
	for (size_t i = 0; i < d->n_keys; i++)
		if (&p->keys[d->keys[i]] == key)
			return true;
	return false;
}

bool
pinset_domain_port(const struct pinset_domain *d, uint16_t port)
{
	for (size_t i = 0; i < d->n_ports; i++)
		if (d->ports[i] == port)
			return true;
	return false;
}

bool
pinset_domain_consumer(
    const struct pinset *p, const struct pinset_domain *d, const char *id)
{
	for (size_t i = 0; i < d->n_consumers; i++)
		if (strcmp(p->consumers[d->consumers[i]].id, id) == 0)
			return true;
	return false;
}

const struct pinset_key *
pinset_key(const struct pinset *p, const uint8_t spki[static SHA256_SIZE])
{
	for (size_t i = 0; i < p->n_keys; i++)
		if (memcmp(p->keys[i].spki_sha256, spki, SHA256_SIZE) == 0)
			return &p->keys[i];
	return NULL;
}

const struct pinset_issuer *
pinset_issuer(const struct pinset *p, const uint8_t spki[static SHA256_SIZE])
{
	for (size_t i = 0; i < p->n_issuers; i++)
		if (memcmp(p->issuers[i].spki_sha256, spki, SHA256_SIZE) == 0)
			return &p->issuers[i];
	return NULL;
}

/* ---- pins as text ---- */

bool
pinset_pin_parse(const char *text, uint8_t out[static SHA256_SIZE])
{
	size_t n = strlen(PIN_PREFIX);

	return strncmp(text, PIN_PREFIX, n) == 0 &&
	    text_unbase64_exact(bytes_of(text + n), out, SHA256_SIZE);
}

/* Report whether all n characters of s are the same one. */
static bool
is_one_character(const char *s, size_t n)
{
	return n > 0 && strspn(s, (char[]){ s[0], '\0' }) == n;
}

const char *
pinset_pin_fault(const char *text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijk"
	                               "lmnopqrstuvwxyz0123456789+/";
	uint8_t pin[SHA256_SIZE], nothing[SHA256_SIZE];
	const char *digits = text + strlen(PIN_PREFIX);
	size_t n;

	if (strncmp(text, PIN_PREFIX, strlen(PIN_PREFIX)) != 0)
		return "not a pin: it does not begin with sha256/";
	n = strspn(digits, alphabet);
	if (strspn(digits + n, "=") != strlen(digits + n))
		return "not a pin: a character that base64 does not have";
	/* OkHttp and others accept any length, but such a pin never matches. */
	if (n * 6 / 8 != SHA256_SIZE)
		return "not a pin: it does not decode to 32 bytes";
	if (is_one_character(digits, n))
		return "a placeholder, not a pin";
	if (!pinset_pin_parse(text, pin))
		return "base64 that is not canonical: many programs compare "
		       "the text, so that it would never match";
	sha256_digest((struct bytes){ NULL, 0 }, nothing);
	if (memcmp(pin, nothing, sizeof pin) == 0)
		return "the SHA-256 of nothing: the command that made it "
		       "got no input";
	sha256_digest(bytes_of("\n"), nothing);
	if (memcmp(pin, nothing, sizeof pin) == 0)
		return "the SHA-256 of an empty line: the command that made "
		       "it got no key";
	return NULL;
}

void
pinset_pin_format(
    const uint8_t spki[static SHA256_SIZE], char out[static PINSET_PIN_TEXT])
{
	_Static_assert(sizeof PIN_PREFIX + PIN_BASE64 == PINSET_PIN_TEXT,
	    "a pin and its NUL fill the buffer");

	memcpy(out, PIN_PREFIX, strlen(PIN_PREFIX));
	text_base64(
	    (struct bytes){ spki, SHA256_SIZE }, out + strlen(PIN_PREFIX));
}

const char *
pinset_state_word(enum pinset_state s)
{
	static const char *const words[] = {
		[PINSET_PROPOSED] = "proposed",
		[PINSET_BACKUP] = "backup",
		[PINSET_ACTIVE] = "active",
		[PINSET_RETIRED] = "retired",
		[PINSET_COMPROMISED] = "compromised",
	};

	return words[s];
}

const char *
pinset_kind_word(enum pinset_kind kind)
{
	static const char *const words[] = {
		[PINSET_SPKI] = "spki",
		[PINSET_CA] = "ca",
		[PINSET_CERT] = "cert",
	};

	return words[kind];
}
