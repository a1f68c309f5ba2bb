/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hexadecimal digests, one per line: kubeadm's sha256:HEX of an SPKI, or the
 * fingerprint of a certificate from openssl x509.
 */
#include <stdlib.h>

#include "rotate/lex.h"
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

/* Prefixes of a certificate's digest, by openssl and in Postfix. */
static bool
take_fingerprint(struct bytes *line)
{
	struct bytes rest = *line;

	if (!lex_prefix(&rest, "sha256 Fingerprint=") &&
	    !lex_prefix(&rest, "sha1 Fingerprint="))
		return false;
	*line = rest;
	return true;
}

/* Hexadecimal digits and colons, at least the 40 digits of SHA-1. */
static bool
is_hex(struct bytes in)
{
	size_t digits = 0;

	lex_prefix(&in, "sha256:");
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i] | 0x20;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
			digits++;
		else if (in.p[i] != ':')
			return false;
	}
	return digits >= 40;
}

static bool
detect(struct bytes text)
{
	struct bytes line;

	while (text_line(&text, &line)) {
		line = text_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		return take_fingerprint(&line) || is_hex(line);
	}
	return false;
}

static bool
read(struct bytes text, struct pinlist *out, struct buf *error)
{
	struct pinlist_host *h = pinlist_host(out, NULL, HOST_PATTERN_HOST);
	struct bytes line;

	for (size_t n = 1; text_line(&text, &line); n++) {
		struct pinlist_pin *pin;
		bool of_cert;
		char *s;

		line = text_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		of_cert = take_fingerprint(&line);
		if (!is_hex(line)) {
			buf_printf(
			    error, "%zu: not a digest in hexadecimal", n);
			return false;
		}
		if (!of_cert &&
		    !lex_prefix(&(struct bytes){ line.p, line.n }, "sha256:")) {
			buf_printf(error,
			    "%zu: not clear if it is the digest of a key or a "
			    "certificate: prefix a key's with sha256:, a "
			    "certificate's with \"sha256 Fingerprint=\"",
			    n);
			return false;
		}
		s = lex_dup(line);
		pin = pinlist_add_pin(h, s);
		pin->of_cert = of_cert;
		free(s);
	}
	return true;
}

static bool
write(const struct pinlist *list, const char *title, struct buf *out)
{
	char hex[2 * SHA256_SIZE + 1];

	(void)title; /* kubeadm reads the values alone */
	for (size_t k = 0; k < list->hosts[0].n_pins; k++) {
		text_hex((struct bytes){ list->hosts[0].pins[k].digest,
		             SHA256_SIZE },
		    hex);
		buf_printf(out, "sha256:%s\n", hex);
	}
	return true;
}

const struct formats_format fingerprint_format = {
	.name = "hex",
	.purpose = "sha256:HEX of kubeadm; also reads fingerprints of openssl",
	.can = FORMATS_LEAF | FORMATS_CA | FORMATS_HEX,
	.detect = detect,
	.read = read,
	.write = write,
};
