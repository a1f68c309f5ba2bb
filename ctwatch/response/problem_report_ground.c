/* SPDX-License-Identifier: Apache-2.0 */
/* problem_report_ground: the clause of the Baseline Requirements for a rule. */
#include <string.h>

#include <ctwatch/base/time.h>
#include <ctwatch/response/problem_report.h>

static const struct problem_report_ground grounds[] = {
	{ "4.9.1.1 (3)",
	    "The subscriber's private key is compromised: we hold it, as the "
	    "proof shows.",
	    TIME_DAY },
	{ "4.9.1.1 (4)",
	    "A demonstrated method computes the private key from the public "
	    "key in the certificate.",
	    TIME_DAY },
	{ "4.9.1.1 (5)",
	    "The validation of domain authorization or control for a name in "
	    "the certificate should not be relied upon: its owner did not "
	    "authorize this certificate.",
	    TIME_DAY },
	{ "4.9.1.1 (6)",
	    "The certificate no longer complies with the requirements of "
	    "6.1.5 and 6.1.6 for key sizes and key parameters.",
	    5 * TIME_DAY },
	{ "4.9.1.1 (12)",
	    "The certificate was not issued in accordance with the Baseline "
	    "Requirements.",
	    5 * TIME_DAY },
};

enum {
	KEY_COMPROMISE,
	KEY_COMPUTABLE,
	VALIDATION,
	KEY_SIZE,
	REQUIREMENTS
};

/* The rules with a ground other than VALIDATION. */
static const struct {
	const char *rule;
	int ground;
} by_rule[] = {
	{ "CTW030", REQUIREMENTS },
	{ "CTW031", REQUIREMENTS },
	{ "CTW032", REQUIREMENTS },
	{ "CTW034", REQUIREMENTS },
	{ "CTW035", REQUIREMENTS },
	{ "CTW037", REQUIREMENTS },
	{ "CTW040", KEY_SIZE },
	{ "CTW041", KEY_SIZE },
	{ "CTW042", KEY_COMPUTABLE },
	{ "CTW043", KEY_COMPUTABLE },
	{ "CTW044", KEY_SIZE },
	{ "CTW045", REQUIREMENTS },
	{ "CTW046", KEY_COMPUTABLE },
};

const struct problem_report_ground *
problem_report_ground(const char *rule, bool has_key)
{
	if (has_key)
		return &grounds[KEY_COMPROMISE];
	for (size_t i = 0; i < sizeof by_rule / sizeof *by_rule; i++)
		if (strcmp(by_rule[i].rule, rule) == 0)
			return &grounds[by_rule[i].ground];
	return &grounds[VALIDATION];
}
