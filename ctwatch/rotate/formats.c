/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rotate/formats/format_util.h"
#include "rotate/lex.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/formats.h>

/* Order: specific formats first; one that matches any text with a pin is
 * last. */
static const struct formats_format *const formats[] = {
	&android_format,
	&trustkit_format,
	&apple_format,
	&immudb_format,
	&chrome_format,
	&firefox_format,
	&okhttp_format,
	&okhttp_java_format,
	&csv_format,
	&pem_format,
	&hpkp_format,
	&envoy_format,
	&reactnative_format,
	&tlsa_format,
	&curl_format,
	&fingerprint_format,
	&lines_format,
};

#define N_FORMATS (sizeof formats / sizeof *formats)

const struct formats_format *const *
formats_all(size_t *n)
{
	*n = N_FORMATS;
	return formats;
}

const struct formats_format *
formats_find(const char *name)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* ---- reading ---- */

/* Recognise build output; return NULL for other text. */
static const char *
built_file(struct bytes text)
{
	struct bytes start = text;

	if (lex_prefix(&start, "bplist00"))
		return "a binary property list: convert it to XML first "
		       "(plutil -convert xml1)";
	if (text.n > 4 && memcmp(text.p, "\x03\x00\x08\x00", 4) == 0)
		return "compiled Android XML: pass the source file, or the "
		       "output of aapt2 dump xmltree";
	if (lex_prefix(&start, "PK\x03\x04"))
		return "an archive: extract the file first";
	return NULL;
}

/* Return why a text of no known format is refused. */
static const char *
refusal(struct bytes text)
{
	static const struct {
		const char *needle, *why;
	} known[] = {
		{ "\"ctwatch-pinset/1\"",
		    "a pinset: pass it with --pinset, without operands" },
		{ "\"sha256Keys\"",
		    "the format of react-native-ssl-manager is not supported: "
		    "list its hosts and pins as plain lines" },
		{ "\"sslPinning\"",
		    "the sslPinning of an Expo app.json is not supported: list "
		    "its hosts and pins as plain lines" },
		{ "verify_certificate_",
		    "Envoy's YAML is not supported: convert it to JSON first "
		    "(yq -o json)" },
		{ "pinnedpubkey",
		    "no pin of curl, sha256// and 44 characters of base64" },
		{ "discovery-token-ca-cert-hash",
		    "kubeadm's command line is not supported: pass sha256:HEX "
		    "alone" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (lex_has(text, known[i].needle))
			return known[i].why;
	if (format_util_is_json(text))
		return "unknown JSON format; see pins import --help for "
		       "supported formats";
	return "no pins in a known format; see pins import --help for "
	       "supported formats";
}

static const struct formats_format *
recognise(struct bytes text)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (formats[i]->detect(text))
			return formats[i];
	return NULL;
}

/* Apply properties of the format to the hosts from first on. */
static void
mark_hosts(
    const struct formats_format *format, struct pinlist *out, size_t first)
{
	bool hex = (format->can & FORMATS_HEX) != 0 || format->write == NULL;

	for (size_t i = first; i < out->n_hosts; i++) {
		struct pinlist_host *h = &out->hosts[i];

		h->joins = (format->can & FORMATS_JOIN) != 0;
		for (size_t k = 0; !hex && k < h->n_pins; k++)
			if (h->pins[k].hex && !h->pins[k].of_cert)
				h->pins[k].canonical = false;
	}
}

bool
formats_read(const struct formats_format *format, struct bytes text,
    const char *file, struct pinlist *out, struct buf *error,
    const struct formats_format **found)
{
	const char *what = built_file(text);
	size_t first = out->n_hosts;
	struct buf why;
	bool ok;

	if (what == NULL && text.n > LIMIT_PIN_FILE)
		what = "longer than the limit";
	if (what == NULL && format == NULL)
		format = recognise(text);
	if (what == NULL && format == NULL)
		what = refusal(text);
	if (what != NULL) {
		buf_printf(error, "%s: %s", file, what);
		return false;
	}
	if (found != NULL)
		*found = format;
	buf_init(&why, error->max);
	ok = format->read(text, out, &why);
	if (ok)
		mark_hosts(format, out, first);
	else
		buf_printf(error, "%s: %s: %s", file, format->name,
		    why.n > 0 ? buf_text(&why) : "malformed");
	buf_fini(&why);
	return ok;
}

/* ---- writing ---- */

/* Append text so that it ends no comment of any language. */
static void
add_comment(struct buf *out, const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		buf_add_byte(out,
		    isalnum((unsigned char)*c) ||
		            (strchr(" .,_:;*()=+-", *c) != NULL &&
		                !(c > text && *c == '-' && c[-1] == '-'))
		        ? (uint8_t)*c
		        : '_');
}

char *
formats_title(const struct pinset *p, const struct pinlist *list)
{
	char digest[2 * SHA256_SIZE + 1], *first;
	struct buf out;

	text_hex((struct bytes){ p->sha256, SHA256_SIZE }, digest);
	first = mem_printf("Made by ctwatch from the pinset %s, version %llu, "
	                   "sha256 %s. Do not edit.",
	    p->name, (unsigned long long)p->version, digest);
	buf_init(&out, LIMIT_PIN_FILE);
	add_comment(&out, first);
	for (size_t i = 0; i < list->n_warnings; i++) {
		buf_add_text(&out, "\nNot as in the pinset: ");
		add_comment(&out, list->warnings[i]);
	}
	free(first);
	return buf_detach(&out);
}

bool
formats_is_widened(struct bytes text, const char *pattern)
{
	struct buf needle;
	bool is;

	buf_init(&needle, LIMIT_SMALL_BODY);
	buf_add_text(&needle, "Not as in the pinset: ");
	add_comment(&needle, pattern);
	buf_add_text(&needle, ": widened: ");
	is = lex_has(text, buf_text(&needle));
	buf_fini(&needle);
	return is;
}
