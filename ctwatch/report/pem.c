/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/report/pem.h>

/* RFC 7468, 2: lines of 64 characters. */
#define LINE 64

void
pem_add(struct buf *out, struct bytes der)
{
	char *b64 = mem_alloc(TEXT_BASE64_LEN(der.n) + 1, 1);

	text_base64(der, b64);
	buf_add_text(out, "-----BEGIN CERTIFICATE-----\n");
	for (size_t i = 0, n = strlen(b64); i < n; i += LINE)
		buf_printf(out, "%.*s\n", LINE, b64 + i);
	buf_add_text(out, "-----END CERTIFICATE-----\n");
	free(b64);
}

bool
pem_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg)
{
	uint8_t tbs[DIGEST_SIZE];
	struct store_cert cert;
	struct bytes rest, one;

	if (s == NULL || !text_unhex(tbs_hex, tbs, sizeof tbs) ||
	    !store_cert_load(s, tbs, &cert))
		return false;
	if (cert.kind == LEAF_X509)
		each(arg, cert.der);
	else if (cert.precert.n > 0)
		each(arg, cert.precert);
	for (rest = cert.chain; bytes_vec24(&rest, &one);)
		each(arg, one);
	store_cert_fini(&cert);
	return true;
}
