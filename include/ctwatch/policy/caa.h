/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caa: DNS Certification Authority Authorization (RFC 8659): what a CAA set,
 * encoded as in caa_set.h, allows a CA.
 *
 * Parameters of a CA (RFC 8657: accounturi, validationmethods) cannot be seen
 * in a certificate: they count when sets are compared, not for a decision.
 */
#ifndef CTWATCH_POLICY_CAA_H
#define CTWATCH_POLICY_CAA_H

#include <ctwatch/base/bytes.h>

enum caa_answer {
	CAA_ALLOWED,
	CAA_OTHER_ISSUER, /* the set names issuers, and this is none of them */
	CAA_NO_ISSUER,    /* the set forbids all CAs to issue */
	CAA_CRITICAL_TAG  /* a critical property that CAs do not know */
};

/*
 * Report whether a set, which may be empty, allows the CA with these n issuer
 * domain names to issue for a name, or for a wildcard (RFC 8659, 4.2 and 4.3).
 */
enum caa_answer caa_decide(
    struct bytes set, bool wildcard, const char *const *domains, size_t n);

/* How a change from one set to another affects CAs. */
enum caa_effect {
	CAA_SAME,     /* who may issue did not change */
	CAA_STRICTER, /* some may issue no longer, and no other may */
	CAA_LOOSER    /* some may issue that might not before */
};
enum caa_effect caa_compare(struct bytes before, struct bytes after);

#endif
