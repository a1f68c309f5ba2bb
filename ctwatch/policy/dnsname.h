/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsname: the hosts that clients might read in a name of a certificate.
 *
 * Nearly every name is plain and has one reading.  Programs read others
 * differently: one stops at a NUL, another at a slash, one decodes UTF-8,
 * another Latin-1.  Each is a reading of the name; compare all of them.
 */
#ifndef CTWATCH_POLICY_DNSNAME_H
#define CTWATCH_POLICY_DNSNAME_H

#include <ctwatch/base/buf.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/wire/cert.h>

/*
 * One reading: an address, or labels joined by dots.  They are lower case
 * A-labels where the name has U-labels (UTS 46).  Characters that cannot be
 * read are one LABEL_PATTERN_UNREADABLE; a label that has no others is "?", as is
 * one that a CA redacted; any of them may contain "*".  A label that no host
 * can have may be replaced by a blank.
 */
struct dnsname_reading {
	struct bytes labels; /* at most LIMIT_READING; empty: an address */
	/* 4 or 16 bytes, also the first address of a zone of reverse names
	 * (RFC 1035, 3.5; RFC 3596, 2.5); or empty */
	struct bytes address;
	/* dnsname_is_plain of labels, which are then the name's value: only the
	 * first one may be a pattern, "*". */
	bool plain;
};

/*
 * Report whether a name has a single reading: a host name in ASCII of any case,
 * with or without a leading "*.", and no address.
 */
bool dnsname_is_plain(struct bytes name);

/* The callback for readings. */
struct dnsname_reader {
	bool (*each)(void *arg, const struct dnsname_reading *r);
	void *arg;
	size_t idna; /* conversions to A-labels that are left; see limits.h */
};

/*
 * Call each for every reading of a name of any kind, until it returns true;
 * return true if it did.  The reading of a plain name is the name, in the same
 * case.  When no conversions are left, labels that need them are "?".
 */
bool dnsname_read(struct dnsname_reader *r, const struct cert_name *name);

#endif
