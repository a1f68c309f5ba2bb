/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/text.h>
#include <ctwatch/report/cert_pem.h>

bool
cert_pem_each(struct store *s, const char *tbs_hex,
    void (*each)(void *arg, struct bytes der), void *arg)
{
	uint8_t tbs[SHA256_SIZE];
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
