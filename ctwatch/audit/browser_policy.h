/* SPDX-License-Identifier: Apache-2.0 */
/*
 * browser_policy: the Certificate Transparency policies of Chrome and Apple of
 * 2026, applied to the valid SCTs of a certificate.
 *
 * Chrome (GoogleChrome/CertificateTransparency, ct_policy.md): embedded SCTs of
 * 2 logs for up to 180 days of validity, else 3, of 2 operators as of the time
 * of each SCT; one from a log that is qualified, usable or readonly; a retired
 * log counts if the earliest SCT is older than its retirement.  Or SCTs in the
 * TLS extension, of 2 such logs and operators.  OCSP responses have not counted
 * since Chrome 148.
 *
 * Apple (support.apple.com/103214): likewise, but for up to 180 days no two SCTs
 * of one operator count, else no three; the log's interval must include the
 * end of the certificate; OCSP responses count.
 */
#ifndef AUDIT_BROWSER_POLICY_H
#define AUDIT_BROWSER_POLICY_H

#include <ctwatch/audit/audit_certs.h>

/*
 * Set c->chrome and c->apple as of the time now, in ms.  A policy that is met
 * has a reason if it will no longer be met from a day on, when a log retires,
 * or if it depends on one log.
 */
void browser_policy_check(
    struct audit_cert *c, const struct loglist *lists, int64_t now);

#endif
