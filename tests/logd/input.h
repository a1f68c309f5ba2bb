/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input: files and folders of certificates and entries, made submissions.
 *
 * *.json, *.jsonl: get-entries answers, or objects with leaf_input and
 * extra_data: entered byte for byte, whatever they are.  *.pem: a chain, the
 * leaf first.  *.der, *.crt, *.cer: one certificate; its chain is completed
 * from all given certificates.  A precertificate becomes a precert_entry,
 * anything else an x509_entry, even what is no certificate.  Folders are walked
 * in the order of their names; other files are passed by.
 */
#ifndef LOGD_INPUT_H
#define LOGD_INPUT_H

#include "corpus.h"

struct input;

struct input *input_new(void);
void input_free(struct input *in);

/* Read path; false after a message.  With issuers_only, nothing is entered. */
bool input_read(struct input *in, const char *path, bool issuers_only);

/*
 * Enter everything that was read into c, in that order.  A certificate is
 * given the timestamp first + its index, in ms since 1970.
 */
void input_enter(const struct input *in, struct corpus *c, uint64_t first);

/* Report whether der is a certificate that names itself as its issuer. */
bool input_is_root(struct bytes der);

#endif
