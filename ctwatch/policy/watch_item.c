/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "policy/idna.h"
#include "policy/watch_item.h"
#include <ctwatch/base/text.h>

static bool
is_host_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

static bool
is_number(struct bytes label)
{
	for (size_t i = 0; i < label.n; i++)
		if (label.p[i] < '0' || label.p[i] > '9')
			return false;
	return true;
}

/* Return why a name (lower case, no dot at its ends) cannot be watched, or
 * NULL. */
static const char *
name_fault(struct bytes name)
{
	size_t label = 0;

	if (name.n > LIMIT_NAME)
		return "a name of more than 253 characters";
	for (size_t i = 0; i <= name.n; i++) {
		uint8_t c = i < name.n ? name.p[i] : '.';

		if (is_host_char(c)) {
			label++;
			continue;
		}
		if (c == '*')
			return "a star is allowed only as the first label";
		if (c == '/' || c == ':')
			return "a URL or a port, where a host name should be";
		if (c != '.')
			return "not a host name";
		if (label == 0)
			return "a name with an empty label";
		if (label > LIMIT_LABEL)
			return "a label of more than 63 characters";
		label = 0;
	}
	return is_number(bytes_after_last(name, '.'))
	    ? "neither a host name nor an address"
	    : NULL;
}

/* Remove the part of an item that gives its reach. */
static enum host_pattern_reach
take_reach(struct bytes *item)
{
	static const struct {
		const char *prefix;
		size_t n;
		enum host_pattern_reach reach;
	} forms[] = {
		{ "**.", 3, HOST_PATTERN_SUBTREE },
		{ "*.", 2, HOST_PATTERN_ONE_LABEL },
		{ ".", 1, HOST_PATTERN_SUBTREE },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (item->n >= forms[i].n &&
		    memcmp(item->p, forms[i].prefix, forms[i].n) == 0) {
			item->p += forms[i].n;
			item->n -= forms[i].n;
			return forms[i].reach;
		}
	return HOST_PATTERN_HOST;
}

/* Report whether a name is as the index holds it: ASCII in lower case. */
static bool
is_lower(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] >= 0x80 || (name.p[i] >= 'A' && name.p[i] <= 'Z'))
			return false;
	return true;
}

/* Convert a name to lower-case A-labels. */
static bool
convert(struct watch_item_name *out)
{
	if (text_is_ascii(out->name)) {
		text_lower(out->name, out->ascii);
		out->ascii[out->name.n] = '\0';
	} else if (!idna_to_ascii(out->name, out->ascii))
		return false;
	out->name = bytes_of(out->ascii);
	out->converted = true;
	return true;
}

/* Remove the dot at the end of a name. */
static void
cut_dot(struct bytes *name)
{
	if (name->n > 1 && name->p[name->n - 1] == '.')
		name->n--;
}

const char *
watch_item_parse(struct bytes item, struct watch_item_name *out)
{
	const char *fault;

	out->name = item;
	out->converted = false;
	out->reach = take_reach(&out->name);
	/* "." leaves an empty name: all names. */
	if (out->name.n == 0 && item.n == 1)
		return NULL;
	cut_dot(&out->name);
	/* Nearly all items need no conversion. */
	fault = name_fault(out->name);
	if (fault == NULL || is_lower(out->name))
		return fault;
	if (out->name.n >= sizeof out->ascii)
		return "a name of more than 253 characters";
	if (!convert(out))
		return "not a name that IDNA can convert";
	cut_dot(&out->name);
	return name_fault(out->name);
}
