/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mimic_log: logs whose private keys are public.
 *
 * Google serves lists with two such logs to clients that it takes for libraries
 * of third parties (GoogleChrome/CertificateTransparency, 3p_libraries.md).
 * The lists are validly signed.  Anyone can sign tree heads and SCTs of these
 * logs, so they are no proof.
 */
#ifndef CTWATCH_WIRE_MIMIC_LOG_H
#define CTWATCH_WIRE_MIMIC_LOG_H

#include <ctwatch/base/bytes.h>
#include <ctwatch/wire/sha256.h>

/* Why such a log is not read; names the log in messages. */
#define MIMIC_LOG_REASON "mimic log: its private key is public"

/* Report whether a log ID is that of a mimic log. */
bool mimic_log_is(const uint8_t id[static SHA256_SIZE]);

#endif
