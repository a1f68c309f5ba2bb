/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_pem: the certificate of a finding and the chain that was logged with it,
 * as other programs take them.
 */
#ifndef CTWATCH_REPORT_CERT_PEM_H
#define CTWATCH_REPORT_CERT_PEM_H

#include <ctwatch/store/store.h>

/*
 * Step through the certificate (or, where only that was logged, the
 * precertificate) with this TBS hash in hexadecimal, and its chain, in DER.
 * False, and no step, when the store does not have it.
 */
bool cert_pem_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg);

#endif
