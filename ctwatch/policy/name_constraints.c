/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "policy/name_constraints.h"
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

/* The certificate for libcrypto, a TBSCertificate with an empty signature. */
static X509 *
decode(struct bytes der, bool tbs, struct bytes algorithm)
{
	struct buf body, whole;
	const uint8_t *p;
	X509 *x = NULL;

	buf_init(&body, der.n + algorithm.n + 16);
	buf_init(&whole, der.n + algorithm.n + 32);
	if (tbs) {
		buf_add(&body, der);
		buf_add(&body, algorithm);
		buf_add(&body, bytes_at("\3\1", 3));
		der_add_header(&whole, DER_SEQUENCE, body.n, 0);
		buf_add(&whole, buf_view(&body));
		der = buf_view(&whole);
	}
	p = der.p;
	if (der.n <= LONG_MAX)
		x = d2i_X509(NULL, &p, (long)der.n);
	buf_fini(&body);
	buf_fini(&whole);
	ERR_clear_error();
	return x;
}

/* Report whether a CA of the chain has name constraints: few have. */
static bool
has_constraints(const struct chain *chain)
{
	struct cert_extension ext;
	struct cert ca;

	for (size_t i = 0; i < chain->n; i++)
		if (cert_read(chain->der[i], &ca) == CERT_OK &&
		    cert_extension_find(
		        ca.extensions, OID_BYTES(OID_NAME_CONSTRAINTS), &ext))
			return true;
	return false;
}

/* RFC 5280, 4.2.1.10: a CA above excludes a name of the certificate. */
static bool
is_excluded(const struct cert_lint_input *in)
{
	X509 *leaf = decode(in->der, in->tbs, in->cert->algorithm);
	bool excluded = false;

	/* Constraints apply to these names. */
	if (leaf != NULL)
		X509_check_purpose(leaf, -1, 0);
	for (size_t i = 0; leaf != NULL && i < in->chain->n; i++) {
		X509 *ca = in->chain->der[i].n > 0
		    ? decode(in->chain->der[i], false, in->chain->der[i])
		    : NULL;
		NAME_CONSTRAINTS *limits = ca != NULL
		    ? X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL)
		    : NULL;
		int e = limits != NULL ? NAME_CONSTRAINTS_check(leaf, limits)
		                       : X509_V_OK;

		excluded = excluded || e == X509_V_ERR_PERMITTED_VIOLATION ||
		    e == X509_V_ERR_EXCLUDED_VIOLATION;
		NAME_CONSTRAINTS_free(limits);
		X509_free(ca);
	}
	X509_free(leaf);
	ERR_clear_error();
	return excluded;
}

bool
name_constraints_forbid(const struct cert_lint_input *in)
{
	return has_constraints(in->chain) && is_excluded(in);
}
