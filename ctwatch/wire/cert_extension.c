/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

bool
cert_extension_next(struct bytes *list, struct cert_extension *out)
{
	struct bytes b;
	struct der e;

	if (!der_any(list, &e))
		return false;
	*out = (struct cert_extension){ .whole = e.whole };
	b = e.body;
	if (!der_any(&b, &e))
		return true;
	out->oid = e.body;
	cert_extension_value(b, out);
	return true;
}

void
cert_extension_value(struct bytes after_oid, struct cert_extension *out)
{
	struct der e;

	while (der_any(&after_oid, &e)) {
		if (e.tag == DER_BOOLEAN)
			out->critical = e.body.n > 0 && e.body.p[0] != 0;
		/* Check only the tag of the OCTET STRING. */
		if ((e.tag & DER_NUMBER) == DER_OCTETS) {
			out->value = e.body;
			out->split = (e.tag & DER_CONSTRUCTED) != 0;
			break;
		}
	}
}

bool
cert_extension_find(
    struct bytes list, struct bytes oid, struct cert_extension *out)
{
	while (cert_extension_next(&list, out))
		if (bytes_equal(out->oid, oid))
			return true;
	return false;
}

bool
cert_extension_sequence(struct bytes list, struct bytes oid, struct bytes *out)
{
	struct cert_extension x;
	struct der e;

	if (!cert_extension_find(list, oid, &x) ||
	    !der_take(&x.value, DER_SEQUENCE, &e))
		return false;
	*out = e.body;
	return true;
}

bool
cert_extension_is_alt_name(const struct cert_extension *x)
{
	return OID_IS(x->oid, OID_ALT_NAME) ||
	    OID_IS(x->oid, OID_ALT_NAME_1993);
}

bool
cert_extension_is_sct_list(const struct cert_extension *x)
{
	return OID_IS(x->oid, OID_SCT_LIST);
}

bool
cert_extension_is_poison(const struct cert_extension *x)
{
	return OID_IS(x->oid, OID_POISON);
}
