/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa_issuers: the CAA issuer domain names of CAs, from a CSV file of CCADB
 * that the user downloaded: AllCAAIdentifiersReportCSVV2.
 *
 * A CA is found by the Subject Key Identifier of its certificate.  Its names
 * are those of all records with that identifier.
 */
#ifndef CTWATCH_RESPONSE_CAA_ISSUERS_H
#define CTWATCH_RESPONSE_CAA_ISSUERS_H

#include <ctwatch/base/buf.h>

struct caa_issuers;

/*
 * Load the records of the *.csv files in dir that have the columns "Subject Key
 * Identifier (Hex)" and "Recognized CAA Domains".  Return NULL with the reason
 * in *error: no such file, or one that cannot be read.  The caller frees it.
 */
struct caa_issuers *caa_issuers_load(const char *dir, struct buf *error);
void caa_issuers_free(struct caa_issuers *c);

/* Return the *n names of the CA with that key identifier, lower case; NULL if
 * there is no record of it.  Borrowed. */
const char *const *caa_issuers_find(
    const struct caa_issuers *c, struct bytes key_id, size_t *n);

#endif
