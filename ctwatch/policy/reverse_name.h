/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reverse_name: the addresses that names below arpa stand for (RFC 1035, 3.5;
 * RFC 3596, 2.5).
 */
#ifndef CTWATCH_POLICY_REVERSE_NAME_H
#define CTWATCH_POLICY_REVERSE_NAME_H

#include <ctwatch/base/bytes.h>

/*
 * Write the address of a reverse name; missing digits of a zone are zero.
 * Return 4, 16, or 0 if the name is no reverse name.
 */
size_t reverse_name_address(struct bytes name, uint8_t out[static 16]);

#endif
