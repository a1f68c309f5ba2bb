/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/time.h>
#include <ctwatch/rotate/pinset_edit_cert.h>

char *
pinset_edit_cert_id(struct pinset_edit *f, const struct certinfo *c)
{
	const char *name = c->names.n > 0 ? c->names.v[0] : "key";
	char date[TIME_TEXT] = "";
	char *stem, *id;

	if (c->not_before != CERTINFO_NO_TIME)
		time_format_date(c->not_before, date);
	name += strncmp(name, "*.", 2) == 0 ? 2 : 0;
	stem = mem_printf("%s-%.4s", name, date);
	id = mem_strdup(stem);
	for (unsigned i = 2; pinset_edit_has_key(f, id); i++) {
		free(id);
		id = mem_printf("%s-%u", stem, i);
	}
	free(stem);
	return id;
}

size_t
pinset_edit_cert_add_names(struct pinset_edit *f, const struct certinfo *c,
    const char *id, struct buf *error)
{
	size_t n = 0;

	for (size_t i = 0; i < c->names.n; i++) {
		const char *name = c->names.v[i], *fault;
		enum host_pattern_reach reach;
		char *host = host_pattern_parse(name, &reach, &fault);

		if (host != NULL && !pinset_edit_has_domain(f, name))
			pinset_edit_add_domain(
			    f, &(struct pinset_edit_domain){ .pattern = name });
		if (host != NULL)
			n += pinset_edit_add_to_domain(f, name, id, error);
		free(host);
	}
	return n;
}
