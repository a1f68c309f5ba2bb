/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit_findings: save the results of an audit as findings.
 */
#ifndef CTWATCH_AUDIT_AUDIT_FINDINGS_H
#define CTWATCH_AUDIT_AUDIT_FINDINGS_H

#include <ctwatch/audit/audit_certs.h>

/* Time and run of the findings. */
struct audit_findings_options {
	struct store *s;
	int64_t now; /* ms */
	int64_t run; /* reports them; for the audit command: the next run */
	/*
	 * The certificates are those of suspect_scts_add: an entry that was
	 * read and is not stored is CTW054, even if another entry of the
	 * certificate is stored. CTW055 and CTW075 are not changed.
	 */
	bool suspects;
};

/*
 * Open CTW053, CTW054, CTW055 and CTW075 for the certificates of a, and close
 * those that no longer apply. An unchecked certificate or SCT changes nothing.
 * Return false if the store failed.
 */
bool audit_findings_save(
    const struct audit_certs *a, const struct audit_findings_options *options);

#endif
