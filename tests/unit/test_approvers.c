/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/text.h>
#include <ctwatch/rotate/pinset_edit.h>
#include <ctwatch/rotate/pinset_trust.h>
#include <ctwatch/rotate/trusted_versions.h>

#include "../support/make_signer.h"
#include "../support/test_state.h"

#define PEOPLE 3

static const char *const people[PEOPLE] = { "alice", "bob", "carol" };
static struct note_key *keys[PEOPLE];
static char *public_b64[PEOPLE];
static char *trust_text;
static struct store *memory; /* of what was trusted before, or NULL */

static const char pins[] =
    "{\n  \"format\": \"ctwatch-pinset/1\",\n  \"name\": \"x\",\n"
    "  \"version\": 4,\n  \"keys\": [\n    {\n      \"id\": \"a\",\n"
    "      \"spki\": \"sha256/2Akhj9P130qc68UUS4ySLScYmEuVDr2XSmThg2SLSSg=\",\n"
    "      \"state\": \"active\"\n    },\n    {\n      \"id\": \"b\",\n"
    "      \"spki\": \"sha256/kEMbGMqYkCwd4jg7eMa+uuaSFBGLZkfxxNcAjcb6l/o=\",\n"
    "      \"state\": \"backup\"\n    }\n  ],\n  \"domains\": []\n}\n";

/* Three people: Ed25519, P-256 and Ed25519 keys. */
static void
make_people(void)
{
	for (int i = 0; i < PEOPLE; i++)
		keys[i] = make_signer(people[i],
		    i == 1 ? EVP_EC_gen("P-256")
		           : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
		    &public_b64[i]);
	trust_text =
	    mem_printf("{\"format\": \"ctwatch-trust/1\","
	               "\"threshold\": 2, \"keys\": {\"alice\": \"%s\","
	               "\"bob\": \"%s\", \"carol\": \"%s\"},"
	               "\"owners\": {\"web\": [\"bob\"]}}",
	        public_b64[0], public_b64[1], public_b64[2]);
}

/* A note for text, by those people whose bits are set; the caller frees. */
static char *
sign(const char *text, const char *proposer, unsigned who)
{
	struct buf body, out;
	struct pinset *p;

	buf_init(&body, 4096);
	buf_init(&out, 4096);
	p = pinset_parse(bytes_of(text), "p", &out);
	CHECK(p != NULL);
	CHECK(approvers_note(p, proposer, &body));
	buf_add(&out, buf_view(&body));
	buf_add_byte(&out, '\n');
	for (int i = 0; i < PEOPLE; i++)
		if ((who & 1u << i) != 0)
			CHECK(note_key_sign(
			    keys[i], keys[i], buf_view(&body), &out));
	pinset_free(p);
	buf_fini(&body);
	return buf_detach(&out);
}

static enum pinset_trust_status
check(const char *dir, const char *text)
{
	char *path = mem_printf("%s/p", dir);
	enum pinset_trust_status s;
	struct buf why;

	buf_init(&why, 4096);
	s = pinset_trust_check(memory, path, bytes_of(text), NULL, &why);
	CHECK((s == PINSET_TRUST_FAILED || s == PINSET_TRUST_UNSIGNED) ==
	    (why.n > 0));
	buf_fini(&why);
	free(path);
	return s;
}

/* The pinset with a signature by who, proposed by proposer. */
static enum pinset_trust_status
check_signed(
    const char *dir, const char *text, const char *proposer, unsigned who)
{
	char *note = sign(text, proposer, who);
	enum pinset_trust_status s;

	tmpdir_put(dir, "p.sig", note);
	s = check(dir, text);
	free(note);
	return s;
}

static void
needs_enough_signatures(const char *dir)
{
	char *note, *twice, *other;

	CHECK(check(dir, pins) == PINSET_TRUST_NONE); /* no trust file yet */
	tmpdir_put(dir, "p.trust", trust_text);
	CHECK(check(dir, pins) == PINSET_TRUST_UNSIGNED); /* no signatures */
	CHECK(check_signed(dir, pins, "dave", 3) == PINSET_TRUST_OK);
	CHECK(check_signed(dir, pins, "dave", 7) == PINSET_TRUST_OK);
	CHECK(check_signed(dir, pins, "dave", 1) == PINSET_TRUST_FAILED);
	/* The proposer's own does not count. */
	CHECK(check_signed(dir, pins, "alice", 3) == PINSET_TRUST_FAILED);
	CHECK(check_signed(dir, pins, "alice", 7) == PINSET_TRUST_OK);
	/* One key twice is one. */
	note = sign(pins, "dave", 1);
	twice = mem_printf("%s%s", note, strstr(note, "\xe2\x80\x94"));
	tmpdir_put(dir, "p.sig", twice);
	CHECK(check(dir, pins) == PINSET_TRUST_FAILED);
	free(twice);
	free(note);
	/* Another content, under the same note. */
	note = sign(pins, "dave", 3);
	tmpdir_put(dir, "p.sig", note);
	other = mem_strdup(pins);
	*strstr(other, "backup") = 'b';
	memcpy(strstr(other, "\"b\","), "\"c\",", 4);
	CHECK(check(dir, other) == PINSET_TRUST_FAILED);
	/* A signature that was changed spoils the note. */
	note[strlen(note) - 20] ^= 1;
	tmpdir_put(dir, "p.sig", note);
	CHECK(check(dir, pins) == PINSET_TRUST_FAILED);
	free(other);
	free(note);
}

/* Text with the keys of these ids compromised, and that version. */
static char *
mark_compromised(const char *text, const char *id, unsigned version)
{
	struct buf out;
	struct pinset_edit *f;

	buf_init(&out, 1 << 16);
	f = pinset_edit_new(bytes_of(text), &out);
	CHECK(f != NULL);
	CHECK(pinset_edit_set_state(f, id, PINSET_COMPROMISED, 0, &out));
	pinset_edit_set_version(f, version);
	CHECK(pinset_edit_write(f, &out));
	pinset_edit_free(f);
	return buf_detach(&out);
}

static void
one_signature_marks_keys_compromised_and_changes_nothing_else(const char *dir)
{
	char *note = sign(pins, "dave", 3),
	     *one = mark_compromised(pins, "b", 5), *two;
	char *more, *far, *back, *third, *again;

	tmpdir_put(dir, "p.base", pins);
	tmpdir_put(dir, "p.base.sig", note);
	CHECK(check_signed(dir, one, "emergency", 1) == PINSET_TRUST_EMERGENCY);
	two = mark_compromised(one, "a", 6);
	CHECK(check_signed(dir, two, "emergency", 2) == PINSET_TRUST_EMERGENCY);
	CHECK(check_signed(dir, one, "emergency", 0) == PINSET_TRUST_FAILED);
	/* Each compromised key is one version, and no number is skipped. */
	far = mark_compromised(pins, "b", 6);
	CHECK(check_signed(dir, far, "emergency", 1) == PINSET_TRUST_FAILED);
	free(far);
	far = mark_compromised(one, "a", 5);
	CHECK(check_signed(dir, far, "emergency", 1) == PINSET_TRUST_FAILED);
	/* Every other change needs two. */
	more = mem_strdup(one);
	memcpy(strstr(more, "\"active\""), "\"backup\"", 8);
	CHECK(check_signed(dir, more, "emergency", 1) == PINSET_TRUST_FAILED);
	CHECK(check_signed(dir, more, "dave", 3) == PINSET_TRUST_OK);
	/* It brings no key back: not one that its base calls compromised. */
	free(note);
	note = sign(one, "dave", 3);
	tmpdir_put(dir, "p.base", one);
	tmpdir_put(dir, "p.base.sig", note);
	third = mark_compromised(one, "a", 6);
	back = mem_strdup(third);
	CHECK(
	    check_signed(dir, third, "emergency", 1) == PINSET_TRUST_EMERGENCY);
	again = strstr(strstr(back, "\"b\""), "\"compromised\"");
	memcpy(again, "\"backup\"     ", 13);
	CHECK(check_signed(dir, back, "emergency", 1) == PINSET_TRUST_FAILED);
	/* Nor does it do with a base that only one signed. */
	free(note);
	note = sign(pins, "dave", 1);
	tmpdir_put(dir, "p.base", pins);
	tmpdir_put(dir, "p.base.sig", note);
	CHECK(check_signed(dir, one, "emergency", 1) == PINSET_TRUST_FAILED);
	free(note);
	free(more);
	free(far);
	free(back);
	free(third);
	free(one);
	free(two);
}

/* The pinset that is at the path now is remembered as trusted. */
static void
remember(const char *dir, const char *text, enum pinset_trust_status status)
{
	char *path = mem_printf("%s/p", dir);

	tmpdir_put(dir, "p", text);
	CHECK(trusted_versions_save(
	    memory, path, bytes_of(text), bytes_of(trust_text), status));
	free(path);
}

/* An emergency is based on the last version with enough signatures, not on an
 * older one, whose keys are gone since. */
static void
takes_no_older_base(const char *dir)
{
	char *note = sign(pins, "dave", 3),
	     *five = mark_compromised(pins, "b", 5);
	char *six = mark_compromised(five, "a", 6),
	     *old = mark_compromised(pins, "a", 5);
	char *far;

	memory = state_open(dir, STORE_WRITE);
	tmpdir_put(dir, "p.base", pins);
	tmpdir_put(dir, "p.base.sig", note);
	CHECK(check_signed(dir, old, "emergency", 1) == PINSET_TRUST_EMERGENCY);
	/* Two approve version 5. */
	CHECK(check_signed(dir, five, "dave", 3) == PINSET_TRUST_OK);
	remember(dir, five, PINSET_TRUST_OK);
	CHECK(check_signed(dir, old, "emergency", 1) == PINSET_TRUST_FAILED);
	/* Nor on version 4 with a number that is higher than 5. */
	far = mark_compromised(old, "b", 6);
	CHECK(check_signed(dir, far, "emergency", 1) == PINSET_TRUST_FAILED);
	free(far);
	free(note);
	note = sign(five, "dave", 3);
	tmpdir_put(dir, "p.base", five);
	tmpdir_put(dir, "p.base.sig", note);
	CHECK(check_signed(dir, six, "emergency", 1) == PINSET_TRUST_EMERGENCY);
	store_close(memory);
	memory = NULL;
	free(note);
	free(five);
	free(six);
	free(old);
}

static void
remove_file(const char *dir, const char *name)
{
	char *path = mem_printf("%s/%s", dir, name);

	CHECK(unlink(path) == 0);
	free(path);
}

/* A pinset that was signed stays signed. */
static void
a_pinset_signed_once_needs_signatures(const char *dir)
{
	char *renamed = mem_strdup(pins);

	CHECK(check_signed(dir, pins, "dave", 3) == PINSET_TRUST_OK);
	/* A signature without a trust file is noticed without a store. */
	remove_file(dir, "p.trust");
	CHECK(check(dir, pins) == PINSET_TRUST_FAILED);
	remove_file(dir, "p.sig");
	CHECK(check(dir, pins) == PINSET_TRUST_NONE);
	/* Without both, the store remembers. */
	memory = state_open(dir, STORE_WRITE);
	remember(dir, pins, PINSET_TRUST_OK);
	CHECK(check(dir, pins) == PINSET_TRUST_FAILED);
	/* Under another name, too. */
	memcpy(strstr(renamed, "\"x\""), "\"y\"", 3);
	CHECK(check(dir, renamed) == PINSET_TRUST_FAILED);
	tmpdir_put(dir, "p.trust", trust_text);
	CHECK(check(dir, pins) == PINSET_TRUST_FAILED);
	CHECK(check_signed(dir, pins, "dave", 3) == PINSET_TRUST_OK);
	CHECK(check_signed(dir, renamed, "dave", 3) == PINSET_TRUST_FAILED);
	store_close(memory);
	memory = NULL;
	free(renamed);
}

/* Who writes the trust file cannot choose the approvers: enough of those
 * before must have signed as well. */
static void
lets_approvers_change_approvers(const char *dir)
{
	char *two = mem_printf("{\"format\": \"ctwatch-trust/1\","
	                       "\"threshold\": 2, \"keys\": {\"carol\": \"%s\","
	                       "\"bob\": \"%s\"}}",
	    public_b64[2], public_b64[1]);
	char *three =
	    mem_printf("{\"format\": \"ctwatch-trust/1\","
	               "\"threshold\": 2, \"keys\": {\"alice\": \"%s\","
	               "\"bob\": \"%s\"}}",
	        public_b64[0], public_b64[1]);

	memory = state_open(dir, STORE_WRITE);
	tmpdir_put(dir, "p", pins);
	free(trust_text);
	trust_text = two;
	remember(dir, pins, PINSET_TRUST_OK);
	tmpdir_put(dir, "p.trust", three);
	CHECK(check_signed(dir, pins, "dave", 3) == PINSET_TRUST_FAILED);
	CHECK(check_signed(dir, pins, "dave", 6) == PINSET_TRUST_FAILED);
	CHECK(check_signed(dir, pins, "dave", 7) == PINSET_TRUST_OK);
	store_close(memory);
	memory = NULL;
	free(three);
}

static void
refuses_a_file_that_others_write(const char *dir)
{
	char *path = mem_printf("%s/p.trust", dir);

	CHECK(check_signed(dir, pins, "dave", 3) == PINSET_TRUST_OK);
	CHECK(chmod(path, 0664) == 0);
	CHECK(check(dir, pins) == PINSET_TRUST_FAILED);
	CHECK(chmod(path, 0644) == 0);
	free(path);
}

static void
reads_trust_files_strictly(void)
{
	static const char *const bad[][2] = {
		{ "[]", "not an object" },
		{ "{", "f:1" },
		{ "{\"format\": \"ctwatch-trust/2\"}", "format" },
		{ "{\"format\": \"ctwatch-trust/1\", \"treshold\": 2}",
		    "treshold" },
		{ "{\"format\": \"ctwatch-trust/1\", \"threshold\": 1, "
		  "\"keys\": {\"alice\": \"%A\", \"bob\": \"%B\"}}",
		    "threshold" },
		{ "{\"format\": \"ctwatch-trust/1\", \"threshold\": 3, "
		  "\"keys\": {\"alice\": \"%A\", \"bob\": \"%B\"}}",
		    "threshold" },
		{ "{\"format\": \"ctwatch-trust/1\", \"threshold\": 2, "
		  "\"keys\": {\"alice\": \"%A\", \"bob\": \"%A\"}}",
		    "the same key as alice" },
		{ "{\"format\": \"ctwatch-trust/1\", \"threshold\": 2, "
		  "\"keys\": {\"a b\": \"%A\", \"bob\": \"%B\"}}",
		    "keys.a b" },
		{ "{\"format\": \"ctwatch-trust/1\", \"threshold\": 2, "
		  "\"keys\": {\"alice\": \"%A\", \"bob\": \"AAAA\"}}",
		    "keys.bob" },
		{ "{\"format\": \"ctwatch-trust/1\", \"threshold\": 2, "
		  "\"keys\": {\"alice\": \"%A\", \"bob\": \"%B\"}, "
		  "\"owners\": {\"web\": [\"eve\"]}}",
		    "owners.web" },
	};
	struct buf text, error;
	struct approvers *t;

	buf_init(&text, 4096);
	buf_init(&error, 4096);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		buf_clear(&text);
		buf_clear(&error);
		for (const char *p = bad[i][0]; *p != '\0'; p++)
			if (*p == '%')
				buf_add_text(
				    &text, public_b64[*++p == 'A' ? 0 : 1]);
			else
				buf_add_byte(&text, (uint8_t)*p);
		CHECK(approvers_parse(buf_view(&text), "f", &error) == NULL);
		if (strstr(buf_text(&error), bad[i][1]) == NULL)
			fprintf(stderr, "%s\n", buf_text(&error));
		CHECK(strstr(buf_text(&error), bad[i][1]) != NULL);
	}
	for (size_t n = 0; n < strlen(trust_text); n++)
		CHECK(
		    approvers_parse((struct bytes){ (uint8_t *)trust_text, n },
		        "f", &error) == NULL);
	t = approvers_parse(bytes_of(trust_text), "f", &error);
	CHECK(t != NULL && t->n_keys == 3 && t->threshold == 2);
	CHECK(t->n_owners == 1 && t->owners[0].keys[0] == 1);
	CHECK(strcmp(note_key_name(approvers_key(t, keys[2])), "carol") == 0);
	CHECK(approvers_named(t, "eve") == NULL);
	approvers_free(t);
	buf_fini(&text);
	buf_fini(&error);
}

/* An old file that is put back is noticed, signed as it is. */
static void
keeps_trusted_versions(const char *dir)
{
	char *higher = mark_compromised(pins, "b", 5),
	     *other = mark_compromised(pins, "a", 5);
	const char *const texts[] = { pins, pins, higher, pins, higher, other };
	const bool good[] = { true, true, true, false, true, false };

	memory = state_open(dir, STORE_WRITE);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		enum pinset_trust_status s =
		    check_signed(dir, texts[i], "dave", 3);

		CHECK((s == PINSET_TRUST_OK) == good[i]);
		CHECK(good[i] || s == PINSET_TRUST_FAILED);
		if (good[i])
			remember(dir, texts[i], s);
	}
	store_close(memory);
	free(higher);
	free(other);
	memory = NULL;
}

/* A text that counts by the policy of the pinset, which asks for three. */
static void
follows_the_policy(const char *dir)
{
	char *three = mem_printf(
	    "%.*s\"policy\": {\"approvals\": 3},\n%s", 4, pins, pins + 4);

	CHECK(check_signed(dir, three, "dave", 3) == PINSET_TRUST_FAILED);
	CHECK(check_signed(dir, three, "dave", 7) == PINSET_TRUST_OK);
	free(three);
}

/* Run a test in a folder of its own. */
static void
in_folder(void (*test)(const char *dir), bool has_trust)
{
	char *dir = tmpdir_new();

	if (has_trust)
		tmpdir_put(dir, "p.trust", trust_text);
	test(dir);
	tmpdir_remove(dir);
}

int
main(void)
{
	make_people();
	reads_trust_files_strictly();
	in_folder(needs_enough_signatures, false);
	in_folder(follows_the_policy, true);
	in_folder(one_signature_marks_keys_compromised_and_changes_nothing_else,
	    true);
	in_folder(takes_no_older_base, true);
	in_folder(a_pinset_signed_once_needs_signatures, true);
	in_folder(refuses_a_file_that_others_write, true);
	in_folder(keeps_trusted_versions, true);
	in_folder(lets_approvers_change_approvers, true);
	for (int i = 0; i < PEOPLE; i++) {
		note_key_free(keys[i]);
		free(public_b64[i]);
	}
	free(trust_text);
	return 0;
}
