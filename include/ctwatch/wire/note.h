/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note: C2SP signed notes, and checkpoints of static-ct-api logs.
 *
 * A note is text, a blank line, and signature lines.  Lines of unknown keys are
 * skipped, as signed-note requires; a line with the expected name and key ID
 * must verify, else the whole note is rejected.
 */
#ifndef CTWATCH_WIRE_NOTE_H
#define CTWATCH_WIRE_NOTE_H

#include <ctwatch/wire/tree_head.h>

enum note_error {
	NOTE_OK,
	NOTE_MALFORMED,      /* no blank line, control characters, not UTF-8 */
	NOTE_NO_SIGNATURE,   /* no line by the wanted key */
	NOTE_TOO_MANY_LINES, /* none by it in the first LIMIT_NOTE_LINES lines */
	NOTE_BAD_LINE,       /* such a line, but malformed */
	NOTE_BAD_BODY,       /* not origin, size and root in three lines */
	NOTE_WRONG_ORIGIN,   /* another log's checkpoint */
	NOTE_ERROR_MAX
};

struct note {
	struct bytes text;  /* what is signed, its last newline included */
	struct bytes lines; /* the signature lines */
};

/* The first three lines of a checkpoint's text (C2SP tlog-checkpoint). */
struct note_body {
	struct bytes origin;
	uint64_t size;
	struct merkle_hash root;
	struct bytes extension; /* the lines that follow, or empty */
};

struct note_signature {
	struct bytes name;
	uint8_t key_id[4];
	size_t n;
	uint8_t body[8192]; /* what follows the key ID; ML-DSA-65 has 3309 */
};

/* Parse in, one whole note.  Views are borrowed. */
enum note_error note_parse(struct bytes in, struct note *out);

/* Read the text of a checkpoint: NOTE_OK or NOTE_BAD_BODY.  Views are
 * borrowed. */
enum note_error note_body(struct bytes text, struct note_body *out);

/*
 * Take the next signature line (begin with a copy of note.lines).  Skip lines
 * whose base64 is malformed or longer than body.  False at the end.
 */
bool note_next(struct bytes *lines, struct note_signature *out);

/*
 * Find the first signature line with this name and key ID, by which an honest
 * note verifies: NOTE_OK, NOTE_NO_SIGNATURE or NOTE_TOO_MANY_LINES.
 */
enum note_error note_find(const struct note *note, const char *name,
    const uint8_t key_id[static 4], struct note_signature *out);

/* The key ID of a name and key: SHA-256(name || "\n" || type || key)[:4]. */
void note_key_id(
    struct bytes name, uint8_t type, struct bytes key, uint8_t out[static 4]);

/*
 * Parse a checkpoint of the log with this origin (the submission URL without
 * scheme and trailing slashes) and ID into *out, whose signature the caller
 * then checks with tree_head_verify.
 */
enum note_error note_checkpoint(struct bytes in, const char *origin,
    const uint8_t log_id[static SHA256_SIZE], struct tree_head *out);

/* Return the word for e in messages, such as "no-signature".  Static
 * storage. */
const char *note_error_word(enum note_error e);

#endif
