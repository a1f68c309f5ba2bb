/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature_cache: verify the signature of one certificate by the key of
 * another, each pair once.
 *
 * All chains of a run consist of the same few hundred CA certificates, and the
 * same leaf comes from several logs.  A pair is identified by the SHA-256
 * digests of its certificates.
 */
#ifndef CTWATCH_POLICY_SIGNATURE_CACHE_H
#define CTWATCH_POLICY_SIGNATURE_CACHE_H

#include <ctwatch/base/bytes.h>

struct signature_cache;

/* A new, empty cache; the caller frees it. */
struct signature_cache *signature_cache_new(void);
void signature_cache_free(struct signature_cache *c);

/*
 * Report whether the key of above verifies the signature of below; each is a
 * Certificate.  Store the result in c, unless it is NULL; a cache with
 * LIMIT_SIGNATURES results is emptied first.  Any thread may call this.
 */
bool signature_cache_verify(
    struct signature_cache *c, struct bytes above, struct bytes below);

#endif
