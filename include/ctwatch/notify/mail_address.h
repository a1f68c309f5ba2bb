/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_address: the addresses that mails are sent to.
 */
#ifndef CTWATCH_NOTIFY_MAIL_ADDRESS_H
#define CTWATCH_NOTIFY_MAIL_ADDRESS_H

#include <stdbool.h>

#include <ctwatch/base/bytes.h>

/* Report whether s can be an argument of sendmail and a header value: visible
 * ASCII, and neither a list nor an option. */
bool mail_address_is_valid(struct bytes s);

#endif
