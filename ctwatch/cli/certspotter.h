/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certspotter: read the state files of Cert Spotter 0.15 and later.
 */
#ifndef CTWATCH_CLI_CERTSPOTTER_H
#define CTWATCH_CLI_CERTSPOTTER_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/merkle.h>

struct json_t;

/*
 * Read the verified position of a log's state.json: its range begins at 0, and
 * must give the root of the head in the file, if there is one.  Return NULL, or
 * the fault, leaving *out unspecified.
 */
const char *certspotter_position(struct bytes json, struct merkle_range *out);

/*
 * Return the addresses in email_recipients, one per line, as a JSON array that
 * the caller owns; NULL with the reason, with path and line, in *error.
 */
struct json_t *certspotter_recipients(
    struct bytes text, const char *path, struct buf *error);

#endif
