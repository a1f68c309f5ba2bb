/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oid: the object identifiers that are compared, as DER contents octets.
 *
 * Each is a string literal: it can stand within a longer literal, and its
 * length is known to the compiler.  Some hold a zero octet: use OID_BYTES and
 * OID_IS, never strlen.
 */
#ifndef CTWATCH_WIRE_OID_H
#define CTWATCH_WIRE_OID_H

#include <string.h>

#include <ctwatch/base/bytes.h>

/* Attributes of a Name. */
#define OID_ID_AT         "\x55\x04" /* 2.5.4 */
#define OID_COMMON_NAME   OID_ID_AT "\x03"
#define OID_EMAIL_ADDRESS "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01" /* PKCS #9 */

/* Extensions of certificates and CRLs: RFC 5280, 4.2 and 5.2, and X.509. */
#define OID_ID_CE             "\x55\x1d" /* 2.5.29 */
#define OID_ALT_NAME_1993     OID_ID_CE "\x07"
#define OID_SUBJECT_KEY_ID    OID_ID_CE "\x0e"
#define OID_ALT_NAME          OID_ID_CE "\x11"
#define OID_BASIC_CONSTRAINTS OID_ID_CE "\x13"
#define OID_NAME_CONSTRAINTS  OID_ID_CE "\x1e"
#define OID_CRL_POINTS        OID_ID_CE "\x1f"
#define OID_POLICIES          OID_ID_CE "\x20"
#define OID_EXT_KEY_USAGE     OID_ID_CE "\x25"
#define OID_CAB_FORUM         "\x67\x81\x0c\x01" /* policies, 2.23.140.1 */
#define OID_ID_PKIX           "\x2b\x06\x01\x05\x05\x07" /* 1.3.6.1.5.5.7 */
#define OID_INFO_ACCESS       OID_ID_PKIX "\x01\x01"
#define OID_OCSP              OID_ID_PKIX "\x30\x01" /* access method */

/* Extended key usages: RFC 5280, 4.2.1.12, unless noted. */
#define OID_ANY_USAGE    OID_EXT_KEY_USAGE "\x00"
#define OID_SERVER_AUTH  OID_ID_PKIX "\x03\x01"
#define OID_CLIENT_AUTH  OID_ID_PKIX "\x03\x02"
#define OID_CODE_SIGNING OID_ID_PKIX "\x03\x03"
#define OID_EMAIL        OID_ID_PKIX "\x03\x04"
#define OID_MARK         OID_ID_PKIX "\x03\x1f" /* BIMI, verified marks */
#define OID_MICROSOFT    "\x2b\x06\x01\x04\x01\x82\x37" /* 1.3.6.1.4.1.311 */
/* Server gated cryptography: OpenSSL accepts both for servers. */
#define OID_MICROSOFT_SGC OID_MICROSOFT "\x0a\x03\x03"
#define OID_NETSCAPE_SGC  "\x60\x86\x48\x01\x86\xf8\x42\x04\x01"

/* Forms of otherName: id-on (RFC 7299), Microsoft, id-pkinit-san (RFC 4556). */
#define OID_ID_ON    OID_ID_PKIX "\x08"
#define OID_UPN      OID_MICROSOFT "\x14\x02\x03" /* userPrincipalName */
#define OID_KERBEROS "\x2b\x06\x01\x05\x02\x02"

/* Certificate Transparency: RFC 6962, 3.1 and 3.3. */
#define OID_CT             "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04"
#define OID_SCT_LIST       OID_CT "\x02"
#define OID_POISON         OID_CT "\x03"
#define OID_PRECERT_SIGNER OID_CT "\x04" /* extended key usage of a CA */

/* Merkle Tree Certificates: the arc for early implementations of
 * draft-ietf-plants-merkle-tree-certs, and the URL of C2SP mtc-tlog. */
#define OID_MTC            "\x2b\x06\x01\x04\x01\x82\xda\x4b\x2f"
#define OID_MTC_PROOF      OID_MTC "\x00"
#define OID_MTC_CA_ID      OID_MTC "\x01" /* attribute of a Name */
#define OID_MTC_CA         OID_MTC "\x02" /* extension of a CA certificate */
#define OID_MTC_PREFIX_URL "\x2b\x06\x01\x04\x01\x83\xfa\x3d\x02\x01"

/* Public keys: RFC 8017, 5480. */
#define OID_PKCS1          "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define OID_RSA_ENCRYPTION OID_PKCS1 "\x01"
#define OID_RSA_OAEP       OID_PKCS1 "\x07"
#define OID_RSA_PSS        OID_PKCS1 "\x0a"
#define OID_EC_PUBLIC_KEY  "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_P256           "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_P384           "\x2b\x81\x04\x00\x22"
#define OID_P521           "\x2b\x81\x04\x00\x23"
#define OID_ML_DSA_44      "\x60\x86\x48\x01\x65\x03\x04\x03\x11"
#define OID_SHA256         "\x60\x86\x48\x01\x65\x03\x04\x02\x01"

/* Signatures with outdated digests: RFC 3279, and OIW. */
#define OID_RSA_MD2      OID_PKCS1 "\x02"
#define OID_RSA_MD4      OID_PKCS1 "\x03"
#define OID_RSA_MD5      OID_PKCS1 "\x04"
#define OID_RSA_SHA1     OID_PKCS1 "\x05"
#define OID_DSA_SHA1     "\x2a\x86\x48\xce\x38\x04\x03"
#define OID_ECDSA_SHA1   "\x2a\x86\x48\xce\x3d\x04\x01"
#define OID_OIW_RSA_SHA1 "\x2b\x0e\x03\x02\x1d"

/* The octets of a literal, for an initializer. */
#define OID_INIT(literal)                                                      \
	{                                                                      \
		(const uint8_t *)(literal), sizeof(literal) - 1                \
	}

/* The octets of a literal as struct bytes. */
#define OID_BYTES(literal) ((struct bytes)OID_INIT(literal))

/* Report whether b holds exactly the octets of a literal; evaluates b twice. */
#define OID_IS(b, literal)                                                     \
	((b).n == sizeof(literal) - 1 &&                                       \
	    memcmp((b).p, (literal), sizeof(literal) - 1) == 0)

/* Report whether b is one octet more than a literal, which may be any of those
 * directly below it; evaluates b twice. */
#define OID_IS_BELOW(b, literal)                                               \
	((b).n == sizeof(literal) &&                                           \
	    memcmp((b).p, (literal), sizeof(literal) - 1) == 0)

#endif
