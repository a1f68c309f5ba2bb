/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ccadb: data about an issuer in the Common CA Database, from CSV files
 * downloaded by the user.
 *
 * AllCertificateRecordsCSVFormat (any version with the columns named below) has
 * the owner of an intermediate and its CRLs and ACME directories;
 * AllProblemReportingMechanismsCSV has the address of that owner for
 * Certificate Problem Reports.  Files are recognised by their header, columns
 * are found by name.
 */
#ifndef CTWATCH_RESPONSE_CCADB_H
#define CTWATCH_RESPONSE_CCADB_H

#include <ctwatch/base/buf.h>

/* A list of owned strings as in the file: not escaped. */
struct ccadb_list {
	char **v;
	size_t n;
};

struct ccadb_issuer {
	char *owner;  /* Subordinate CA Owner if set, else CA Owner */
	char *record; /* Salesforce Record ID, or "" */
	char
	    *reporting; /* the problem reporting mechanism, verbatim; or NULL */
	struct ccadb_list mails; /* mail addresses in it */
	struct ccadb_list urls;  /* https URLs in it */
	struct ccadb_list crls;  /* full and partitioned CRLs */
	struct ccadb_list acme;  /* ACME directories */
};

enum ccadb_result {
	CCADB_FOUND,
	CCADB_UNKNOWN, /* no record of this issuer; see *error */
	CCADB_FAILED   /* no such file, a column is missing ...; see *error */
};

/*
 * Find the issuer whose certificate is der in the *.csv files of dir: by its
 * SHA-256 fingerprint, else by its Subject Key Identifier.  Fill *out for
 * CCADB_FOUND; free it with ccadb_issuer_fini.  A missing mechanism is no
 * failure: out->reporting is then NULL.
 */
enum ccadb_result ccadb_find(const char *dir, struct bytes der,
    struct ccadb_issuer *out, struct buf *error);
void ccadb_issuer_fini(struct ccadb_issuer *issuer);

#endif
