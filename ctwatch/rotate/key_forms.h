/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_forms: encodings of a public key, other than SubjectPublicKeyInfo, that
 * are hashed by mistake.
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

/* Make the forms of a SubjectPublicKeyInfo in DER, if it has any. */
void key_forms_init(struct key_forms *f, struct bytes spki);
void key_forms_fini(struct key_forms *f);

#endif
