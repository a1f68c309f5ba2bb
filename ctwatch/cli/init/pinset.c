/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/init/init.h"
#include "cli/pins/pins.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/tls_peer.h>
#include <ctwatch/policy/certinfo.h>

#include "config.h"

/* How long a host may take to present its certificate. */
#define HOST_TIME (30 * TIME_SECOND)

static bool
has_id(const struct init_pinset *p, const char *id)
{
	for (size_t i = 0; i < p->n_keys; i++)
		if (strcmp(p->keys[i].id, id) == 0)
			return true;
	return false;
}

/* Make an id, such as example.com-2026, of the first name and the year in which
 * the certificate begins. */
static char *
make_id(const struct init_pinset *p, const struct certinfo *c)
{
	const char *name = c->names.n > 0 ? c->names.v[0] : "key";
	char date[TIME_TEXT] = "";
	char *stem, *id;

	if (c->not_before != CERTINFO_NO_TIME)
		time_format_date(c->not_before, date);
	name += strncmp(name, "*.", 2) == 0 ? 2 : 0;
	stem = mem_printf("%s-%.4s", name, date);
	id = mem_strdup(stem);
	for (unsigned i = 2; has_id(p, id); i++) {
		free(id);
		id = mem_printf("%s-%u", stem, i);
	}
	free(stem);
	return id;
}

/* Return the index of the certificate's key, which is added if it is new. */
static size_t
add_key(struct init_pinset *p, const struct key_input *m,
    const struct certinfo *c, const char *source)
{
	struct init_key *key;
	char *alg;

	for (size_t i = 0; i < p->n_keys; i++)
		if (memcmp(p->keys[i].spki_sha256, c->spki_sha256,
		        SHA256_SIZE) == 0)
			return i;
	p->keys = mem_grow(p->keys, p->n_keys, sizeof *p->keys);
	key = &p->keys[p->n_keys];
	*key = (struct init_key){ .id = make_id(p, c),
		.spki = blob_copy(blob_view(m->spki)),
		.note = mem_strdup(source) };
	memcpy(key->spki_sha256, c->spki_sha256, SHA256_SIZE);
	alg = key_input_algorithm(blob_view(m->spki));
	if (strcmp(alg, "unknown") != 0)
		key->alg = alg;
	else
		free(alg);
	return p->n_keys++;
}

static void
add_pin(struct init_pinset *p, const char *host, size_t key)
{
	for (size_t i = 0; i < p->n_pins; i++)
		if (p->pins[i].key == key && strcmp(p->pins[i].host, host) == 0)
			return;
	p->pins = mem_grow(p->pins, p->n_pins, sizeof *p->pins);
	p->pins[p->n_pins++] = (struct init_pin){ mem_strdup(host), key };
}

static bool
add_cert(struct init_pinset *p, const struct key_input_list *l,
    const char *what, const char *source)
{
	struct certinfo c;
	size_t key, added = 0;

	if (l->v[0].kind != KEY_INPUT_CERT || l->v[0].ca) {
		msg_error("%s: not the certificate of a server: it is %s", what,
		    l->v[0].ca ? "a CA's" : key_input_word(l->v[0].kind));
		return false;
	}
	certinfo_parse(blob_view(l->v[0].der), false, &c);
	key = add_key(p, &l->v[0], &c, source);
	for (size_t i = 0; i < c.names.n; i++) {
		enum host_pattern_reach reach;
		const char *fault;
		char *host = host_pattern_parse(c.names.v[i], &reach, &fault);

		if (host == NULL)
			msg_warn("%s: the name %s is not taken over: %s", what,
			    c.names.v[i], fault);
		else {
			add_pin(p, c.names.v[i], key);
			added++;
		}
		free(host);
	}
	if (added == 0)
		msg_error("%s: the certificate has no name for which its key "
		          "can be expected",
		    what);
	certinfo_fini(&c);
	return added > 0;
}

bool
init_pinset_file(struct init_pinset *p, const char *path)
{
	char *source = mem_printf("from the file %s", path);
	struct key_input_list l;
	bool ok = pins_material(path, &l);

	if (ok) {
		ok = add_cert(p, &l, path, source);
		key_input_fini(&l);
	}
	free(source);
	return ok;
}

bool
init_pinset_host(struct init_pinset *p, const char *host, const char *ca_file)
{
	const struct http_options options = {
		.user_agent = "ctwatch/" PACKAGE_VERSION, .ca_file = ca_file
	};
	char date[TIME_TEXT], *source;
	struct key_input_list l;
	struct buf chain, error;
	bool ok;

	time_format_date(time_now(), date);
	source = mem_printf("presented by %s on %s", host, date);
	buf_init(&chain, LIMIT_PIN_FILE);
	buf_init(&error, LIMIT_SMALL_BODY);
	ok = tls_peer_chain(&options, host, HOST_TIME, &chain, &error) &&
	    key_input_read(buf_view(&chain), &l, &error);
	if (!ok)
		msg_error("%s", buf_text(&error));
	else {
		ok = add_cert(p, &l, host, source);
		key_input_fini(&l);
	}
	buf_fini(&chain);
	buf_fini(&error);
	free(source);
	return ok;
}

size_t
init_pinset_write(
    const struct init_pinset *p, const char *name, struct buf *out)
{
	struct pinset_edit *f = pinset_edit_empty(name);
	struct buf ignored;
	size_t n = 0;

	buf_init(&ignored, LIMIT_SMALL_BODY);
	for (size_t i = 0; i < p->n_keys; i++) {
		const struct init_key *k = &p->keys[i];
		const struct pinset_edit_key key = { .id = k->id,
			.spki_sha256 = k->spki_sha256,
			.spki_der = blob_view(k->spki),
			.state = PINSET_ACTIVE,
			.alg = k->alg,
			.note = k->note };

		pinset_edit_add_key(f, &key, &ignored);
	}
	for (size_t i = 0; i < p->n_pins; i++) {
		const struct init_pin *pin = &p->pins[i];
		bool known = false;

		for (size_t k = 0; k < i; k++)
			known |= strcmp(p->pins[k].host, pin->host) == 0;
		if (!known) {
			pinset_edit_add_domain(f,
			    &(struct pinset_edit_domain){
			        .pattern = pin->host });
			n++;
		}
		pinset_edit_add_to_domain(
		    f, pin->host, p->keys[pin->key].id, &ignored);
	}
	pinset_edit_write(f, out);
	pinset_edit_free(f);
	buf_fini(&ignored);
	return n;
}

void
init_pinset_fini(struct init_pinset *p)
{
	for (size_t i = 0; i < p->n_keys; i++) {
		free(p->keys[i].id);
		blob_fini(&p->keys[i].spki);
		free(p->keys[i].alg);
		free(p->keys[i].note);
	}
	for (size_t i = 0; i < p->n_pins; i++)
		free(p->pins[i].host);
	free(p->keys);
	free(p->pins);
}
