/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_kind: the kinds of logs, by the protocol and the form of their heads.
 */
#ifndef CTWATCH_WIRE_LOG_KIND_H
#define CTWATCH_WIRE_LOG_KIND_H

/* The values are stored. */
enum log_kind {
	LOG_KIND_RFC6962 = 0,
	LOG_KIND_STATIC = 1, /* C2SP static-ct-api */
	LOG_KIND_MTC = 2     /* the issuance log of a Merkle Tree CA, C2SP
	                      * mtc-tlog */
};

/* Return the word for k in reports: rfc6962, static or mtc.  Static storage. */
const char *log_kind_word(enum log_kind k);

/* Return the name of the protocol for readers.  Static storage. */
const char *log_kind_name(enum log_kind k);

#endif
