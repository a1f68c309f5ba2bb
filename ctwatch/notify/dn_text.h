/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dn_text: a distinguished name in the format for scripts of Cert Spotter.
 */
#ifndef CTWATCH_NOTIFY_DN_TEXT_H
#define CTWATCH_NOTIFY_DN_TEXT_H

#include <ctwatch/base/buf.h>

/*
 * Append name, a DER Name with its header, as UTF-8: "C=DE, O=Example, CN=a", in
 * the order of the bytes, with the first attribute of each RDN and without any
 * escaping.  False, and nothing appended, when it cannot be walked.
 */
bool dn_text(struct bytes name, struct buf *out);

#endif
