/* SPDX-License-Identifier: Apache-2.0 */
/*
 * passphrase: the passphrase of an encrypted private key.
 */
#ifndef CTWATCH_CLI_PINS_PASSPHRASE_H
#define CTWATCH_CLI_PINS_PASSPHRASE_H

/*
 * Put a passphrase into buf, at most size bytes, and return its length, or -1.
 * arg is the name of a file with it in the first line; NULL: read it from the
 * terminal, without echo.  A pem_password_cb of OpenSSL.
 */
int pins_passphrase_ask(char *buf, int size, int rwflag, void *arg);

#endif
