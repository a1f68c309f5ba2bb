/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_pem: the certificate of a finding with its logged chain.
 */
#ifndef CTWATCH_REPORT_CERT_PEM_H
#define CTWATCH_REPORT_CERT_PEM_H

#include <ctwatch/store/store.h>

/*
 * Call step with the certificate that has this TBS hash in hexadecimal (or its
 * precertificate, if only that was logged), and with each certificate of its
 * chain, in DER.  False, without a call, when the store does not have it.
 */
bool cert_pem_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg);

#endif
