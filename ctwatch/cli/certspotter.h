/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certspotter: the files in which Cert Spotter keeps what it knows, as it
 * has had them since 0.15.
 */
#ifndef CTWATCH_CLI_CERTSPOTTER_H
#define CTWATCH_CLI_CERTSPOTTER_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/merkle.h>

struct json_t;

/*
 * The position that a log's state.json proved: its range begins at 0.  It
 * must lead to the root of the head beside it, where there is one.
 * Returns NULL, or what is wrong with it, leaving *out unspecified.
 */
const char *certspotter_position(struct bytes json, struct merkle_range *out);

/*
 * The addresses in email_recipients, one a line, as a JSON array that the
 * caller owns; NULL with the reason, which names path and line, in *error.
 */
struct json_t *certspotter_recipients(
    struct bytes text, const char *path, struct buf *error);

#endif
