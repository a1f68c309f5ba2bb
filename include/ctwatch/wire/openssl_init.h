/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openssl_init: let libcrypto allocate with base/mem.
 *
 * Every function that calls libcrypto empties its error queue (ERR_clear_error)
 * before it returns, after success as well: decoders leave errors of attempts
 * that failed.  So no later caller, such as libcurl, finds an old error.
 */
#ifndef CTWATCH_WIRE_OPENSSL_INIT_H
#define CTWATCH_WIRE_OPENSSL_INIT_H

/*
 * End the program when libcrypto runs out of memory.  Call this before any
 * other function of libcrypto.
 */
void openssl_init_start(void);

#endif
