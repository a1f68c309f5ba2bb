/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_findings: what an audit found, as findings of the store.
 */
#ifndef CTWATCH_AUDIT_AUDIT_FINDINGS_H
#define CTWATCH_AUDIT_AUDIT_FINDINGS_H

#include <ctwatch/audit/audit_certs.h>

/* When and for which run. */
struct audit_findings_options {
	struct store *s;
	int64_t now; /* ms */
	int64_t run; /* that reports them; of an audit by itself: the next */
	/*
	 * The certificates are those of suspect_scts_add: an entry that was
	 * read and is not stored is CTW054, too, though another entry of the
	 * certificate is.  CTW055 and CTW075 are left as they are.
	 */
	bool suspects;
};

/*
 * Open CTW053, CTW054, CTW055 and CTW075 for the certificates of a, and close
 * those that hold no longer.  What could not be checked changes nothing.
 * False when the store failed.
 */
bool audit_findings_save(
    const struct audit_certs *a, const struct audit_findings_options *options);

#endif
