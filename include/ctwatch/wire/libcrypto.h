/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto: how libcrypto allocates.
 */
#ifndef CTWATCH_WIRE_LIBCRYPTO_H
#define CTWATCH_WIRE_LIBCRYPTO_H

/*
 * Out of memory ends the program in libcrypto, too.  To be called before
 * anything else of it.
 */
void libcrypto_start(void);

#endif
