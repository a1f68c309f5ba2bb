/* SPDX-License-Identifier: Apache-2.0 */
#include "rotate/emergency_change.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/rotate/pinset_edit.h>

/* Declare the key compromised; base lists it, or only a bundle of base has it
 * (see compromise_key). */
static bool
compromise(struct pinset_edit *f, const struct pinset *base,
    const struct pinset_key *key, struct buf *error)
{
	const struct pinset_edit_key listed = { .id = key->id,
		.spki_sha256 = key->spki_sha256,
		.state = PINSET_COMPROMISED,
		.ca = true };

	return pinset_key(base, key->spki_sha256) != NULL || base->n_roots == 0
	    ? pinset_edit_set_state(f, key->id, PINSET_COMPROMISED, 0, error)
	    : pinset_edit_add_key(f, &listed, error);
}

/* Mark as compromised the keys that are so in p; return the number of those
 * that are not in base, or -1. */
static int
compromise_same(
    struct pinset_edit *f, const struct pinset *base, const struct pinset *p)
{
	struct buf error;
	bool ok = true;
	int n = 0;

	buf_init(&error, LIMIT_SMALL_BODY);
	for (size_t i = 0; ok && i < p->n_keys; i++) {
		const struct pinset_key *was;

		if (p->keys[i].state != PINSET_COMPROMISED)
			continue;
		was = pinset_key(base, p->keys[i].spki_sha256);
		n += was == NULL || was->state != PINSET_COMPROMISED;
		ok = compromise(f, base, &p->keys[i], &error);
	}
	buf_fini(&error);
	return ok ? n : -1;
}

bool
emergency_change_is(const struct pinset *base, struct bytes base_text,
    const struct pinset *p, struct bytes text)
{
	struct buf error, made;
	struct pinset_edit *f;
	bool same = false;
	int n;

	buf_init(&error, LIMIT_SMALL_BODY);
	buf_init(&made, LIMIT_USER_FILE);
	f = pinset_edit_new(base_text, &error);
	n = f != NULL ? compromise_same(f, base, p) : -1;
	if (n > 0 && p->version == base->version + (unsigned)n) {
		pinset_edit_set_version(f, p->version);
		same = pinset_edit_write(f, &made) &&
		    bytes_equal(buf_view(&made), text);
	}
	pinset_edit_free(f);
	buf_fini(&error);
	buf_fini(&made);
	return same;
}
