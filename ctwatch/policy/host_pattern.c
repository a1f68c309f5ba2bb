/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpsl.h>

#include "policy/idna.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/policy/host_pattern.h>

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

/* What is wrong with a host in A-label form, or NULL. */
static const char *
host_fault(const char *host)
{
	size_t label = 0, n = 0;
	bool digits = true;

	for (const char *p = host;; p++) {
		if (*p == '.' || *p == '\0') {
			if (label == 0)
				return "an empty label";
			if (label > LIMIT_LABEL)
				return "a label of more than 63 characters";
			if (*p == '\0')
				break;
			label = 0;
			digits = true;
		} else {
			if (*p == '*')
				return "a star is allowed only as the whole "
				       "first label";
			if (!is_label_char(*p))
				return "not a host name";
			digits = digits && *p >= '0' && *p <= '9';
			label++;
		}
		n++;
	}
	if (n > LIMIT_NAME)
		return "a name of more than 253 characters";
	if (digits)
		return "an address, not a name: the watch list takes those";
	return NULL;
}

char *
host_pattern_host(const char *text, const char **fault)
{
	char host[LIMIT_READING];

	/* Check these first: the errors of libidn2 are less specific. */
	*fault = *text == '\0'  ? "empty"
	    : strchr(text, '/') ? "a URL, not a name"
	    : strchr(text, ':') ? "a port or an address, not a name"
	    : strchr(text, '*')
	    ? "a star is allowed only as the whole first label"
	    : strstr(text, "..") || *text == '.' ? "an empty label"
	    : text[strlen(text) - 1] == '.'      ? "a dot at the end"
	                                         : NULL;
	if (*fault != NULL)
		return NULL;
	if (!idna_to_ascii(bytes_of(text), host)) {
		*fault = "not a name that IDNA can convert";
		return NULL;
	}
	*fault = host_fault(host);
	if (*fault == NULL &&
	    psl_is_public_suffix2(psl_builtin(), host, PSL_TYPE_ICANN))
		*fault = "a public suffix, which unrelated owners share";
	return *fault == NULL ? mem_strdup(host) : NULL;
}

char *
host_pattern_parse(
    const char *text, enum host_pattern_reach *reach, const char **fault)
{
	*reach = HOST_PATTERN_HOST;
	if (strncmp(text, "**.", 3) == 0) {
		*reach = HOST_PATTERN_SUBTREE;
		text += 3;
	} else if (strncmp(text, "*.", 2) == 0) {
		*reach = HOST_PATTERN_ONE_LABEL;
		text += 2;
	}
	return host_pattern_host(text, fault);
}

bool
host_pattern_covers(
    const char *host, enum host_pattern_reach reach, const char *name)
{
	size_t n = strlen(host), m = strlen(name);

	if (m < n || strcmp(name + m - n, host) != 0)
		return false;
	if (m == n)
		return reach != HOST_PATTERN_ONE_LABEL;
	if (name[m - n - 1] != '.')
		return false;
	return reach == HOST_PATTERN_SUBTREE ||
	    (reach == HOST_PATTERN_ONE_LABEL &&
	        memchr(name, '.', m - n - 1) == NULL);
}

bool
host_pattern_served(
    const char *host, enum host_pattern_reach reach, const char *wildcard)
{
	const char *dot = strchr(host, '.'), *end = strchr(wildcard, '.');
	const char *star = strchr(wildcard, '*'), *last;
	size_t before, after, label;

	if (reach == HOST_PATTERN_ONE_LABEL || dot == NULL || end == NULL ||
	    star == NULL || star > end || strcmp(end, dot) != 0)
		return false;
	/* For some clients a star matches a part of the label.  Of several
	 * stars the first and the last count: this errs to true. */
	last = memrchr(star, '*', (size_t)(end - star));
	before = (size_t)(star - wildcard);
	after = (size_t)(end - last) - 1;
	label = (size_t)(dot - host);
	return label >= before + after &&
	    strncmp(host, wildcard, before) == 0 &&
	    strncmp(dot - after, last + 1, after) == 0;
}

bool
host_pattern_is_tld(struct bytes label)
{
	const int type = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE;
	char below[LIMIT_LABEL + sizeof "x."];

	if (label.n > LIMIT_LABEL)
		return false;
	/* For some, such as ck, the list has a wildcard. */
	snprintf(
	    below, sizeof below, "x.%.*s", (int)label.n, (const char *)label.p);
	return psl_is_public_suffix2(psl_builtin(), below + 2, type) ||
	    psl_is_public_suffix2(psl_builtin(), below, type);
}

const char *
host_pattern_registrable(const char *name)
{
	const psl_ctx_t *psl = psl_builtin();
	const char *found = NULL;

	/* The function of libpsl for this also counts private suffixes. */
	for (const char *p = name; p != NULL && *p != '\0';) {
		if (psl_is_public_suffix2(psl, p, PSL_TYPE_ICANN))
			return found;
		found = p;
		p = strchr(p, '.');
		if (p != NULL)
			p++;
	}
	return NULL;
}
