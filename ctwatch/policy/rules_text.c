/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/policy/rules_text.h>

/* URLs of documents other than RFCs, by the start of a reference. */
static const struct {
	const char *prefix, *url;
} documents[] = {
	{ "CA/Browser Forum Baseline Requirements",
	    "https://cabforum.org/working-groups/server/"
	    "baseline-requirements/documents/" },
	{ "C2SP signed-note", "https://c2sp.org/signed-note" },
	{ "GoogleChrome/CertificateTransparency",
	    "https://github.com/GoogleChrome/CertificateTransparency" },
	{ "NIST SP 800-57 Part 1",
	    "https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final" },
};

struct bytes
rules_text_title(const struct rules_rule *rule)
{
	const char *end = strstr(rule->meaning, ". ");

	return end != NULL
	    ? bytes_at(rule->meaning, (size_t)(end - rule->meaning) + 1)
	    : bytes_of(rule->meaning);
}

bool
rules_text_url(const struct rules_rule *rule, struct buf *out)
{
	const char *reference = rule->reference;

	if (strncmp(reference, "RFC ", 4) == 0) {
		char *end;
		unsigned long number = strtoul(reference + 4, &end, 10);

		buf_printf(
		    out, "https://www.rfc-editor.org/rfc/rfc%lu", number);
		if (strncmp(end, ", ", 2) == 0)
			buf_printf(out, "#section-%.*s",
			    (int)strcspn(end + 2, ",;"), end + 2);
		return true;
	}
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++)
		if (strncmp(reference, documents[i].prefix,
		        strlen(documents[i].prefix)) == 0)
			return buf_add_text(out, documents[i].url);
	return false;
}
