/* SPDX-License-Identifier: Apache-2.0 */
/* Issuers looked up in CSV files of CCADB's shape. */
#include <string.h>

#include "../support/make_cert.h"
#include "../support/tmpdir.h"
#include "response/ccadb.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>

#define RECORDS                                                                \
	"CA Owner,Salesforce Record ID,Certificate Name,Subordinate CA Owner," \
	"SHA-256 Fingerprint,Subject Key Identifier,JSON Array of All Full "   \
	"CRL URLs,JSON Array of Partitioned CRLs,DV ACME Directory URL(s),"    \
	"OV ACME Directory URL(s)\n"
#define MECHANISMS                                                             \
	"\xef\xbb\xbf\"CA Owner\",\"Problem Reporting Mechanism\"\r\n"

static struct bytes issuer;
static char fingerprint[65];

static enum ccadb_result
find(const char *dir, struct ccadb_issuer *out, const char *says)
{
	struct buf error;
	enum ccadb_result r;

	buf_init(&error, 4096);
	r = ccadb_find(dir, issuer, out, &error);
	if (strstr(buf_text(&error), says) == NULL)
		fprintf(stderr, "%s\n", buf_text(&error));
	CHECK(strstr(buf_text(&error), says) != NULL);
	buf_fini(&error);
	return r;
}

static void
found_with_contacts(const char *dir)
{
	char *row = mem_printf(RECORDS
	    "Other CA,A1,x,,%064d,,,,,\r\n"
	    "\"AC Camerfirma,\n S.A.\",A000123,Sub,\"Sub, \"\"One\"\"\",%s,,"
	    "\"[\"\"http://a.example/1.crl\"\"]\","
	    "\"[\"\"http://a.example/2.crl\"\",\"\"\"\"]\","
	    "https://acme.example/directory,\n",
	    0, fingerprint);
	struct ccadb_issuer out;

	tmpdir_put(dir, "records.csv", row);
	tmpdir_put(dir, "mechanisms.csv",
	    MECHANISMS "Other CA,other@example.org\r\n"
	               "\"Sub, \"\"One\"\"\",\"Write to "
	               "<mailto:abuse@sub.example>, or revoke@sub.example.\n"
	               "Keys: https://sub.example/report (24/7) @home\"\r\n");
	CHECK(find(dir, &out, "") == CCADB_FOUND);
	CHECK(strcmp(out.owner, "Sub, \"One\"") == 0);
	CHECK(strcmp(out.record, "A000123") == 0);
	CHECK(out.crls.n == 2);
	CHECK(strcmp(out.crls.v[0], "http://a.example/1.crl") == 0);
	CHECK(strcmp(out.crls.v[1], "http://a.example/2.crl") == 0);
	CHECK(out.acme.n == 1);
	CHECK(strcmp(out.acme.v[0], "https://acme.example/directory") == 0);
	CHECK(out.mails.n == 2);
	CHECK(strcmp(out.mails.v[0], "abuse@sub.example") == 0);
	CHECK(strcmp(out.mails.v[1], "revoke@sub.example") == 0);
	CHECK(out.urls.n == 1);
	CHECK(strcmp(out.urls.v[0], "https://sub.example/report") == 0);
	ccadb_issuer_fini(&out);
	free(row);
}

/* The owner as it is written when no subordinate owner is named. */
static void
found_by_key_identifier(const char *dir, const char *key_id)
{
	char *row = mem_printf(RECORDS
	    "\"AC Camerfirma, S.A.\",A2,x,,%064d,%s,[\"\"],,,\n",
	    0, key_id);
	struct ccadb_issuer out;

	tmpdir_put(dir, "records.csv", row);
	tmpdir_put(dir, "mechanisms.csv", MECHANISMS "Unknown,x@y.example\r\n");
	CHECK(find(dir, &out, "") == CCADB_FOUND);
	CHECK(strcmp(out.owner, "AC Camerfirma, S.A.") == 0);
	CHECK(out.reporting == NULL && out.mails.n == 0 && out.crls.n == 0);
	ccadb_issuer_fini(&out);
	free(row);
}

static void
refused(const char *dir)
{
	struct ccadb_issuer out;
	char *missing = mem_printf("%s/none", dir);
	char *large;

	CHECK(find(missing, &out, "No such file") == CCADB_FAILED);
	tmpdir_put(dir, "mechanisms.csv", MECHANISMS "a,b\r\n");
	tmpdir_put(dir, "records.csv", "CA Owner,Name\nx,y\n");
	CHECK(find(dir, &out, "SHA-256 Fingerprint") == CCADB_FAILED);
	tmpdir_put(dir, "records.csv", RECORDS "x,A1\n");
	CHECK(find(dir, &out, fingerprint) == CCADB_UNKNOWN);
	tmpdir_put(dir, "records.csv", RECORDS "x,A1,\"open\n");
	CHECK(find(dir, &out, "records.csv:3: an unterminated quote") ==
	    CCADB_FAILED);
	large = mem_alloc(LIMIT_CSV_FILE + 2, 1);
	memset(large, '\n', LIMIT_CSV_FILE + 1);
	memcpy(large, RECORDS, sizeof RECORDS - 1);
	tmpdir_put(dir, "records.csv", large);
	CHECK(find(dir, &out, "longer") == CCADB_FAILED);
	large[LIMIT_CSV_FILE] = '\0';
	tmpdir_put(dir, "records.csv", large);
	CHECK(find(dir, &out, fingerprint) == CCADB_UNKNOWN);
	free(large);
	free(missing);
}

int
main(void)
{
	char *dir = tmpdir_new();
	EVP_PKEY *key = make_cert_key();
	struct make_cert m = { .key = key,
		.ca_key = key,
		.subject = "Test CA",
		.raw_oid = "2.5.29.14",
		.raw_value = "0123456789abcdef" };
	uint8_t digest[SHA256_SIZE];

	issuer = make_cert_der(&m);
	CHECK(EVP_Digest(issuer.p, issuer.n, digest, NULL, EVP_sha256(), NULL));
	text_hex((struct bytes){ digest, sizeof digest }, fingerprint);
	found_with_contacts(dir);
	found_by_key_identifier(dir, "ASNFZ4mrze8=");
	refused(dir);
	make_cert_free(issuer);
	EVP_PKEY_free(key);
	tmpdir_remove(dir);
	return 0;
}
