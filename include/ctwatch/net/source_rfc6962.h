/* SPDX-License-Identifier: Apache-2.0 */
/* source_rfc6962: heads, proofs and pages of the API of RFC 6962, 4. */
#ifndef CTWATCH_NET_SOURCE_RFC6962_H
#define CTWATCH_NET_SOURCE_RFC6962_H

#include <ctwatch/net/source.h>

extern const struct source_heads source_rfc6962_heads;
extern const struct source_pages source_rfc6962_pages;

#endif
