/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <ctwatch/policy/cert_use.h>
#include <ctwatch/wire/cert_extension.h>
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/oid.h>

#define N_OF(v) (sizeof(v) / sizeof *(v))

bool
cert_use_is_ca(const struct cert *c)
{
	struct bytes body;
	struct der ca;

	return cert_extension_sequence(
	           c->extensions, OID_BYTES(OID_BASIC_CONSTRAINTS), &body) &&
	    der_take(&body, DER_BOOLEAN, &ca) && ca.body.n > 0 &&
	    ca.body.p[0] != 0;
}

bool
cert_use_is_public(const struct cert *c)
{
	const struct bytes forum = OID_INIT(OID_CAB_FORUM);
	struct der policy, id;
	struct bytes body;

	if (cert_extension_sequence(
	        c->extensions, OID_BYTES(OID_POLICIES), &body))
		while (der_take(&body, DER_SEQUENCE, &policy))
			if (der_take(&policy.body, DER_OID, &id) &&
			    id.body.n >= forum.n &&
			    memcmp(id.body.p, forum.p, forum.n) == 0)
				return true;
	return false;
}

bool
cert_use_asserts(const struct cert *c, const char *oid)
{
	ASN1_OBJECT *want = OBJ_txt2obj(oid, 1);
	struct bytes body, bytes;
	struct der policy, id;
	bool found = false;

	ERR_clear_error();
	if (want == NULL)
		return false;
	bytes = (struct bytes){ OBJ_get0_data(want), OBJ_length(want) };
	if (cert_extension_sequence(
	        c->extensions, OID_BYTES(OID_POLICIES), &body))
		while (!found && der_take(&body, DER_SEQUENCE, &policy))
			found = der_take(&policy.body, DER_OID, &id) &&
			    bytes_equal(id.body, bytes);
	ASN1_OBJECT_free(want);
	return found;
}

const char *
cert_use_other_purpose(const struct cert *c)
{
	static const struct {
		struct bytes oid;
		const char *words; /* NULL: also for servers */
	} table[] = {
		{ OID_INIT(OID_SERVER_AUTH), NULL },
		{ OID_INIT(OID_ANY_USAGE), NULL },
		{ OID_INIT(OID_MICROSOFT_SGC), NULL },
		{ OID_INIT(OID_NETSCAPE_SGC), NULL },
		{ OID_INIT(OID_MARK), "a verified mark (VMC)" },
		{ OID_INIT(OID_CODE_SIGNING), "code signing" },
		{ OID_INIT(OID_EMAIL), "e-mail (S/MIME)" },
		{ OID_INIT(OID_CLIENT_AUTH), "client authentication" },
	};
	size_t best = N_OF(table);
	struct bytes body;
	struct der id;

	if (!cert_extension_sequence(
	        c->extensions, OID_BYTES(OID_EXT_KEY_USAGE), &body) ||
	    body.n == 0)
		return NULL;
	while (body.n > 0) {
		/* Clients accept a list that they cannot read. */
		if (!der_take(&body, DER_OID, &id))
			return NULL;
		for (size_t i = 0; i < N_OF(table); i++)
			if (bytes_equal(id.body, table[i].oid)) {
				if (table[i].words == NULL)
					return NULL;
				best = i < best ? i : best;
			}
	}
	return best < N_OF(table) ? table[best].words
	                          : "a purpose other than TLS servers";
}

bool
cert_use_serves(struct bytes der, const char *host)
{
	const uint8_t *p = der.p;
	X509 *x = der.n <= LONG_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;
	bool serves = x != NULL &&
	    X509_check_host(x, host, 0,
	        X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
	            X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
	        NULL) == 1;

	X509_free(x);
	ERR_clear_error();
	return serves;
}
