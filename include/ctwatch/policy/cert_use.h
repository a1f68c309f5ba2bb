/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_use: what a certificate may be used for, and by whom: as a CA, for
 * servers, for a host, under a policy.
 */
#ifndef CTWATCH_POLICY_CERT_USE_H
#define CTWATCH_POLICY_CERT_USE_H

#include <ctwatch/wire/cert.h>

/* Report whether basicConstraints say CA:TRUE. */
bool cert_use_is_ca(const struct cert *c);

/*
 * Report whether the certificate asserts a policy of the CA/Browser Forum, as
 * all public server certificates do.  Private and test certificates need
 * neither SCTs nor revocation.
 */
bool cert_use_is_public(const struct cert *c);

/* Report whether the certificate asserts a policy, as a dotted OID. */
bool cert_use_asserts(const struct cert *c, const char *oid);

/*
 * Return the purpose of the certificate ("e-mail (S/MIME)") if TLS clients
 * refuse it for a server because of its extendedKeyUsage, else NULL.  Static
 * storage.
 */
const char *cert_use_other_purpose(const struct cert *c);

/* Report whether current TLS clients accept the Certificate der for host. */
bool cert_use_serves(struct bytes der, const char *host);

#endif
