/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of pinsets. */
#include <ctwatch/policy/pinset.h>

#include "fuzz.h"

/* A pinset that loads can be queried; of another there is a reason. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf error;
	struct pinset *p;

	buf_init(&error, 4096);
	p = pinset_parse((struct bytes){ data, size }, "pins.json", &error);
	ASSERT((p == NULL) == (error.n > 0));
	for (size_t i = 0; p != NULL && i < p->n_domains; i++) {
		const struct pinset_domain *d = &p->domains[i];
		const struct pinset_domain *at = pinset_domain_any(p, d->host);

		/* The host of a pattern that covers it is covered. */
		ASSERT(d->reach == HOST_PATTERN_ONE_LABEL || at != NULL);
		for (size_t k = 0; k < d->n_keys; k++)
			ASSERT(pinset_domain_key(p, d, &p->keys[d->keys[k]]));
		host_pattern_registrable(d->host);
	}
	pinset_free(p);
	buf_fini(&error);
	return 0;
}
