/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ccadb: what the Common CA Database says of an issuer, from the CSV files
 * that the user downloaded.
 *
 * AllCertificateRecordsCSVFormat (any version with the columns named below)
 * says who owns an intermediate and where its CRLs and ACME directories are;
 * AllProblemReportingMechanismsCSV says how that owner takes Certificate
 * Problem Reports.  Files are told apart by their header, columns are found
 * by name.
 */
#ifndef CTWATCH_RESPONSE_CCADB_H
#define CTWATCH_RESPONSE_CCADB_H

#include <ctwatch/base/buf.h>

/* A list of owned strings, as they stand in the file: not escaped. */
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
	CCADB_UNKNOWN, /* no record of this issuer; *error says so */
	CCADB_FAILED   /* no such file, a column is missing ...; see *error */
};

/*
 * Find the issuer whose certificate is der in the *.csv files of dir: by its
 * SHA-256 fingerprint, else by its Subject Key Identifier.  *out is filled
 * for CCADB_FOUND; free it with ccadb_issuer_fini.  A missing mechanism is no
 * failure: out->reporting is then NULL.
 */
enum ccadb_result ccadb_find(const char *dir, struct bytes der,
    struct ccadb_issuer *out, struct buf *error);
void ccadb_issuer_fini(struct ccadb_issuer *issuer);

#endif
