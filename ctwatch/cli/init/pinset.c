/* SPDX-License-Identifier: Apache-2.0 */
/* pinset: make a first pinset of the certificates in files or on hosts. */
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

/* Time limit for a host to present its certificate, in ms. */
#define HOST_TIME (30 * TIME_SECOND)

/* Return the id of the certificate's key, which is added if it is new; borrowed,
 * or NULL. */
static const char *
add_key(struct init_pinset *p, const struct key_input *m,
    const struct certinfo *c, const char *source, struct buf *error)
{
	struct pinset_edit_key key = { .spki_sha256 = c->spki_sha256,
		.spki_der = blob_view(m->spki),
		.state = PINSET_ACTIVE,
		.note = source };
	struct init_key *known;
	char *alg, *id;

	for (size_t i = 0; i < p->n_keys; i++)
		if (memcmp(p->keys[i].spki_sha256, c->spki_sha256,
		        SHA256_SIZE) == 0)
			return p->keys[i].id;
	key.id = id = pinset_edit_cert_id(p->next, c);
	alg = key_input_algorithm(blob_view(m->spki));
	key.alg = strcmp(alg, "unknown") != 0 ? alg : NULL;
	if (pinset_edit_add_key(p->next, &key, error)) {
		p->keys = mem_grow(p->keys, p->n_keys, sizeof *p->keys);
		known = &p->keys[p->n_keys++];
		known->id = id;
		memcpy(known->spki_sha256, c->spki_sha256, SHA256_SIZE);
	} else {
		free(id);
		id = NULL;
	}
	free(alg);
	return id;
}

static void
warn_of_names(const struct certinfo *c, const char *what)
{
	for (size_t i = 0; i < c->names.n; i++) {
		enum host_pattern_reach reach;
		const char *fault;
		char *host = host_pattern_parse(c->names.v[i], &reach, &fault);

		if (host == NULL)
			msg_warn("%s: the name %s is left out: %s", what,
			    c->names.v[i], fault);
		free(host);
	}
}

static bool
add_cert(struct init_pinset *p, const struct key_input_list *l,
    const char *what, const char *source)
{
	struct certinfo c;
	struct buf error;
	const char *id;
	size_t added = 0;

	if (l->v[0].kind != KEY_INPUT_CERT || l->v[0].ca) {
		msg_error("%s: not the certificate of a server: it is %s", what,
		    l->v[0].ca ? "a CA's" : key_input_word(l->v[0].kind));
		return false;
	}
	certinfo_parse(LEAF_X509, blob_view(l->v[0].der), &c);
	buf_init(&error, LIMIT_SMALL_BODY);
	warn_of_names(&c, what);
	id = add_key(p, &l->v[0], &c, source, &error);
	if (id != NULL)
		added = pinset_edit_cert_add_names(p->next, &c, id, &error);
	if (error.n > 0)
		msg_error("%s: %s", what, buf_text(&error));
	else if (added == 0)
		msg_error("%s: the certificate has no name for which its key "
		          "can be expected",
		    what);
	buf_fini(&error);
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

void
init_pinset_begin(struct init_pinset *p, const char *name)
{
	*p = (struct init_pinset){ .next = pinset_edit_empty(name) };
}

void
init_pinset_fini(struct init_pinset *p)
{
	for (size_t i = 0; i < p->n_keys; i++)
		free(p->keys[i].id);
	free(p->keys);
	pinset_edit_free(p->next);
}
