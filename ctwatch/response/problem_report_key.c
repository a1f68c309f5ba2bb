/* SPDX-License-Identifier: Apache-2.0 */
/* problem_report_key: read the private key that proves a compromise. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/response/problem_report.h>

static int
refuse_password(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

bool
problem_report_key(const char *path, struct blob *out, struct buf *error)
{
	EVP_PKEY *key = NULL;
	uint8_t *der = NULL;
	struct buf text;
	BIO *bio;
	int n = 0;

	buf_init(&text, LIMIT_SMALL_BODY);
	if (file_read(path, false, &text, error) == FILE_OK) {
		bio = BIO_new_mem_buf(text.p, (int)text.n);
		if (bio == NULL)
			mem_out();
		key = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
		BIO_free(bio);
		if (key != NULL)
			n = i2d_PUBKEY(key, &der);
		if (n <= 0)
			buf_printf(error,
			    "%s: not a private key in PEM without password",
			    path);
	}
	if (n > 0)
		*out = blob_copy((struct bytes){ der, (size_t)n });
	if (text.n > 0)
		OPENSSL_cleanse(text.p, text.n);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	ERR_clear_error();
	buf_fini(&text);
	return n > 0;
}
