/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, chains, certificate requests and public keys: PEM or DER. */
#include "rotate/lex.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>
#include <ctwatch/rotate/key_input.h>

static bool
detect(struct bytes text)
{
	/* Chrome's .pins files also have PEM, between names. */
	return (lex_has(text, "-----BEGIN ") &&
	           !lex_has(text, "PinsListTimestamp")) ||
	    (text.n > 1 && text.p[0] == 0x30 && text.p[1] >= 0x30) ||
	    key_input_is_wrapped(text);
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct pinlist_host *h;
	struct key_input_list l;

	if (!key_input_read(text, &l, error))
		return false;
	h = pinlist_host(out, NULL, HOST_PATTERN_HOST);
	for (size_t i = 0; i < l.n; i++) {
		const struct key_input *m = &l.v[i];
		struct pinlist_pin *pin =
		    pinlist_add_spki(h, blob_view(m->spki));

		if (m->kind == KEY_INPUT_CERT) {
			pin->position = m->ca ? PINLIST_CA : PINLIST_LEAF;
			pin->not_after = m->not_after;
			pin->cert = blob_copy(blob_view(m->der));
		}
		if (m->subject != NULL)
			pin->label = mem_strdup(m->subject);
		if (m->kind == KEY_INPUT_REQUEST &&
		    m->proof != KEY_INPUT_PROVED)
			pinlist_warn(out, "the request of %s %s",
			    m->subject != NULL ? m->subject : "no subject",
			    m->proof == KEY_INPUT_UNSIGNED
			        ? "is not signed by its key"
			        : "cannot be verified here: OpenSSL does not "
			          "know its algorithm");
	}
	key_input_fini(&l);
	return true;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	(void)title;
	for (size_t i = 0; i < list->n_hosts; i++)
		for (size_t k = 0; k < list->hosts[i].n_pins; k++)
			text_pem(out, "PUBLIC KEY",
			    blob_view(list->hosts[i].pins[k].spki));
	return true;
}

const struct formats_format pem_format = {
	.name = "pem",
	.purpose = "certificates, chains, requests and public keys, PEM or "
	           "DER",
	.can = FORMATS_LEAF | FORMATS_CA | FORMATS_WHOLE_KEY,
	.detect = detect,
	.read = read,
	.write = write,
};
