/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "notify/dn_text.h"
#include <ctwatch/base/text.h>

#include "../support/test.h"

static void
reads(const char *hex, const char *want)
{
	uint8_t der[256];
	size_t n = strlen(hex) / 2;
	struct buf out;
	bool ok;

	CHECK(text_unhex(hex, der, n));
	buf_init(&out, 4096);
	ok = dn_text((struct bytes){ der, n }, &out);
	if (!ok || strcmp(buf_text(&out), want) != 0)
		fprintf(stderr, "%s: %s\n", hex, buf_text(&out));
	CHECK(ok && strcmp(buf_text(&out), want) == 0);
	buf_fini(&out);

	/* No proper prefix is a Name. */
	for (size_t i = 0; i < n; i++) {
		buf_init(&out, 4096);
		CHECK(!dn_text((struct bytes){ der, i }, &out) && out.n == 0);
		buf_fini(&out);
	}
}

static void
refuses(const char *hex)
{
	uint8_t der[256];
	size_t n = strlen(hex) / 2;
	struct buf out;

	CHECK(text_unhex(hex, der, n));
	buf_init(&out, 4096);
	CHECK(!dn_text((struct bytes){ der, n }, &out) && out.n == 0);
	buf_fini(&out);
}

/* The texts are those of Debian's certspotter 0.16: tests/stories/
 * certspotter_hooks.sh compares them with a running one. */
int
main(void)
{
	reads("3000", "");
	/* C and CN, in the order of the bytes */
	reads("301b310b3009060355040613024445"
	      "310c300a06035504030c03612c62",
	    "C=DE, CN=a,b");
	/* the first of two attributes of one RDN */
	reads("301831163008060355040b0c0161300a06035504030c03782e79", "OU=a");
	/* an OID without a label: emailAddress */
	reads("30123110300e06092a864886f70d0109011601"
	      "61",
	    "1.2.840.113549.1.9.1=a");
	/* 2.999.1 (X.690, 8.19.5 has 2.100.3) */
	reads("300c310a30080603883701130161", "2.999.1=a");
	/* T61String is Latin-1; BMPString; UniversalString */
	reads("300c310a300806035504031401e4", "CN=\xc3\xa4");
	reads("300f310d300b06035504031e04006120ac", "CN=a\xe2\x82\xac");
	reads("300f310d300b06035504031c040001d11e", "CN=\xf0\x9d\x84\x9e");
	reads("300d310b300906035504031e02d800", "CN=\xef\xbf\xbd");
	/* no string: the bytes of the element */
	reads("300c310a30080603550403020105", "CN=[2 1 5]");
	reads("300c310a300806035504030c01ff", "CN=[12 1 255]");
	reads("300c310a300806035504031e0161", "CN=[30 1 97]");
	/* an RDN without an attribute */
	reads("300e3100310a300806035504030c0161", "CN=a");

	refuses("31023000");     /* no SEQUENCE */
	refuses("30023000");     /* no SET in it */
	refuses("30043102300b"); /* an attribute that is cut */
	return 0;
}
