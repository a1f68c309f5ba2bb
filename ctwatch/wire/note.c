/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note.h>

/* static-ct-api: the type of an RFC 6962 signature in a note. */
#define TYPE_RFC6962 0x05

enum note_error
note_parse(struct bytes in, struct note *out)
{
	struct bytes newline;
	size_t split = 0;

	if (in.n == 0 || in.p[in.n - 1] != '\n' || !text_is_utf8(in))
		return NOTE_MALFORMED;
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] < ' ' && in.p[i] != '\n')
			return NOTE_MALFORMED;
		/* The last blank line separates: the text may have others. */
		if (i > 0 && in.p[i] == '\n' && in.p[i - 1] == '\n')
			split = i;
	}
	if (split == 0 || split + 1 == in.n)
		return NOTE_MALFORMED;
	out->lines = in;
	return bytes_take(&out->lines, split, &out->text) &&
	        bytes_take(&out->lines, 1, &newline)
	    ? NOTE_OK
	    : NOTE_MALFORMED;
}

/* "— NAME BASE64": an em dash, U+2014, and single spaces. */
static bool
parse_line(struct bytes line, struct note_signature *out)
{
	struct bytes dash, id;
	size_t n;

	if (!bytes_take(&line, 4, &dash) || !bytes_is(dash, "\xe2\x80\x94 ") ||
	    !bytes_until(&line, ' ', &out->name) || out->name.n == 0 ||
	    memchr(out->name.p, '+', out->name.n) != NULL)
		return false;
	if (line.n / 4 * 3 > sizeof out->body ||
	    !text_unbase64(line, out->body, &n))
		return false;
	line = (struct bytes){ out->body, n };
	if (!bytes_take(&line, sizeof out->key_id, &id))
		return false;
	memcpy(out->key_id, id.p, id.n);
	memmove(out->body, line.p, line.n);
	out->n = line.n;
	return true;
}

bool
note_next(struct bytes *lines, struct note_signature *out)
{
	struct bytes line;

	while (bytes_until(lines, '\n', &line))
		if (parse_line(line, out))
			return true;
	return false;
}

enum note_error
note_find(const struct note *note, const char *name,
    const uint8_t key_id[static 4], struct note_signature *out)
{
	struct bytes lines = note->lines;

	for (int i = 0; note_next(&lines, out); i++) {
		if (i == LIMIT_NOTE_LINES)
			return NOTE_TOO_MANY_LINES;
		if (bytes_is(out->name, name) &&
		    memcmp(out->key_id, key_id, sizeof out->key_id) == 0)
			return NOTE_OK;
	}
	return NOTE_NO_SIGNATURE;
}

void
note_key_id(
    struct bytes name, uint8_t type, struct bytes key, uint8_t out[static 4])
{
	const uint8_t sep[] = { '\n', type };
	const struct bytes parts[] = { name, { sep, sizeof sep }, key };
	uint8_t digest[SHA256_SIZE];

	sha256_parts(parts, 3, digest);
	memcpy(out, digest, 4);
}

/* tlog-checkpoint: no leading zeros, and it must fit. */
static bool
parse_size(struct bytes line, uint64_t *out)
{
	*out = 0;
	if (line.n == 0 || (line.n > 1 && line.p[0] == '0'))
		return false;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] < '0' || line.p[i] > '9' ||
		    __builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, line.p[i] - '0', out))
			return false;
	}
	return *out >> 63 == 0;
}

enum note_error
note_body(struct bytes text, struct note_body *out)
{
	struct bytes line;

	if (!bytes_until(&text, '\n', &out->origin) ||
	    !bytes_until(&text, '\n', &line) || !parse_size(line, &out->size) ||
	    !bytes_until(&text, '\n', &line) ||
	    !text_unbase64_exact(line, out->root.b, SHA256_SIZE))
		return NOTE_BAD_BODY;
	out->extension = text;
	return NOTE_OK;
}

enum note_error
note_checkpoint(struct bytes in, const char *origin,
    const uint8_t log_id[static SHA256_SIZE], struct tree_head *out)
{
	struct note_signature sig;
	struct note_body body;
	struct bytes signature;
	enum note_error e;
	struct note note;
	uint8_t id[4];

	e = note_parse(in, &note);
	if (e != NOTE_OK)
		return e;
	e = note_body(note.text, &body);
	if (e != NOTE_OK)
		return e;
	if (!bytes_is(body.origin, origin))
		return NOTE_WRONG_ORIGIN;
	/* static-ct-api, "Checkpoints": no extension lines. */
	if (body.extension.n > 0)
		return NOTE_BAD_BODY;
	out->size = body.size;
	out->root = body.root;
	note_key_id(bytes_of(origin), TYPE_RFC6962,
	    (struct bytes){ log_id, SHA256_SIZE }, id);
	e = note_find(&note, origin, id, &sig);
	if (e != NOTE_OK)
		return e;
	signature = (struct bytes){ sig.body, sig.n };
	/* Reject timestamps above int64_t, the maximum of get-sth's JSON. */
	if (!bytes_u64(&signature, &out->timestamp) ||
	    out->timestamp > INT64_MAX || signature.n > TREE_HEAD_SIGNATURE_MAX)
		return NOTE_BAD_LINE;
	out->n_signature = signature.n;
	memcpy(out->signature, signature.p, signature.n);
	return NOTE_OK;
}

const char *
note_error_word(enum note_error e)
{
	static const char *const words[NOTE_ERROR_MAX] = {
		[NOTE_OK] = "ok",
		[NOTE_MALFORMED] = "not a signed note",
		[NOTE_NO_SIGNATURE] = "no signature by this log's key",
		[NOTE_TOO_MANY_LINES] = ("too many signature lines, and none "
		                         "of the first ones by this log's key"),
		[NOTE_BAD_LINE] = "malformed signature line",
		[NOTE_BAD_BODY] = "malformed checkpoint",
		[NOTE_WRONG_ORIGIN] = "another log's checkpoint",
	};

	return e < NOTE_ERROR_MAX ? words[e] : "unknown";
}
