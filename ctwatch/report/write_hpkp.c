/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/report/doc.h>
#include <ctwatch/report/pem.h>
#include <ctwatch/report/write.h>

/* What stands for a pinset that never expires. */
#define NEVER "9999-12-31T23:59:59Z"

static void
add_pem(void *arg, struct bytes der)
{
	struct buf pem;

	buf_init(&pem, SIZE_MAX / 2);
	pem_add(&pem, der);
	json_array_append_new(arg, json_string(buf_text(&pem)));
	buf_fini(&pem);
}

/* All pins that a client would have for the pattern that matched. */
static json_t *
known_pins(const json_t *doc, const char *pattern)
{
	json_t *out = json_array(), *pin;
	size_t i;

	json_array_foreach(doc_at(doc, "pins"), i, pin)
		for (size_t k = 0; k < doc_count(pin, "patterns"); k++) {
			char *text;

			if (strcmp(doc_item_text(pin, "patterns", k),
			        pattern) != 0)
				continue;
			text = mem_printf("pin-sha256=\"%s\"",
			    doc_text(pin, "spki") + strlen("sha256/"));
			json_array_append_new(out, json_string(text));
			free(text);
			break;
		}
	return out;
}

static json_t *
hpkp_json(const struct report *r, struct store *s, const json_t *f)
{
	const char *pattern = doc_item_text(f, "watched", 0);
	const char *expires = doc_text(r->doc, "run.pinset.expires");
	const char *host = pattern;
	json_t *chain = json_array();

	pem_each(s, doc_text(f, "certificate.tbs_sha256"), add_pem, chain);
	while (*host == '*' || *host == '.')
		host++;
	return json_pack("{ss ss si ss sb ss sO so so}", "date-time",
	    doc_text(f, "first_seen"), "hostname", doc_about(f), "port", 443,
	    "effective-expiration-date", *expires != '\0' ? expires : NEVER,
	    "include-subdomains", host != pattern, "noted-hostname", host,
	    "served-certificate-chain", chain, "validated-certificate-chain",
	    chain, "known-pins", known_pins(r->doc, pattern));
}

void
write_hpkp(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	size_t i;
	json_t *f;

	json_array_foreach(doc_at(r->doc, "findings"), i, f) {
		json_t *v;

		if (!json_is_object(doc_at(f, "certificate")))
			continue;
		v = hpkp_json(r, style->store, f);
		write_json_line(v, out);
		json_decref(v);
	}
}
