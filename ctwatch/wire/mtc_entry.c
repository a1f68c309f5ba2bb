/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/wire/der.h>
#include <ctwatch/wire/mtc_entry.h>

/* The defined values of MTCLogEntryType; of MTCLogEntryExtensionType there is
 * none. */
enum {
	NULL_ENTRY = 0,
	TBS_CERT_ENTRY = 1
};

/* Check that extensions are whole and in ascending order. */
static enum leaf_error
check_extensions(struct bytes list)
{
	int32_t last = -1;
	struct bytes data;
	uint16_t type;

	while (list.n > 0) {
		if (!bytes_u16(&list, &type) || !bytes_vec16(&list, &data))
			return LEAF_TRUNCATED;
		if (type <= last)
			return LEAF_EXTENSION_ORDER;
		last = type;
	}
	return LEAF_OK;
}

enum leaf_error
mtc_entry_parse(struct bytes in, struct mtc_entry *out)
{
	enum leaf_error e;
	uint16_t type;

	*out = (struct mtc_entry){ .tbs = { NULL, 0 } };
	if (!bytes_vec16(&in, &out->extensions) || !bytes_u16(&in, &type))
		return LEAF_TRUNCATED;
	e = check_extensions(out->extensions);
	if (e != LEAF_OK)
		return e;
	if (type != NULL_ENTRY && type != TBS_CERT_ENTRY)
		return LEAF_TYPE;
	if (type == NULL_ENTRY && in.n > 0)
		return LEAF_TRAILING;
	if (type == TBS_CERT_ENTRY && in.n == 0)
		return LEAF_EMPTY;
	out->tbs = in;
	return out->extensions.n > 0 ? LEAF_EXTENSION : LEAF_OK;
}

bool
mtc_entry_take(struct bytes *bundle, struct bytes *entry)
{
	return bytes_vec16(bundle, entry);
}

void
mtc_entry_serial(
    uint16_t log, uint64_t index, uint8_t out[static MTC_ENTRY_SERIAL])
{
	uint64_t serial = (uint64_t)log << 48 | index;

	out[0] = 0; /* so that the INTEGER is positive */
	for (int i = 8; i > 0; i--) {
		out[i] = (uint8_t)serial;
		serial >>= 8;
	}
}

bool
mtc_entry_take_serial(struct bytes *der, struct bytes *serial)
{
	if (!bytes_take(der, MTC_ENTRY_SERIAL, serial))
		return false;
	*serial = der_integer(*serial);
	return true;
}
