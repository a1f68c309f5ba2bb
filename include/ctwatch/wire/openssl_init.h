/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openssl_init: let libcrypto allocate with base/mem.
 */
#ifndef CTWATCH_WIRE_OPENSSL_INIT_H
#define CTWATCH_WIRE_OPENSSL_INIT_H

/*
 * End the program when libcrypto runs out of memory.  Call this before any
 * other function of libcrypto.
 */
void openssl_init_start(void);

#endif
