/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of issuance logs, alone and in a bundle: views lie inside, and the
 * serial number before an entry is a minimal INTEGER. */
#include <string.h>

#include <ctwatch/wire/mtc_entry.h>

#include "fuzz.h"

static void
check_cert(struct bytes in)
{
	size_t n = MTC_ENTRY_SERIAL + in.n;
	uint8_t *der = malloc(n), pin[SHA256_SIZE];
	struct bytes all = { der, n };
	struct cert c;

	mtc_entry_serial(UINT16_MAX, (UINT64_C(1) << 48) - 1, der);
	if (in.n > 0)
		memcpy(der + MTC_ENTRY_SERIAL, in.p, in.n);
	if (cert_parse_mtc(all, &c) == CERT_OK) {
		check_inside(all, c.issuer);
		check_inside(all, c.subject);
		check_inside(all, c.extensions);
		check_inside(all, c.not_after);
		ASSERT(c.serial.n == 9 && c.serial.p[0] == 0);
		ASSERT(c.spki.n == 0 && c.spki_hash.n == SHA256_SIZE);
		cert_pin(&c, pin);
		ASSERT(memcmp(pin, c.spki_hash.p, SHA256_SIZE) == 0);
	}
	free(der);
}

static void
check_entry(struct bytes in)
{
	struct mtc_entry e;

	if (mtc_entry_parse(in, &e) != LEAF_OK)
		return;
	check_inside(in, e.tbs);
	ASSERT(e.extensions.n == 0);
	ASSERT(e.tbs.n == 0 || e.tbs.n + 4 == in.n);
	check_cert(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size }, bundle = in, entry;
	size_t sum = 0;

	check_entry(in);
	while (mtc_entry_take(&bundle, &entry)) {
		check_inside(in, entry);
		check_entry(entry);
		sum += 2 + entry.n;
	}
	ASSERT(sum + bundle.n == size);
	return 0;
}
