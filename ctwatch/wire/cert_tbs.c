/* SPDX-License-Identifier: Apache-2.0 */
/* cert_tbs: the TBSCertificate without SCT list and poison, and its digest. */
#include <ctwatch/wire/cert.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>

/* Append the remaining extensions.  Return false if the list is malformed. */
static bool
add_kept(struct bytes list, struct buf *out)
{
	struct cert_extension x;

	while (list.n > 0) {
		if (!cert_extension_next(&list, &x))
			return false;
		if (!cert_extension_is_sct_list(&x) &&
		    !cert_extension_is_poison(&x))
			buf_add(out, x.whole);
	}
	return true;
}

/* Append an element like `old` around other contents. */
static void
add_like(const struct der *old, struct bytes body, struct buf *out)
{
	struct bytes head = der_header(old);
	size_t least = 0;

	if ((old->deviations & DER_INDEFINITE) != 0) {
		buf_add(out, head);
		buf_add(out, body);
		buf_add(out, bytes_at("\0", 2));
		return;
	}
	if ((old->deviations & DER_LONG_LENGTH) != 0)
		least = head.n - 2;
	der_add_header(out, old->tag, body.n, least);
	buf_add(out, body);
}

/* Append the fields of a TBSCertificate, its extensions being `kept`. */
static bool
add_fields(const struct cert *c, struct bytes fields, struct bytes kept,
    struct buf *out)
{
	struct der field, list;
	struct bytes inner;
	struct buf whole;

	while (fields.n > 0) {
		if (!der_any(&fields, &field))
			return false;
		if (!bytes_enclose(field.body, c->extensions)) {
			buf_add(out, field.whole);
			continue;
		}
		inner = field.body;
		if (kept.n == 0 || !der_any(&inner, &list))
			continue;
		buf_init(&whole, c->tbs.n);
		add_like(&list, kept, &whole);
		add_like(&field, buf_view(&whole), out);
		buf_fini(&whole);
	}
	return true;
}

bool
cert_tbs_add(const struct cert *c, struct buf *out)
{
	struct bytes b = c->tbs;
	struct buf kept, fields;
	struct der tbs;
	bool cut;

	/* The result is not longer than the original. */
	buf_init(&kept, c->tbs.n);
	buf_init(&fields, c->tbs.n);
	/* Before the fields of an entry there is no header. */
	cut = c->spki_hash.n == 0 && c->extensions.p != NULL &&
	    add_kept(c->extensions, &kept) &&
	    (kept.n < c->extensions.n || kept.n == 0) && der_any(&b, &tbs) &&
	    add_fields(c, tbs.body, buf_view(&kept), &fields);
	if (cut)
		add_like(&tbs, buf_view(&fields), out);
	else
		buf_add(out, c->tbs);
	buf_fini(&kept);
	buf_fini(&fields);
	return cut;
}

void
cert_tbs_hash(const struct cert *c, uint8_t out[static SHA256_SIZE])
{
	struct buf tbs;

	buf_init(&tbs, c->tbs.n);
	cert_tbs_add(c, &tbs);
	sha256_digest(buf_view(&tbs), out);
	buf_fini(&tbs);
}
