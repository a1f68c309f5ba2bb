/* SPDX-License-Identifier: Apache-2.0 */
/* Each OID has the octets that libcrypto makes of its dotted form, which is
 * taken from the RFC or the registry. */
#include <openssl/objects.h>

#include "../support/test.h"
#include <ctwatch/wire/oid.h>

static const struct {
	struct bytes octets;
	const char *dotted;
} table[] = {
	{ OID_INIT(OID_COMMON_NAME), "2.5.4.3" },
	{ OID_INIT(OID_EMAIL_ADDRESS), "1.2.840.113549.1.9.1" },
	{ OID_INIT(OID_ALT_NAME_1993), "2.5.29.7" },
	{ OID_INIT(OID_SUBJECT_KEY_ID), "2.5.29.14" },
	{ OID_INIT(OID_ALT_NAME), "2.5.29.17" },
	{ OID_INIT(OID_BASIC_CONSTRAINTS), "2.5.29.19" },
	{ OID_INIT(OID_NAME_CONSTRAINTS), "2.5.29.30" },
	{ OID_INIT(OID_CRL_POINTS), "2.5.29.31" },
	{ OID_INIT(OID_POLICIES), "2.5.29.32" },
	{ OID_INIT(OID_EXT_KEY_USAGE), "2.5.29.37" },
	{ OID_INIT(OID_CAB_FORUM), "2.23.140.1" },
	{ OID_INIT(OID_INFO_ACCESS), "1.3.6.1.5.5.7.1.1" },
	{ OID_INIT(OID_OCSP), "1.3.6.1.5.5.7.48.1" },
	{ OID_INIT(OID_ANY_USAGE), "2.5.29.37.0" },
	{ OID_INIT(OID_SERVER_AUTH), "1.3.6.1.5.5.7.3.1" },
	{ OID_INIT(OID_CLIENT_AUTH), "1.3.6.1.5.5.7.3.2" },
	{ OID_INIT(OID_CODE_SIGNING), "1.3.6.1.5.5.7.3.3" },
	{ OID_INIT(OID_EMAIL), "1.3.6.1.5.5.7.3.4" },
	{ OID_INIT(OID_MARK), "1.3.6.1.5.5.7.3.31" },
	{ OID_INIT(OID_MICROSOFT_SGC), "1.3.6.1.4.1.311.10.3.3" },
	{ OID_INIT(OID_NETSCAPE_SGC), "2.16.840.1.113730.4.1" },
	{ OID_INIT(OID_ID_ON), "1.3.6.1.5.5.7.8" },
	{ OID_INIT(OID_UPN), "1.3.6.1.4.1.311.20.2.3" },
	{ OID_INIT(OID_KERBEROS), "1.3.6.1.5.2.2" },
	{ OID_INIT(OID_SCT_LIST), "1.3.6.1.4.1.11129.2.4.2" },
	{ OID_INIT(OID_POISON), "1.3.6.1.4.1.11129.2.4.3" },
	{ OID_INIT(OID_PRECERT_SIGNER), "1.3.6.1.4.1.11129.2.4.4" },
	{ OID_INIT(OID_MTC_PROOF), "1.3.6.1.4.1.44363.47.0" },
	{ OID_INIT(OID_MTC_CA_ID), "1.3.6.1.4.1.44363.47.1" },
	{ OID_INIT(OID_MTC_CA), "1.3.6.1.4.1.44363.47.2" },
	{ OID_INIT(OID_MTC_PREFIX_URL), "1.3.6.1.4.1.64829.2.1" },
	{ OID_INIT(OID_ML_DSA_44), "2.16.840.1.101.3.4.3.17" },
	{ OID_INIT(OID_SHA256), "2.16.840.1.101.3.4.2.1" },
	{ OID_INIT(OID_RSA_ENCRYPTION), "1.2.840.113549.1.1.1" },
	{ OID_INIT(OID_RSA_OAEP), "1.2.840.113549.1.1.7" },
	{ OID_INIT(OID_RSA_PSS), "1.2.840.113549.1.1.10" },
	{ OID_INIT(OID_EC_PUBLIC_KEY), "1.2.840.10045.2.1" },
	{ OID_INIT(OID_P256), "1.2.840.10045.3.1.7" },
	{ OID_INIT(OID_P384), "1.3.132.0.34" },
	{ OID_INIT(OID_P521), "1.3.132.0.35" },
	{ OID_INIT(OID_RSA_MD2), "1.2.840.113549.1.1.2" },
	{ OID_INIT(OID_RSA_MD4), "1.2.840.113549.1.1.3" },
	{ OID_INIT(OID_RSA_MD5), "1.2.840.113549.1.1.4" },
	{ OID_INIT(OID_RSA_SHA1), "1.2.840.113549.1.1.5" },
	{ OID_INIT(OID_DSA_SHA1), "1.2.840.10040.4.3" },
	{ OID_INIT(OID_ECDSA_SHA1), "1.2.840.10045.4.1" },
	{ OID_INIT(OID_OIW_RSA_SHA1), "1.3.14.3.2.29" },
};

static void
equals_what_libcrypto_encodes(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		ASN1_OBJECT *o = OBJ_txt2obj(table[i].dotted, 1);

		CHECK(o != NULL);
		CHECK(bytes_equal(table[i].octets,
		    bytes_at(OBJ_get0_data(o), OBJ_length(o))));
		ASN1_OBJECT_free(o);
	}
}

static void
compares_all_octets(void)
{
	const struct bytes any = OID_INIT(OID_ANY_USAGE); /* ends with a zero */
	const struct bytes less = OID_INIT(OID_EXT_KEY_USAGE);
	const struct bytes none = { NULL, 0 };

	CHECK(OID_IS(any, OID_ANY_USAGE));
	CHECK(!OID_IS(less, OID_ANY_USAGE) && !OID_IS(any, OID_EXT_KEY_USAGE));
	CHECK(!OID_IS(less, OID_POLICIES));
	CHECK(!OID_IS(none, OID_POLICIES));
	CHECK(OID_IS_BELOW(less, OID_ID_CE));
	CHECK(!OID_IS_BELOW(any, OID_ID_CE) && !OID_IS_BELOW(less, OID_ID_AT));
	CHECK(!OID_IS_BELOW(OID_BYTES(OID_ID_CE), OID_ID_CE));
}

int
main(void)
{
	equals_what_libcrypto_encodes();
	compares_all_octets();
	return 0;
}
