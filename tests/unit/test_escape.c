/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/escape.h>

#include "../support/test.h"

/* One attack, or one harmless text, and what each reader must get. */
static const struct {
	const char *in;
	size_t n; /* 0: up to the NUL */
	const char *line, *utf8, *html, *csv, *cef_header, *cef_value,
	    *prometheus;
} attacks[] = {
	{ "www.example.com", 0, "www.example.com", "www.example.com",
	    "www.example.com", "\"www.example.com\"", "www.example.com",
	    "www.example.com", "www.example.com" },
	/* markup */
	{ "<script>alert(1)</script>", 0, "<script>alert(1)</script>",
	    "<script>alert(1)</script>",
	    "&lt;script&gt;alert(1)&lt;/script&gt;",
	    "\"<script>alert(1)</script>\"", "<script>alert(1)</script>",
	    "<script>alert(1)</script>", "<script>alert(1)</script>" },
	{ "\"' onload=x", 0, "\"' onload=x", "\"' onload=x",
	    "&quot;&#39; onload=x", "\"\"\"' onload=x\"", "\"' onload=x",
	    "\"' onload\\=x", "\\\"' onload=x" },
	{ "&lt;", 0, "&lt;", "&lt;", "&amp;lt;", "\"&lt;\"", "&lt;", "&lt;",
	    "&lt;" },
	/* a terminal's commands: set the title, clear the screen */
	{ "\033]0;x\007\033[2J", 0, "\\x1b]0;x\\x07\\x1b[2J",
	    "\\x1b]0;x\\x07\\x1b[2J", "\\x1b]0;x\\x07\\x1b[2J",
	    "\"\\x1b]0;x\\x07\\x1b[2J\"", "\\\\x1b]0;x\\\\x07\\\\x1b[2J",
	    "\\\\x1b]0;x\\\\x07\\\\x1b[2J", "\\\\x1b]0;x\\\\x07\\\\x1b[2J" },
	/* C1: CSI in one character */
	{ "\xc2\x9b"
	  "2J",
	    0, "\\xc2\\x9b2J", "\\x9b2J", "\\x9b2J", "\"\\x9b2J\"", "\\\\x9b2J",
	    "\\\\x9b2J", "\\\\x9b2J" },
	/* new fields and new lines */
	{ "a\r\nBcc: b", 0, "a\\x0d\\x0aBcc: b", "a\\x0d\\x0aBcc: b",
	    "a\\x0d\\x0aBcc: b", "\"a\\x0d\\x0aBcc: b\"",
	    "a\\\\x0d\\\\x0aBcc: b", "a\\\\x0d\\\\x0aBcc: b",
	    "a\\\\x0d\\\\x0aBcc: b" },
	{ "a|b=c\\d,e;f", 0, "a|b=c\\d,e;f", "a|b=c\\d,e;f", "a|b=c\\d,e;f",
	    "\"a|b=c\\d,e;f\"", "a\\|b=c\\\\d,e;f", "a|b\\=c\\\\d,e;f",
	    "a|b=c\\\\d,e;f" },
	/* NUL in a name */
	{ "a\0b", 3, "a\\x00b", "a\\x00b", "a\\x00b", "\"a\\x00b\"",
	    "a\\\\x00b", "a\\\\x00b", "a\\\\x00b" },
	/* formulas */
	{ "=HYPERLINK(\"http://x\")", 0, "=HYPERLINK(\"http://x\")",
	    "=HYPERLINK(\"http://x\")", "=HYPERLINK(&quot;http://x&quot;)",
	    "\"'=HYPERLINK(\"\"http://x\"\")\"", "=HYPERLINK(\"http://x\")",
	    "\\=HYPERLINK(\"http://x\")", "=HYPERLINK(\\\"http://x\\\")" },
	{ "+1", 0, "+1", "+1", "+1", "\"'+1\"", "+1", "+1", "+1" },
	{ "-1", 0, "-1", "-1", "-1", "\"'-1\"", "-1", "-1", "-1" },
	{ "@SUM(1)", 0, "@SUM(1)", "@SUM(1)", "@SUM(1)", "\"'@SUM(1)\"",
	    "@SUM(1)", "@SUM(1)", "@SUM(1)" },
	{ " \t=1", 0, " \\x09=1", " \\x09=1", " \\x09=1", "\"' \\x09=1\"",
	    " \\\\x09=1", " \\\\x09\\=1", " \\\\x09=1" },
	{ "\xef\xbc\x9d"
	  "1",
	    0, "\\xef\\xbc\\x9d1",
	    "\xef\xbc\x9d"
	    "1",
	    "\xef\xbc\x9d"
	    "1",
	    "\"'\xef\xbc\x9d"
	    "1\"",
	    "\xef\xbc\x9d"
	    "1",
	    "\xef\xbc\x9d"
	    "1",
	    "\xef\xbc\x9d"
	    "1" },
	/* right-to-left override, zero width space, soft hyphen, BOM, tags */
	{ "a\xe2\x80\xae"
	  "b",
	    0, "a\\xe2\\x80\\xaeb", "a\\u{202E}b", "a\\u{202E}b",
	    "\"a\\u{202E}b\"", "a\\\\u{202E}b", "a\\\\u{202E}b",
	    "a\\\\u{202E}b" },
	{ "\xe2\x80\x8b\xc2\xad\xef\xbb\xbf\xf3\xa0\x81\xa1", 0,
	    "\\xe2\\x80\\x8b\\xc2\\xad\\xef\\xbb\\xbf\\xf3\\xa0\\x81\\xa1",
	    "\\u{200B}\\xad\\u{FEFF}\\u{E0061}",
	    "\\u{200B}\\xad\\u{FEFF}\\u{E0061}",
	    "\"\\u{200B}\\xad\\u{FEFF}\\u{E0061}\"",
	    "\\\\u{200B}\\\\xad\\\\u{FEFF}\\\\u{E0061}",
	    "\\\\u{200B}\\\\xad\\\\u{FEFF}\\\\u{E0061}",
	    "\\\\u{200B}\\\\xad\\\\u{FEFF}\\\\u{E0061}" },
	/* line and paragraph separators, noncharacter */
	{ "\xe2\x80\xa8\xe2\x80\xa9\xef\xbf\xbf", 0,
	    "\\xe2\\x80\\xa8\\xe2\\x80\\xa9\\xef\\xbf\\xbf",
	    "\\u{2028}\\u{2029}\\u{FFFF}", "\\u{2028}\\u{2029}\\u{FFFF}",
	    "\"\\u{2028}\\u{2029}\\u{FFFF}\"",
	    "\\\\u{2028}\\\\u{2029}\\\\u{FFFF}",
	    "\\\\u{2028}\\\\u{2029}\\\\u{FFFF}",
	    "\\\\u{2028}\\\\u{2029}\\\\u{FFFF}" },
	/* not UTF-8: overlong slash, lone surrogate, cut short */
	{ "\xc0\xaf\xed\xa0\x80\xe2\x82", 0,
	    "\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82",
	    "\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82",
	    "\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82",
	    "\"\\xc0\\xaf\\xed\\xa0\\x80\\xe2\\x82\"",
	    "\\\\xc0\\\\xaf\\\\xed\\\\xa0\\\\x80\\\\xe2\\\\x82",
	    "\\\\xc0\\\\xaf\\\\xed\\\\xa0\\\\x80\\\\xe2\\\\x82",
	    "\\\\xc0\\\\xaf\\\\xed\\\\xa0\\\\x80\\\\xe2\\\\x82" },
	/* letters stay */
	{ "b\xc3\xbc"
	  "cher",
	    0, "b\\xc3\\xbccher",
	    "b\xc3\xbc"
	    "cher",
	    "b\xc3\xbc"
	    "cher",
	    "\"b\xc3\xbc"
	    "cher\"",
	    "b\xc3\xbc"
	    "cher",
	    "b\xc3\xbc"
	    "cher",
	    "b\xc3\xbc"
	    "cher" },
};

static void
escapes(void (*escape)(struct buf *, struct bytes), struct bytes in,
    const char *want)
{
	struct buf out;

	buf_init(&out, 4096);
	escape(&out, in);
	if (strcmp(buf_text(&out), want) != 0)
		fprintf(stderr, "want %s\ngot  %s\n", want, buf_text(&out));
	CHECK(strcmp(buf_text(&out), want) == 0);
	buf_fini(&out);
}

static void
line(struct buf *out, struct bytes in)
{
	escape_line(out, in, 0);
}

static void
escapes_every_attack(void)
{
	for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
		struct bytes in = bytes_of(attacks[i].in);

		if (attacks[i].n != 0)
			in.n = attacks[i].n;
		escapes(line, in, attacks[i].line);
		escapes(escape_utf8, in, attacks[i].utf8);
		escapes(escape_html, in, attacks[i].html);
		escapes(escape_csv, in, attacks[i].csv);
		escapes(escape_cef_header, in, attacks[i].cef_header);
		escapes(escape_cef_value, in, attacks[i].cef_value);
		escapes(escape_prometheus, in, attacks[i].prometheus);
	}
}

static void
cuts_a_line_at_its_limit(void)
{
	struct buf out;

	buf_init(&out, 100);
	escape_line(&out, bytes_of("abcde"), 5);
	CHECK(strcmp(buf_text(&out), "abcde") == 0);
	buf_clear(&out);
	escape_line(&out, bytes_of("abcdef"), 5);
	CHECK(strcmp(buf_text(&out), "abcde...") == 0);
	buf_clear(&out);
	escape_line(&out, bytes_of("a\033"), 5);
	CHECK(strcmp(buf_text(&out), "a\\x1b") == 0);
	buf_clear(&out);
	escape_line(&out, bytes_of("ab\033"), 5);
	CHECK(strcmp(buf_text(&out), "ab...") == 0);
	buf_fini(&out);
}

static void
mail(struct buf *out, struct bytes in)
{
	escape_mail(out, in, 9); /* "Subject: " */
}

/* A line is broken where a blank was, so that unfolding restores it. */
static void
folds_plain_mail_headers(void)
{
	escapes(mail,
	    bytes_of("aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee "
	             "fffffffff ggggggg hh"),
	    "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff "
	    "ggggggg\n hh");
	escapes(mail,
	    bytes_of("aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee "
	             "fffffffff gggg hh"),
	    "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff "
	    "gggg hh");
}

/* The encoded words were made with Python's email.header and base64. */
static void
encodes_mail_headers(void)
{
	escapes(mail, bytes_of("plain text"), "plain text");
	escapes(mail,
	    bytes_of("b\xc3\xbc"
	             "cher"),
	    "=?UTF-8?B?YsO8Y2hlcg==?=");
	/* a header of its own does not begin; the text is shown */
	escapes(mail, bytes_of("a\r\nBcc: x@y"), "a\\x0d\\x0aBcc: x@y");
	/* what looks encoded already is encoded, so that it shows as it is */
	escapes(mail, bytes_of("=?UTF-8?Q?x?="),
	    "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=");
}

static void
folds_long_mail_headers(void)
{
	struct buf in, out;
	const char *p;

	buf_init(&in, 10000);
	buf_init(&out, 20000);
	for (int i = 0; i < 500; i++)
		buf_add_text(&in, "\xe2\x82\xac"); /* cut inside at no word */
	escape_mail(&out, buf_view(&in), 9);
	p = buf_text(&out);
	for (size_t at = 9; *p != '\0'; at = 0) {
		size_t n = strcspn(p, "\n");

		CHECK(n > 1 && at + n <= 76);
		p += n;
		if (*p == '\n') {
			CHECK(strncmp(p, "\n =?UTF-8?B?", 12) == 0);
			p++;
		}
	}
	buf_fini(&in);
	buf_fini(&out);
}

/* Every character that reorders or isolates text (Unicode UAX #9, 2: the
 * explicit formatting characters and the implicit marks) is shown by number. */
static void
shows_every_bidirectional_control(void)
{
	static const struct {
		const char *text, *shown;
	} t[] = {
		{ "\xd8\x9c", "\\u{61C}" },      /* ALM */
		{ "\xe2\x80\x8e", "\\u{200E}" }, /* LRM */
		{ "\xe2\x80\x8f", "\\u{200F}" }, /* RLM */
		{ "\xe2\x80\xaa", "\\u{202A}" }, /* LRE */
		{ "\xe2\x80\xab", "\\u{202B}" }, /* RLE */
		{ "\xe2\x80\xac", "\\u{202C}" }, /* PDF */
		{ "\xe2\x80\xad", "\\u{202D}" }, /* LRO */
		{ "\xe2\x80\xae", "\\u{202E}" }, /* RLO */
		{ "\xe2\x81\xa6", "\\u{2066}" }, /* LRI */
		{ "\xe2\x81\xa7", "\\u{2067}" }, /* RLI */
		{ "\xe2\x81\xa8", "\\u{2068}" }, /* FSI */
		{ "\xe2\x81\xa9", "\\u{2069}" }, /* PDI */
	};
	struct buf out;

	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		buf_clear(&out);
		escape_utf8(&out, bytes_of(t[i].text));
		CHECK(strcmp(buf_text(&out), t[i].shown) == 0);
		buf_clear(&out);
		escape_html(&out, bytes_of(t[i].text));
		CHECK(strcmp(buf_text(&out), t[i].shown) == 0);
	}
	buf_fini(&out);
}

int
main(void)
{
	escapes_every_attack();
	shows_every_bidirectional_control();
	cuts_a_line_at_its_limit();
	encodes_mail_headers();
	folds_plain_mail_headers();
	folds_long_mail_headers();
	return 0;
}
