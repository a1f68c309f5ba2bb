/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_forms: the encodings of a public key that are not its
 * SubjectPublicKeyInfo, and that people hash nevertheless.
 */
#ifndef CTWATCH_ROTATE_KEY_FORMS_H
#define CTWATCH_ROTATE_KEY_FORMS_H

#include <ctwatch/base/buf.h>

struct key_form {
	struct buf bytes;
	const char *what; /* static storage */
};

struct key_forms {
	struct key_form v[8];
	size_t n;
};

/* Make the forms of a SubjectPublicKeyInfo in DER; none if it has none. */
void key_forms_init(struct key_forms *f, struct bytes spki);
void key_forms_fini(struct key_forms *f);

#endif
