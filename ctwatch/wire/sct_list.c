/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/sct_list.h>

enum sct_list_result
sct_list_embedded(const struct cert *c, struct bytes *list, bool *trailing)
{
	struct bytes extensions = c->extensions;
	struct cert_extension x;
	struct der octets;
	bool found = false;

	*list = (struct bytes){ 0 };
	*trailing = false;
	while (!found && cert_extension_next(&extensions, &x))
		found = cert_extension_is_sct_list(&x);
	if (!found)
		return SCT_LIST_ABSENT;
	/* RFC 6962, 3.3: the TLS list is in an OCTET STRING of its own. */
	if (!der_take(&x.value, DER_OCTETS, &octets) ||
	    !bytes_vec16(&octets.body, list))
		return SCT_LIST_MALFORMED;
	*trailing = octets.body.n > 0 || x.value.n > 0;
	return SCT_LIST_OK;
}

enum sct_list_result
sct_list_next(struct bytes *list, struct sct *out)
{
	struct bytes b;
	uint8_t version;

	if (list->n == 0)
		return SCT_LIST_ABSENT;
	if (!bytes_vec16(list, &out->whole)) {
		*list = (struct bytes){ 0 };
		return SCT_LIST_MALFORMED;
	}
	b = out->whole;
	if (!bytes_u8(&b, &version) || version != 0 ||
	    !bytes_take(&b, SHA256_SIZE, &out->log_id) ||
	    !bytes_u64(&b, &out->timestamp) ||
	    !bytes_vec16(&b, &out->extensions) || b.n == 0)
		return SCT_LIST_MALFORMED;
	out->signature = b;
	return SCT_LIST_OK;
}

void
sct_list_leaf(const struct sct *sct, enum leaf_kind kind, struct bytes cert,
    const uint8_t *issuer_key_hash, struct leaf *out)
{
	*out = (struct leaf){ .timestamp = sct->timestamp,
		.kind = kind,
		.cert = cert,
		.extensions = sct->extensions };
	if (kind == LEAF_PRECERT)
		out->issuer_key_hash =
		    (struct bytes){ issuer_key_hash, SHA256_SIZE };
}
