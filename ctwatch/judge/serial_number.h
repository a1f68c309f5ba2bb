/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serial_number: different certificates with the same issuer name and serial
 * number (RFC 5280, 4.1.2.2).
 */
#ifndef JUDGE_SERIAL_NUMBER_H
#define JUDGE_SERIAL_NUMBER_H

#include <ctwatch/policy/verdict.h>
#include <ctwatch/store/store.h>

/* Store issuer and serial number of a stored certificate, parsed as cert; they
 * are deleted with it. Return false if the store failed. */
bool serial_number_note(struct store *s, const struct cert *cert,
    const uint8_t tbs[static SHA256_SIZE]);

/*
 * Report whether an earlier certificate has the issuer and the serial number of
 * c.  *out is then CTW039, if only the precertificate of one of them is known,
 * else CTW047; free it with verdict_finding_fini.
 */
bool serial_number_reused(struct store *s, const struct store_cert *c,
    const struct cert *cert, struct verdict_finding *out);

#endif
