/* SPDX-License-Identifier: Apache-2.0 */
/* ask: ask a question on the terminal and check each answer. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/init/init.h"
#include "cli/opts_value.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>

/* Add the words of a line; return false if one is not accepted. */
static bool
take_line(struct bytes line,
    bool (*accept)(const char *word, struct buf *error), struct opts_list *out)
{
	struct bytes word;
	struct buf error;
	bool ok = true;

	buf_init(&error, 4096);
	while (ok && text_word(&line, &word)) {
		char *copy = mem_printf("%.*s", (int)word.n, word.p);

		ok = accept(copy, &error);
		if (ok) {
			out->v = mem_grow(out->v, out->n, sizeof *out->v);
			out->v[out->n++] = opts_value_keep(copy);
		} else {
			struct buf shown;

			buf_init(&shown, 4096);
			text_escape(&shown, bytes_of(copy));
			printf(
			    "  %s: %s\n", buf_text(&shown), buf_text(&error));
			buf_fini(&shown);
			free(copy);
		}
	}
	buf_fini(&error);
	return ok;
}

bool
init_ask(const char *question,
    bool (*accept)(const char *word, struct buf *error), struct opts_list *out)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	bool ok;

	do {
		printf("%s ", question);
		fflush(stdout);
		n = getline(&line, &room, stdin);
		if (n < 0)
			break;
		ok = take_line(
		    (struct bytes){ (const uint8_t *)line, (size_t)n }, accept,
		    out);
	} while (!ok);
	free(line);
	opts_value_keep(out->v);
	return n >= 0;
}
