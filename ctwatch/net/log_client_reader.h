/* SPDX-License-Identifier: Apache-2.0 */
/* log_client_reader: the state of the protocols while reading a body. */
#ifndef CTWATCH_NET_LOG_CLIENT_READER_H
#define CTWATCH_NET_LOG_CLIENT_READER_H

#include <ctwatch/net/log_client.h>
#include <ctwatch/wire/get_entries.h>

struct log_client_reader {
	const struct log_client_pages *pages;
	uint32_t taken;             /* entries read of this body */
	uint64_t first;             /* the index of its first entry */
	uint16_t number;            /* MTC: of the log */
	struct bytes body;          /* get-entries: the whole body */
	struct get_entries entries; /* and the position of the scan */
	struct bytes tile;          /* tile or bundle: the rest */
	struct buf plain;           /* strings without their escapes */
	struct buf leaves;          /* each leaf_input of the body, decoded */
	struct buf extra;           /* extra_data, decoded */
};

#endif
