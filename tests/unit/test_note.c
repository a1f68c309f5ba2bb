/* SPDX-License-Identifier: Apache-2.0 */
/* Real checkpoints, and every way of spoiling one. */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/wire/note.h>

#include "../support/test.h"

struct log {
	struct bytes key;
	uint8_t id[SHA256_SIZE];
};

static struct log
load_log(const char *name)
{
	struct bytes b = test_data(name), text;
	json_t *j = json_loadb((const char *)b.p, b.n, 0, NULL);
	struct log log;
	uint8_t *der;

	CHECK(j != NULL);
	text = bytes_of(json_string_value(json_object_get(j, "key")));
	der = mem_alloc(text.n, 1);
	CHECK(text_unbase64(text, der, &log.key.n));
	log.key.p = der;
	sha256_digest(log.key, log.id);
	json_decref(j);
	free((void *)b.p);
	return log;
}

static void
real_checkpoint_verifies(const char *dir, const char *origin, uint64_t size)
{
	char *log_path = mem_printf("heads/%s/log.json", dir);
	char *path = mem_printf("heads/%s/checkpoint", dir);
	struct log log = load_log(log_path);
	struct bytes text = test_data(path);
	struct tree_head_key *key = tree_head_key_new(log.key);
	uint8_t other[SHA256_SIZE] = { 0 };
	struct tree_head h;

	CHECK(note_checkpoint(text, origin, log.id, &h) == NOTE_OK);
	CHECK(h.size == size);
	CHECK(tree_head_verify(&h, key) == TREE_HEAD_OK);
	CHECK(note_checkpoint(text, "ct.example.org/x", log.id, &h) ==
	    NOTE_WRONG_ORIGIN);
	CHECK(note_checkpoint(text, origin, other, &h) == NOTE_NO_SIGNATURE);
	for (size_t n = 0; n < text.n; n++) {
		struct bytes cut = { text.p, n };
		enum note_error e = note_checkpoint(cut, origin, log.id, &h);

		/* Cut after the line that counts, it still counts. */
		CHECK(e != NOTE_OK ||
		    (tree_head_verify(&h, key) == TREE_HEAD_OK &&
		        cut.p[n - 1] == '\n'));
	}
	tree_head_key_free(key);
	free((void *)log.key.p);
	free((void *)text.p);
	free(log_path);
	free(path);
}

#define ORIGIN "willow.ct.letsencrypt.org/2025h1b"
#define ROOT   "pT/KC9MSHoRK2rHkeyfTSXfxolR2ja4JqhdymK9pnlo="
#define LINE                                                                   \
	"\xe2\x80\x94 " ORIGIN " GYcbuAAAAZSU2PMJBAMASDBGAiEAhNc5t31Sx4HmBDN4" \
	"bh366ApPb1Ag1S1zn1XN02ibJNYCIQCKGun1fU1tcgMpWPu3918Rk6OBuoSjt7wdBag1" \
	"cKsQ+g==\n"
#define BODY    ORIGIN "\n1237717073\n" ROOT "\n"
#define FOREIGN "\xe2\x80\x94 witness.example 6PiRCcvuZmG719Q08yWtEVT7\n"

static void
judges_every_spoilt_form(void)
{
	static const struct {
		const char *text;
		enum note_error want;
	} table[] = {
		{ BODY "\n" LINE, NOTE_OK },
		{ BODY "\n" FOREIGN LINE, NOTE_OK },
		{ BODY "\n" LINE FOREIGN, NOTE_OK },
		{ BODY "\n\xe2\x80\x94 garbage\n" LINE, NOTE_OK },
		{ BODY "\nnot even a dash\n" LINE, NOTE_OK },
		{ BODY "\n", NOTE_MALFORMED },
		{ BODY LINE, NOTE_MALFORMED },
		{ "", NOTE_MALFORMED },
		{ BODY "\n\x1b[0m\n" LINE, NOTE_MALFORMED },
		{ BODY "\n\xff\n" LINE, NOTE_MALFORMED },
		{ BODY "\n" FOREIGN, NOTE_NO_SIGNATURE },
		{ BODY "\n- " ORIGIN " GYcbuAAAAZSU2PMJBAMA\n",
		    NOTE_NO_SIGNATURE },
		{ BODY "\n\xe2\x80\x94 " ORIGIN " GYcbuAAA!ZSU2PMJBAMA\n",
		    NOTE_NO_SIGNATURE },
		{ BODY "\n\xe2\x80\x94 " ORIGIN " GYcbuAAA\n", NOTE_BAD_LINE },
		/* The last time that there is, and one later. */
		{ BODY "\n\xe2\x80\x94 " ORIGIN " GYcbuH//////////BAMA\n",
		    NOTE_OK },
		{ BODY "\n\xe2\x80\x94 " ORIGIN " GYcbuIAAAAAAAAAABAMA\n",
		    NOTE_BAD_LINE },
		{ BODY "extension\n\n" LINE, NOTE_BAD_BODY },
		{ ORIGIN "\n820495916!\n" ROOT "\n\n" LINE, NOTE_BAD_BODY },
		{ ORIGIN "\n007\n" ROOT "\n\n" LINE, NOTE_BAD_BODY },
		{ ORIGIN "\n-1\n" ROOT "\n\n" LINE, NOTE_BAD_BODY },
		{ ORIGIN "\n\n" ROOT "\n\n" LINE, NOTE_BAD_BODY },
		{ ORIGIN "\n9223372036854775808\n" ROOT "\n\n" LINE,
		    NOTE_BAD_BODY },
		{ ORIGIN "\n18446744073709551617\n" ROOT "\n\n" LINE,
		    NOTE_BAD_BODY },
		{ ORIGIN "\n5\npT/KC9MSHoRK2rHkeyfTSXfxolR2ja4JqhdymK9pnlo\n"
		         "\n" LINE,
		    NOTE_BAD_BODY },
		{ ORIGIN "\n5\npT/KC9MSHoRK2rHkeyfTSXfxolR2ja4JqhdymK9png==\n"
		         "\n" LINE,
		    NOTE_BAD_BODY },
		{ "\n5\n" ROOT "\n\n" LINE, NOTE_WRONG_ORIGIN },
	};
	struct log log = load_log("heads/willow2025h1b/log.json");
	struct tree_head h;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		enum note_error e = note_checkpoint(
		    bytes_of(table[i].text), ORIGIN, log.id, &h);

		if (e != table[i].want)
			fprintf(stderr, "row %zu: %s\n", i, note_error_word(e));
		CHECK(e == table[i].want);
	}
	free((void *)log.key.p);
}

/* A line by the log's own name and key ID that does not verify is not passed
 * over for a later one. */
static void
the_first_line_of_the_key_decides(void)
{
	struct log log = load_log("heads/willow2025h1b/log.json");
	struct tree_head_key *key = tree_head_key_new(log.key);
	char *text = mem_printf("%s\n%s%s", BODY, LINE, LINE);
	struct tree_head h;

	strstr(text, "SDBGAiEA")[9] ^= 1;
	CHECK(note_checkpoint(bytes_of(text), ORIGIN, log.id, &h) == NOTE_OK);
	CHECK(tree_head_verify(&h, key) != TREE_HEAD_OK);
	tree_head_key_free(key);
	free(text);
	free((void *)log.key.p);
}

/* A checkpoint with n foreign lines of so many bytes before the log's own. */
static enum note_error
behind_foreign_lines(size_t n, size_t bytes)
{
	struct log log = load_log("heads/willow2025h1b/log.json");
	uint8_t *body = mem_alloc(bytes, 1);
	struct buf text;
	struct tree_head h;
	enum note_error e;

	buf_init(&text, 4 << 20);
	buf_add_text(&text, BODY "\n");
	for (size_t i = 0; i < n; i++) {
		buf_add_text(&text, "\xe2\x80\x94 witness.example ");
		text_base64_add(&text, (struct bytes){ body, bytes });
		buf_add_byte(&text, '\n');
	}
	buf_add_text(&text, LINE);
	e = note_checkpoint(buf_view(&text), ORIGIN, log.id, &h);
	buf_fini(&text);
	free(body);
	free((void *)log.key.p);
	return e;
}

/* C2SP signed-note: a witness signs by ML-DSA in 3309 bytes. */
static void
skips_foreign_lines_of_any_length(void)
{
	static const size_t bytes[] = { 4 + 8 + 64, 4 + 3309, 6000, 8192, 8196,
		8197, 100000 };

	for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
		CHECK(behind_foreign_lines(16, bytes[i]) == NOTE_OK);
	CHECK(behind_foreign_lines(64, 76) == NOTE_OK);
	CHECK(behind_foreign_lines(LIMIT_NOTE_LINES - 1, 76) == NOTE_OK);
	/* A limit is not a missing signature, of which a log is accused. */
	CHECK(
	    behind_foreign_lines(LIMIT_NOTE_LINES, 76) == NOTE_TOO_MANY_LINES);
}

int
main(void)
{
	real_checkpoint_verifies("parcelyard2026h2",
	    "parcelyard2026h2.prod.certificate.transparency.goog", 1587930800);
	real_checkpoint_verifies("willow2025h1b", ORIGIN, 1237717073);
	real_checkpoint_verifies("cloudflare-dev2024h2b",
	    "static-ct-dev.cloudflareresearch.com/logs/dev2024h2b", 5);
	judges_every_spoilt_form();
	the_first_line_of_the_key_decides();
	skips_foreign_lines_of_any_length();
	return 0;
}
