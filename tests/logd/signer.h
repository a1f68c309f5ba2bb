/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signer: the private key of one log.
 */
#ifndef LOGD_SIGNER_H
#define LOGD_SIGNER_H

#include <ctwatch/base/buf.h>
#include <ctwatch/wire/tree_head.h>

struct signer;

/* A fresh ECDSA P-256 key; or, from a seed, always the same one. */
struct signer *signer_new(void);
struct signer *signer_from_seed(const char *seed);

/* The key of a PEM file, RSA or EC; NULL after a message. */
struct signer *signer_load(const char *path);
void signer_free(struct signer *s);

/* The SubjectPublicKeyInfo, borrowed; its SHA-256 is the log's ID. */
struct bytes signer_spki(const struct signer *s);

/* Sign h, putting the DigitallySigned into it; or one over another message. */
void signer_sign(const struct signer *s, struct tree_head *h);
void signer_sign_wrongly(const struct signer *s, struct tree_head *h);

#endif
