/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto: how libcrypto allocates.
 */
#ifndef CTWATCH_WIRE_OPENSSL_INIT_H
#define CTWATCH_WIRE_OPENSSL_INIT_H

/*
 * Out of memory ends the program in libcrypto, too.  To be called before
 * anything else of it.
 */
void openssl_init_start(void);

#endif
