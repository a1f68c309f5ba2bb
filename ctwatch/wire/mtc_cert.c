/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/mtc_cert.h>
#include <ctwatch/wire/oid.h>

/* The name of a cosigner or log is this and its trust anchor ID. */
#define OID_PREFIX "oid/1.3.6.1.4.1."

/* ---- IDs ---- */

/* Copy a trust anchor ID in text: numbers joined by dots. */
static bool
copy_id(struct bytes in, char out[static MTC_CERT_ID + 1])
{
	bool digit = false;

	if (in.n > MTC_CERT_ID)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '.' && (in.p[i] < '0' || in.p[i] > '9'))
			return false;
		if (in.p[i] == '.' && !digit)
			return false;
		digit = in.p[i] != '.';
		out[i] = (char)in.p[i];
	}
	out[in.n] = '\0';
	return digit;
}

/* Write the contents of a RELATIVE-OID (X.690, 8.20) as text. */
static bool
relative_oid_text(struct bytes in, char out[static MTC_CERT_ID + 1])
{
	size_t n = 0;
	uint8_t octet;

	while (in.n > 0) {
		uint64_t number = 0;

		do {
			if (!bytes_u8(&in, &octet) || number >> 57 != 0)
				return false;
			number = number << 7 | (octet & DER_BASE128_BITS);
		} while ((octet & DER_BASE128_MORE) != 0);
		n += (size_t)snprintf(out + n, MTC_CERT_ID + 1 - n,
		    "%s%" PRIu64, n > 0 ? "." : "", number);
		if (n > MTC_CERT_ID)
			return false;
	}
	return n > 0;
}

/* Read the CA ID of a Name that has it as its only attribute. */
static bool
id_of_name(struct bytes name, char out[static MTC_CERT_ID + 1])
{
	struct der rdns, rdn, attribute, type, value;

	return der_take(&name, DER_SEQUENCE, &rdns) &&
	    der_take(&rdns.body, DER_SET, &rdn) && rdns.body.n == 0 &&
	    der_take(&rdn.body, DER_SEQUENCE, &attribute) && rdn.body.n == 0 &&
	    der_take(&attribute.body, DER_OID, &type) &&
	    OID_IS(type.body, OID_MTC_CA_ID) &&
	    der_any(&attribute.body, &value) && copy_id(value.body, out);
}

char *
mtc_cert_origin(const char *ca_id, unsigned log)
{
	return mem_printf(OID_PREFIX "%s.0.%u", ca_id, log);
}

bool
mtc_cert_signature(struct bytes *signatures, char name[static MTC_CERT_NAME],
    struct bytes *signature)
{
	struct bytes id;
	uint8_t n;

	memcpy(name, OID_PREFIX, sizeof OID_PREFIX - 1);
	return bytes_u8(signatures, &n) && bytes_take(signatures, n, &id) &&
	    bytes_vec16(signatures, signature) &&
	    relative_oid_text(id, name + sizeof OID_PREFIX - 1);
}

/* ---- certificates ---- */

/* Take the parts of a Certificate in DER. */
static bool
take_parts(struct bytes der, struct cert *c, struct bytes *signature)
{
	struct der outer, tbs, algorithm, value;
	uint8_t unused;

	if (cert_parse(der, c) != CERT_OK || c->deviations != 0 ||
	    !der_take(&der, DER_SEQUENCE, &outer) || der.n > 0 ||
	    !der_take(&outer.body, DER_SEQUENCE, &tbs) ||
	    !der_take(&outer.body, DER_SEQUENCE, &algorithm) ||
	    !bytes_equal(algorithm.whole, c->algorithm) ||
	    !der_take(&outer.body, DER_BIT_STRING, &value) ||
	    !bytes_u8(&value.body, &unused) || unused != 0)
		return false;
	*signature = value.body;
	return true;
}

bool
mtc_cert_is(struct bytes der)
{
	struct bytes algorithm;
	struct der id, oid;
	struct cert c;

	cert_parse(der, &c);
	algorithm = c.algorithm;
	return der_take(&algorithm, DER_SEQUENCE, &id) &&
	    der_take(&id.body, DER_OID, &oid) &&
	    OID_IS(oid.body, OID_MTC_PROOF);
}

/* The serial number is 16 bits of log and 48 of index. */
static bool
read_serial(struct bytes serial, struct mtc_cert *out)
{
	uint64_t n = 0;

	if (serial.n == 9 && serial.p[0] == 0)
		serial = bytes_part(serial, 1, 8);
	if (serial.n == 0 || serial.n > 8)
		return false;
	for (size_t i = 0; i < serial.n; i++)
		n = n << 8 | serial.p[i];
	out->log = (uint16_t)(n >> 48);
	out->index = n & ((UINT64_C(1) << 48) - 1);
	return out->log > 0;
}

/* Append the contents of the TBSCertificateLogEntry of c. */
static bool
add_tbs(const struct cert *c, struct buf *out)
{
	struct bytes tbs = c->tbs, spki = c->spki;
	uint8_t hash[SHA256_SIZE];
	struct der outer, e, key, algorithm;

	if (!der_take(&tbs, DER_SEQUENCE, &outer) ||
	    !der_take(&spki, DER_SEQUENCE, &key) ||
	    !der_take(&key.body, DER_SEQUENCE, &algorithm))
		return false;
	tbs = outer.body;
	while (der_any(&tbs, &e)) {
		/* An entry has neither serial number nor signature algorithm,
		 * and of the key its algorithm and hash. */
		if (e.body.p == c->serial.p || e.whole.p == c->algorithm.p)
			continue;
		if (e.whole.p != c->spki.p) {
			buf_add(out, e.whole);
			continue;
		}
		sha256_digest(e.whole, hash);
		buf_add(out, algorithm.whole);
		der_add_header(out, DER_OCTETS, sizeof hash, 0);
		buf_add(out, bytes_at(hash, sizeof hash));
	}
	return tbs.n == 0;
}

/* Make the serial number and entry of c, as they are stored of a log. */
static bool
make_entry(const struct cert *c, struct bytes extensions, struct mtc_cert *out)
{
	uint8_t serial[MTC_ENTRY_SERIAL];
	struct buf b;
	bool ok;

	buf_init(&b, c->tbs.n + extensions.n + 64);
	mtc_entry_serial(out->log, out->index, serial);
	buf_add(&b, bytes_at(serial, sizeof serial));
	buf_add_byte(&b, (uint8_t)(extensions.n >> 8));
	buf_add_byte(&b, (uint8_t)extensions.n);
	buf_add(&b, extensions);
	buf_add(&b, bytes_at("\0\1", 2)); /* tbs_cert_entry */
	ok = add_tbs(c, &b) && b.n <= MTC_ENTRY_SERIAL + MTC_ENTRY_MAX;
	out->entry = blob_take(&b);
	return ok;
}

/* MTCProof. */
static bool
read_proof(struct bytes in, struct bytes *extensions, struct mtc_cert *out)
{
	struct bytes path, hash;

	if (!bytes_vec16(&in, extensions) || !bytes_u48(&in, &out->start) ||
	    !bytes_u48(&in, &out->end) || !bytes_vec16(&in, &path) ||
	    !bytes_vec16(&in, &out->signatures) || in.n > 0 ||
	    path.n / SHA256_SIZE > LIMIT_PROOF)
		return false;
	for (; bytes_take(&path, SHA256_SIZE, &hash); out->n++)
		memcpy(out->path[out->n].b, hash.p, SHA256_SIZE);
	return path.n == 0;
}

/* Signatures are whole, and their cosigners in ascending order: the shorter
 * ID first. */
static bool
are_ordered(struct bytes list)
{
	struct bytes before = { NULL, 0 }, id, signature;
	uint8_t n;

	while (list.n > 0) {
		if (!bytes_u8(&list, &n) || n == 0 ||
		    !bytes_take(&list, n, &id) ||
		    !bytes_vec16(&list, &signature) || id.n < before.n ||
		    (id.n == before.n && bytes_compare(id, before) <= 0))
			return false;
		before = id;
	}
	return true;
}

bool
mtc_cert_parse(struct bytes der, struct mtc_cert *out, struct buf *error)
{
	struct bytes proof, extensions, entry;
	struct merkle_hash leaf;
	const char *fault = NULL;
	struct cert c;

	*out = (struct mtc_cert){ .n = 0 };
	if (!take_parts(der, &c, &proof) || !mtc_cert_is(der))
		fault =
		    "it is not a Merkle Tree Certificate of " MTC_CERT_DRAFT;
	else if (!id_of_name(c.issuer, out->issuer))
		fault = "its issuer is not a CA ID";
	else if (!read_serial(c.serial, out))
		fault = "its serial number is not of a log and an index";
	else if (!read_proof(proof, &extensions, out))
		fault = "its proof is malformed";
	else if (!are_ordered(out->signatures))
		fault = "its signatures are malformed, or not in ascending "
		        "order of their cosigners";
	else if (!make_entry(&c, extensions, out))
		fault = "no log entry can be made of it";
	if (fault != NULL) {
		buf_add_text(error, fault);
		return false;
	}
	entry = blob_view(out->entry);
	entry.p += MTC_ENTRY_SERIAL;
	entry.n -= MTC_ENTRY_SERIAL;
	merkle_leaf_hash(entry, &leaf);
	out->has_root = merkle_subtree_root(out->index, out->start, out->end,
	    &leaf, out->path, out->n, &out->root);
	return true;
}

void
mtc_cert_fini(struct mtc_cert *c)
{
	blob_fini(&c->entry);
}

/* ---- the certificate of a CA ---- */

/* Take a serial number of at most 64 bits; return its log number in *log. */
static bool
take_log(struct bytes *b, unsigned *log)
{
	struct mtc_cert c;
	struct der e;

	if (!der_take(b, DER_INTEGER, &e))
		return false;
	/* A range may begin at 0: the first log is 1. */
	*log = read_serial(e.body, &c) ? c.log : 1;
	return e.body.n > 0 && e.body.n <= 9;
}

/* Report whether an AlgorithmIdentifier has this OID. */
static bool
take_algorithm(struct bytes *b, struct bytes oid)
{
	struct der e, have;

	return der_take(b, DER_SEQUENCE, &e) &&
	    der_take(&e.body, DER_OID, &have) && bytes_equal(have.body, oid);
}

/* The raw ML-DSA-44 key of a SubjectPublicKeyInfo. */
static bool
read_key(struct bytes spki, struct bytes *key)
{
	struct der e, bits;
	uint8_t unused;

	if (!der_take(&spki, DER_SEQUENCE, &e) ||
	    !take_algorithm(&e.body, OID_BYTES(OID_ML_DSA_44)) ||
	    !der_take(&e.body, DER_BIT_STRING, &bits) ||
	    !bytes_u8(&bits.body, &unused) || unused != 0)
		return false;
	*key = bits.body;
	return true;
}

bool
mtc_cert_ca(struct bytes der, struct mtc_ca *out, struct buf *error)
{
	struct cert_extension x;
	const char *fault = NULL;
	struct bytes body;
	struct der url;
	struct cert c;

	*out = (struct mtc_ca){ .id = "" };
	if (cert_parse(der, &c) != CERT_OK)
		fault = "it is not a certificate";
	else if (!cert_extension_sequence(
	             c.extensions, OID_BYTES(OID_MTC_CA), &body))
		fault = "it does not have the extension of " MTC_CERT_DRAFT
		        " (1.3.6.1.4.1.44363.47.2); "
		        "certificates of other drafts are not read";
	else if (!id_of_name(c.subject, out->id))
		fault = "its subject is not a CA ID";
	else if (!take_algorithm(&body, OID_BYTES(OID_SHA256)))
		fault = "its logs do not use SHA-256, so no pin can match "
		        "their entries";
	else if (!take_algorithm(&body, OID_BYTES(OID_ML_DSA_44)) ||
	    !read_key(c.spki, &out->key))
		fault = "its cosigner does not use ML-DSA-44 (C2SP mtc-tlog)";
	else if (!take_log(&body, &out->first_log) ||
	    !take_log(&body, &out->last_log) || out->last_log < out->first_log)
		fault = "its range of serial numbers is malformed";
	if (fault != NULL) {
		buf_add_text(error, fault);
		return false;
	}
	if (cert_extension_find(
	        c.extensions, OID_BYTES(OID_MTC_PREFIX_URL), &x) &&
	    der_take(&x.value, DER_IA5, &url))
		out->url = url.body;
	return true;
}
