/* SPDX-License-Identifier: Apache-2.0 */
/* No function leaves an error in libcrypto's queue, where a later caller, or
 * libcurl, would take it for its own. */
#include <string.h>

#include <openssl/err.h>

#include <ctwatch/base/text.h>
#include <ctwatch/policy/cert_use.h>
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/policy/chain.h>
#include <ctwatch/policy/weak_key.h>
#include <ctwatch/rotate/identify_pin.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/wire/note_key.h>
#include <ctwatch/wire/ssh_sig.h>
#include <ctwatch/wire/tree_head.h>

#include "../support/make_cert.h"

/* Errors found, each with the call that left it; all are listed first. */
static unsigned n_left;

static void
check_queue(const char *call)
{
	unsigned long e = ERR_peek_error();

	if (e == 0)
		return;
	fprintf(stderr, "%s left: %s\n", call, ERR_error_string(e, NULL));
	ERR_clear_error();
	n_left++;
}

#define LEAVES_NOTHING(call)                                                   \
	do {                                                                   \
		(call);                                                        \
		check_queue(#call);                                            \
	} while (0)

static void
try_spki(struct bytes spki)
{
	static const uint8_t small[] = { 0x30, 3, 2, 1, 0 };
	const struct bytes other = { small, sizeof small };
	bool suspect[2];
	struct tree_head_key *head;
	struct note_key *note;
	char *text;

	LEAVES_NOTHING(weak_key_spki(spki));
	LEAVES_NOTHING(weak_key_shared(spki, other));
	LEAVES_NOTHING(
	    weak_key_suspect((struct bytes[]){ spki, spki }, 2, suspect));
	LEAVES_NOTHING(head = tree_head_key_new(spki));
	tree_head_key_free(head);
	LEAVES_NOTHING(note = note_key_public("example.com/log", spki));
	note_key_free(note);
	LEAVES_NOTHING(text = key_input_algorithm(spki));
	free(text);
}

static void
try_material(struct bytes der)
{
	static const uint8_t digest[64] = { 1 };
	static const size_t sizes[] = { 16, 20, 32, 48, 64 };
	struct key_input_list l = { 0 };
	struct identify_pin pin;
	struct buf error;

	buf_init(&error, 4096);
	LEAVES_NOTHING(key_input_read(der, &l, &error));
	for (size_t i = 0; i < l.n; i++) {
		LEAVES_NOTHING(key_input_covers(
		    &l.v[i], "www.example.com", HOST_PATTERN_HOST));
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
			LEAVES_NOTHING(identify_pin_material(
			    &l.v[i], (struct bytes){ digest, sizes[k] }, &pin));
	}
	key_input_fini(&l);
	buf_fini(&error);
}

static void
try_cert(struct bytes der)
{
	struct certinfo info;
	struct chain chain;
	struct cert c = { .deviations = 0 };

	LEAVES_NOTHING(certinfo_parse(LEAF_X509, der, &info));
	certinfo_fini(&info);
	LEAVES_NOTHING(cert_use_serves(der, "www.example.com"));
	LEAVES_NOTHING(chain_follow(NULL, der, NULL, der, &chain));
	if (cert_parse(der, &c) != CERT_OK)
		return;
	LEAVES_NOTHING(cert_use_asserts(&c, "2.23.140.1.2.1"));
	LEAVES_NOTHING(cert_use_asserts(&c, "no OID"));
	try_spki(c.spki);
	try_material(der);
	for (size_t n = 0; n < c.spki.n; n += 7)
		try_spki((struct bytes){ c.spki.p, n });
}

static void
try_both(void *arg, struct bytes der)
{
	(void)arg;
	try_cert(der);
	try_cert((struct bytes){ der.p, der.n - 1 });
}

static void
try_folder(const char *folder)
{
	CHECK(test_each_der(folder, try_both, NULL) > 0);
}

/* Make a note key of pkey; the caller frees. */
static struct note_key *
note_key_of(EVP_PKEY *pkey)
{
	uint8_t *der = NULL;
	int n = i2d_PUBKEY(pkey, &der);
	struct note_key *key;

	CHECK(n > 0);
	key = note_key_public(
	    "example.com/log", (struct bytes){ der, (size_t)n });
	CHECK(key != NULL);
	OPENSSL_free(der);
	return key;
}

static void
try_keys_of_two_kinds(void)
{
	EVP_PKEY *ec = make_cert_key();
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct note_key *a = note_key_of(ec), *b = note_key_of(ed);

	CHECK(!note_key_same(a, b));
	check_queue("note_key_same");
	note_key_free(a);
	note_key_free(b);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ed);
}

/* Points that are on no curve, a key of five bytes, and a digest of no name. */
static void
try_ssh_lines(void)
{
	static const char *const names[] = { "ecdsa-sha2-nistp256",
		"ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ssh-rsa" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct ssh_sig_key *key;
		char b64[512], *line;
		struct buf blob;

		buf_init(&blob, 256);
		for (int k = 0; k < 3; k++) {
			const char *s = k == 0 ? names[i]
			    : k == 1 && i == 0 ? "nistp256"
			                       : "\4abcd";

			buf_add(&blob,
			    (struct bytes){ (const uint8_t[]){
			                        0, 0, 0, (uint8_t)strlen(s) },
			        4 });
			buf_add_text(&blob, s);
		}
		text_base64(buf_view(&blob), b64);
		line = mem_printf("%s %s", names[i], b64);
		LEAVES_NOTHING(key = ssh_sig_key_parse(bytes_of(line)));
		ssh_sig_key_free(key);
		free(line);
		buf_fini(&blob);
	}
}

int
main(void)
{
	ERR_clear_error();
	try_folder("certs/valid");
	try_folder("certs/odd");
	try_folder("certs/hostile");
	try_keys_of_two_kinds();
	try_ssh_lines();
	CHECK(n_left == 0);
	return 0;
}
