/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctwatch/policy/sct.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/mimic_log.h>

/* 1.3.6.1.4.1.11129.2.4.2 */
static const uint8_t oid_scts[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79,
	0x02, 0x04, 0x02 };

/* One SerializedSCT of version 1. */
struct sct {
	struct bytes log_id, extensions, signature;
	uint64_t timestamp;
};

static bool
sct_parse(struct bytes b, struct sct *out)
{
	uint8_t version;

	if (!bytes_u8(&b, &version) || version != 0 ||
	    !bytes_take(&b, SHA256_SIZE, &out->log_id) ||
	    !bytes_u64(&b, &out->timestamp) ||
	    !bytes_vec16(&b, &out->extensions))
		return false;
	out->signature = b;
	return b.n > 0;
}

/*
 * The TBSCertificate that the SCTs sign: without their list.  libcrypto
 * removes it, as it does to check SCTs itself.
 */
static bool
signed_tbs(struct bytes der, struct buf *out)
{
	const uint8_t *p = der.p;
	X509 *x = der.n <= LONG_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;
	uint8_t *tbs = NULL;
	int at, n = -1;

	if (x != NULL) {
		at = X509_get_ext_by_NID(x, NID_ct_precert_scts, -1);
		if (at >= 0)
			X509_EXTENSION_free(X509_delete_ext(x, at));
		n = i2d_re_X509_tbs(x, &tbs);
	}
	if (n > 0)
		buf_add(out, (struct bytes){ tbs, (size_t)n });
	OPENSSL_free(tbs);
	X509_free(x);
	ERR_clear_error();
	return n > 0;
}

static void
add_number(struct buf *b, uint64_t v, int octets)
{
	for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
		buf_add_byte(b, (uint8_t)(v >> shift));
}

/* RFC 6962, 3.2: what a log signs for a precertificate. */
static bool
is_signed(const struct sct *sct, const uint8_t *issuer_key_hash,
    struct bytes tbs, const struct head_key *key)
{
	struct buf m;
	bool good;

	buf_init(&m, tbs.n + 65536 + 64);
	add_number(&m, 0, 1); /* v1 */
	add_number(&m, 0, 1); /* certificate_timestamp */
	add_number(&m, sct->timestamp, 8);
	add_number(&m, 1, 2); /* precert_entry */
	buf_add(&m, (struct bytes){ issuer_key_hash, SHA256_SIZE });
	add_number(&m, tbs.n, 3);
	buf_add(&m, tbs);
	add_number(&m, sct->extensions.n, 2);
	buf_add(&m, sct->extensions);
	good = tree_head_verify_signed(buf_view(&m), sct->signature, key) ==
	    TREE_HEAD_OK;
	buf_fini(&m);
	return good;
}

static const struct sct_log *
find_log(const struct sct_log *logs, size_t n, struct bytes id)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(logs[i].id, id.p, SHA256_SIZE) == 0)
			return &logs[i];
	return NULL;
}

/* Report whether the list has an earlier SCT of that log. */
static bool
is_repeated(struct bytes list, struct bytes one, struct bytes log_id)
{
	struct bytes other;
	struct sct sct;

	while (bytes_vec16(&list, &other) && other.p != one.p)
		if (sct_parse(other, &sct) && bytes_equal(sct.log_id, log_id))
			return true;
	return false;
}

void
sct_check(struct bytes der, const struct cert *c,
    const uint8_t *issuer_key_hash, const struct sct_log *logs, size_t n_logs,
    struct sct_summary *out)
{
	struct bytes oid = { oid_scts, sizeof oid_scts }, list, first, one;
	struct cert_extension x;
	struct der octets;
	struct buf tbs;

	*out = (struct sct_summary){ 0 };
	if (!cert_extension(c, oid, &x))
		return;
	/* RFC 6962, 3.3: the TLS list is in an OCTET STRING of its own. */
	if (!der_take(&x.value, DER_OCTETS, &octets) ||
	    !bytes_vec16(&octets.body, &list)) {
		out->malformed = 1;
		return;
	}
	out->trailing = octets.body.n > 0 || x.value.n > 0;
	first = list;
	buf_init(&tbs, der.n + 64);
	if (issuer_key_hash == NULL || n_logs == 0 || !signed_tbs(der, &tbs))
		n_logs = 0;
	while (list.n > 0) {
		const struct sct_log *log;
		struct sct sct;

		if (!bytes_vec16(&list, &one) || !sct_parse(one, &sct)) {
			out->malformed++;
			break;
		}
		out->n++;
		out->repeated += is_repeated(first, one, sct.log_id);
		if (out->earliest == 0 || sct.timestamp < out->earliest)
			out->earliest = sct.timestamp;
		if (mimic_log_is(sct.log_id.p)) {
			out->bad++; /* its private key is public */
			continue;
		}
		if (n_logs == 0)
			continue;
		log = find_log(logs, n_logs, sct.log_id);
		if (log == NULL)
			out->unknown++;
		else if (!is_signed(
		             &sct, issuer_key_hash, buf_view(&tbs), log->key))
			out->bad++;
	}
	buf_fini(&tbs);
}
