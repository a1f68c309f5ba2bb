/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <ctwatch/base/bounds.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/cli/load.h>

struct pinset *
load_pinset(const struct opts_common *common, bool need)
{
	struct pinset *p;
	struct buf error;
	size_t n;
	char *text;

	if (common->pinset == NULL) {
		if (need)
			msg_error("no pinset: name one with --pinset");
		return NULL;
	}
	text = opts_read_file(common->pinset, BOUNDS_USER_FILE, &n);
	if (text == NULL)
		return NULL;
	buf_init(&error, 4096);
	p = pinset_parse(
	    (struct bytes){ (uint8_t *)text, n }, common->pinset, &error);
	if (p == NULL)
		msg_error("%s", buf_text(&error));
	buf_fini(&error);
	free(text);
	return p;
}
