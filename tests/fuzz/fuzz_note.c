/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes and checkpoints: views add up to what was given. */
#include <string.h>

#include <ctwatch/base/text.h>
#include <ctwatch/wire/note.h>

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t log_id[SHA256_SIZE];
	struct bytes in = { data, size };
	struct note_signature s;
	struct note note;
	struct tree_head head;

	if (note_parse(in, &note) == NOTE_OK) {
		ASSERT(note.text.p == data && note.text.n > 0);
		ASSERT(note.text.p[note.text.n - 1] == '\n');
		ASSERT(note.lines.p + note.lines.n == data + size);
		ASSERT(text_is_utf8(in));
		while (note_next(&note.lines, &s)) {
			ASSERT(s.name.n > 0 && s.n <= sizeof s.body);
			ASSERT(memchr(s.name.p, '\n', s.name.n) == NULL);
		}
	}
	if (note_checkpoint(in, "log.example/2026h2", log_id, &head) == NOTE_OK)
		ASSERT(head.n_signature <= sizeof head.signature);
	return 0;
}
