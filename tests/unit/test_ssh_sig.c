/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and signatures of `ssh-keygen -Y sign -n ctwatch-pinset' (OpenSSH 9.2)
 * over "hello\\n"; those of security keys are made as PROTOCOL.u2f says, and
 * `ssh-keygen -Y verify' accepts them.
 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/buf.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/wire/note_key.h>
#include <ctwatch/wire/ssh_sig.h>

#include "../support/test.h"

static const char ed25519_key[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL/qnCt85+dUmVKF/vQWxQ9Q9y3KIV"
    "3mHKzuflFRwCeU";
static const char ed25519_sig[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgv+qcK3zn51SZUoX+9BbFD1D3Lc\n"
    "ohXeYcrO5+UVHAJ5QAAAAOY3R3YXRjaC1waW5zZXQAAAAAAAAABnNoYTUxMgAAAFMAAAAL\n"
    "c3NoLWVkMjU1MTkAAABAoFdTOOBGJRBR+QT5vg601HhbBM3tnHYPGoiODqdb9BTa59gEx7\n"
    "Jt5ijkoMNskGA/p0dBwdx0X5Jz3C9Vp537Ag==\n"
    "-----END SSH SIGNATURE-----\n";

static const char ecdsa_key[] =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNT"
    "YAAABBBFb2nmiXd2njBq7wTm32pXWi8t4y7o5d0J8jSf6/w/xs8X3lK3ef0b5OdxZe"
    "+OdJJFvLJutWSnUndLjcgSrWtP4=";
static const char ecdsa_sig[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE\n"
    "EEVvaeaJd3aeMGrvBObfaldaLy3jLujl3QnyNJ/r/D/GzxfeUrd5/Rvk53Fl7450kkW8sm\n"
    "61ZKdSd0uNyBKta0/gAAAA5jdHdhdGNoLXBpbnNldAAAAAAAAAAGc2hhNTEyAAAAYwAAAB\n"
    "NlY2RzYS1zaGEyLW5pc3RwMjU2AAAASAAAACAPK4mGcpZj+tHh3pYWMlAWcDDveMlEW+jY\n"
    "9nD13NYsAQAAACBh42DkCjc7kzkj3/l8w4KFaU1qpx4/P6ObBQKCr2saVA==\n"
    "-----END SSH SIGNATURE-----\n";

static const char rsa_key[] =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC24TFroUm/RfBfTr4uGbPvbfL2y+"
    "Xzf71pPSbg3PZ/qjKyxOQ4UtkSuTRLzvxJUDbuGLhEuf1NofUmI1KwiaA2Q/C1iYjT"
    "iXkfee79RCMwUE4MmcdXHtEFcaQGXlF+7VjRx+vEs2Scg40zHNG/KlyON4KlJxwP2P"
    "QXV4pUv8cxyMmBbxVUUpI5gp2+h9Ut9562xBdUswhCkTH1JqHzBo1JswEs9URSCRBX"
    "UqfOvNGtIMtTpynxzlPQoGXqp5WEX2+ByHC2eRc34A0BDkju2Ag2cJZjbzzQOo+6cB"
    "yXIJCTGQMLaQql1vLbRv8/rcLP/9mOaT0UFQ7VmqiN/U1VTxk+fQvD/ek1Yvg2Lkpg"
    "h6elrhf34yRvzQGEivjgpeLTD1UZj0LuK8greMwaXOJX82JAU3F+rQYqz12Aj6oZTc"
    "u/l0enY+/7QRcz1D/fmuFRZFwdC9NwpCUqG396NCLg4Xdb6U3dnVZZUNDfRIDH0hc0"
    "GYeuyKrT9Chw0PDl0GhVBRs=";
static const char rsa_sig[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAZcAAAAHc3NoLXJzYQAAAAMBAAEAAAGBALbhMWuhSb9F8F9Ovi4Zs+\n"
    "9t8vbL5fN/vWk9JuDc9n+qMrLE5DhS2RK5NEvO/ElQNu4YuES5/U2h9SYjUrCJoDZD8LWJ\n"
    "iNOJeR957v1EIzBQTgyZx1ce0QVxpAZeUX7tWNHH68SzZJyDjTMc0b8qXI43gqUnHA/Y9B\n"
    "dXilS/xzHIyYFvFVRSkjmCnb6H1S33nrbEF1SzCEKRMfUmofMGjUmzASz1RFIJEFdSp868\n"
    "0a0gy1OnKfHOU9CgZeqnlYRfb4HIcLZ5FzfgDQEOSO7YCDZwlmNvPNA6j7pwHJcgkJMZAw\n"
    "tpCqXW8ttG/z+tws//2Y5pPRQVDtWaqI39TVVPGT59C8P96TVi+DYuSmCHp6WuF/fjJG/N\n"
    "AYSK+OCl4tMPVRmPQu4ryCt4zBpc4lfzYkBTcX6tBirPXYCPqhlNy7+XR6dj7/tBFzPUP9\n"
    "+a4VFkXB0L03CkJSobf3o0IuDhd1vpTd2dVllQ0N9EgMfSFzQZh67IqtP0KHDQ8OXQaFUF\n"
    "GwAAAA5jdHdhdGNoLXBpbnNldAAAAAAAAAAGc2hhNTEyAAABlAAAAAxyc2Etc2hhMi01MT\n"
    "IAAAGAJ4v62UCN8Uh+33Cx/O1AWia7PAeTHAX07w0ib9UftUR9ePlR9+hp/Dqu7QbyWIrf\n"
    "1Ld2Z/fUh3nYHFZ40Nqhq6NVm2SInLTUsWNR03ccIt38u8LIMYBsaDfGvQePZMCkjMf+fz\n"
    "IyrXvisfDQfJ/GCkLgeBt/WH+tBsQmM6l77u2cdeR6dvqP4s9N+xMtTn3xVTxK0XNHVGUe\n"
    "N2eQRM01r6cQI+ImQ88s3+KKXL+4Iuov9OihlUuE5pQeYZs4CmPy8/qVbfWtWgWOwAoyrW\n"
    "4W+zoLTx41DF4KRp7BTvh3Eb8OmuCmQKm7tsz/8d1b4uRSJJOVWZumtpjmy8TBvu/ysXz1\n"
    "U6stLYxZjykNMdmLNOb1oAQmR7txKrtA9zy2X8zOAfLty+jXmKZVjKGQzZ/0r3TA2GZ+LJ\n"
    "hjDkZTLu4qMzcVMmCXcCzJvOXU0mS2O6AgLn0BDeXRNf9XBJRZbzxpfyeiih10entHpJFR\n"
    "upar/314EeaDqFXcItmSIGt0PMsu\n"
    "-----END SSH SIGNATURE-----\n";

static const char sk_ed25519_key[] =
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29"
    "tAAAAICiiLqyfxcXOPQclGivGVzJe7QGXdI28WAw4Nji2uAxrAAAABHNzaDo= sk";
static const char sk_ed25519_sig[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgKKIurJ\n"
    "/Fxc49ByUaK8ZXMl7tAZd0jbxYDDg2OLa4DGsAAAAEc3NoOgAAAA5jdHdhdGNoLXBpbnNl\n"
    "dAAAAAAAAAAGc2hhNTEyAAAAZwAAABpzay1zc2gtZWQyNTUxOUBvcGVuc3NoLmNvbQAAAE\n"
    "DOA/yL0Ugk+k0+SvCSuuTf7csmpcSStdGxtBdXGIHOWuBHi/GeegVFsDyWOeQli9gGXy3D\n"
    "B8MjsvWgR/QFqV0CAQAAAAc=\n"
    "-----END SSH SIGNATURE-----\n";

static const char sk_ecdsa_key[] =
    "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHA"
    "yNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBGtF2aYYPa/4119JnOruuU20m"
    "NRNpL+xvq9bBTMYkjC/D+Q+ayfN15v33Asn1Wt0m51m3svXRhnY2VAbYSCWhG8AAAA"
    "Ec3NoOg== sk";
static const char sk_ecdsa_sig[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAH8AAAAic2stZWNkc2Etc2hhMi1uaXN0cDI1NkBvcGVuc3NoLmNvbQ\n"
    "AAAAhuaXN0cDI1NgAAAEEEa0XZphg9r/jXX0mc6u65TbSY1E2kv7G+r1sFMxiSML8P5D5r\n"
    "J83Xm/fcCyfVa3SbnWbey9dGGdjZUBthIJaEbwAAAARzc2g6AAAADmN0d2F0Y2gtcGluc2\n"
    "V0AAAAAAAAAAZzaGE1MTIAAAB4AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNz\n"
    "aC5jb20AAABJAAAAIDw7qHkuifbW2WTXQfpFKIqDODT+soEJuhWxxh4lOB7xAAAAIQDyR5\n"
    "xPqBsDE5ahyS966dU6GrUmAsBQWniaZKgPpk0ebAEAAAAH\n"
    "-----END SSH SIGNATURE-----\n";

static const char untouched_key[] =
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29"
    "tAAAAIHcDFLz7ZBk7r4f/H+lTZUlNvBvEr4YXjbEY9dkBRbeVAAAABHNzaDo= sk";
static const char untouched_sig[] =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgdwMUvP\n"
    "tkGTuvh/8f6VNlSU28G8SvhheNsRj12QFFt5UAAAAEc3NoOgAAAA5jdHdhdGNoLXBpbnNl\n"
    "dAAAAAAAAAAGc2hhNTEyAAAAZwAAABpzay1zc2gtZWQyNTUxOUBvcGVuc3NoLmNvbQAAAE\n"
    "ARNSY7foxlQd3kz3D0R4IyL8lLTz0Wq8ffFOPRPJS9DSE71cIwqJi/uyNL9Od+bJo4XxC9\n"
    "rG9whGz3XHvcqoAOAAAAAAc=\n"
    "-----END SSH SIGNATURE-----\n";

/* Report whether the armoured signature is one of text by the key. */
static bool
is_signed(const char *key, const char *sig, const char *text)
{
	struct ssh_sig_key *k = ssh_sig_key_parse(bytes_of(key));
	struct buf binary;
	bool ok;

	CHECK(k != NULL);
	buf_init(&binary, LIMIT_SSH_STRING);
	ok = ssh_sig_unarmor(bytes_of(sig), &binary) &&
	    ssh_sig_verify(k, bytes_of(text), buf_view(&binary));
	buf_fini(&binary);
	ssh_sig_key_free(k);
	return ok;
}

static void
verifies_each_type(void)
{
	CHECK(is_signed(ed25519_key, ed25519_sig, "hello\n"));
	CHECK(is_signed(ecdsa_key, ecdsa_sig, "hello\n"));
	CHECK(is_signed(rsa_key, rsa_sig, "hello\n"));
	CHECK(is_signed(sk_ed25519_key, sk_ed25519_sig, "hello\n"));
	CHECK(is_signed(sk_ecdsa_key, sk_ecdsa_sig, "hello\n"));
	/* Another text, another key, a security key that was not touched. */
	CHECK(!is_signed(ed25519_key, ed25519_sig, "hello"));
	CHECK(!is_signed(ecdsa_key, ecdsa_sig, "hallo\n"));
	CHECK(!is_signed(rsa_key, rsa_sig, "hallo\n"));
	CHECK(!is_signed(sk_ed25519_key, sk_ed25519_sig, "hallo\n"));
	CHECK(!is_signed(ed25519_key, ecdsa_sig, "hello\n"));
	CHECK(!is_signed(sk_ecdsa_key, sk_ed25519_sig, "hello\n"));
	CHECK(!is_signed(untouched_key, untouched_sig, "hello\n"));
}

/* Every proper prefix is refused, and so is every changed byte. */
static void
refuses_damage(const char *key, const char *sig)
{
	struct ssh_sig_key *k = ssh_sig_key_parse(bytes_of(key));
	struct buf b;

	buf_init(&b, LIMIT_SSH_STRING);
	CHECK(ssh_sig_unarmor(bytes_of(sig), &b));
	for (size_t n = 0; n < b.n; n++)
		CHECK(!ssh_sig_verify(
		    k, bytes_of("hello\n"), (struct bytes){ b.p, n }));
	for (size_t i = 0; i < b.n; i++) {
		b.p[i] ^= 1;
		CHECK(!ssh_sig_verify(k, bytes_of("hello\n"), buf_view(&b)));
		b.p[i] ^= 1;
	}
	CHECK(ssh_sig_verify(k, bytes_of("hello\n"), buf_view(&b)));
	CHECK(buf_add_byte(&b, 0));
	CHECK(!ssh_sig_verify(k, bytes_of("hello\n"), buf_view(&b)));
	for (size_t n = 0; n + 4 < strlen(key); n++) {
		struct ssh_sig_key *cut = ssh_sig_key_parse(
		    (struct bytes){ (const uint8_t *)key, n });

		CHECK(cut == NULL || n + 8 > strlen(key));
		ssh_sig_key_free(cut);
	}
	buf_fini(&b);
	ssh_sig_key_free(k);
}

/* A line of LIMIT_SSH_STRING characters of base64 is read, a longer one is
 * not; neither is a key. */
static void
keeps_the_limit(void)
{
	char *long_key = mem_alloc(LIMIT_SSH_STRING + 64, 1);

	memcpy(long_key, "ssh-ed25519 ", 12);
	memset(long_key + 12, 'A', LIMIT_SSH_STRING + 4);
	CHECK(ssh_sig_is_key(bytes_of(long_key)));
	CHECK(ssh_sig_key_parse(bytes_of(long_key)) == NULL);
	long_key[12 + LIMIT_SSH_STRING] = '\0';
	CHECK(ssh_sig_key_parse(bytes_of(long_key)) == NULL);
	free(long_key);
	CHECK(!ssh_sig_is_key(bytes_of("ssh-dss AAAA")));
	CHECK(!ssh_sig_is_key(bytes_of("ssh-ed25519")));
}

/* An approver's signature as a line of a note, and a line of another. */
static void
signs_notes(const char *key, const char *sig)
{
	struct note_key *k = note_key_openssh("alice", bytes_of(key));
	struct note_key *other = note_key_openssh("alice", bytes_of(ecdsa_key));
	struct buf whole;
	struct note note;

	CHECK(k != NULL && other != NULL);
	buf_init(&whole, 1 << 16);
	buf_add_text(&whole, "hello\n\n");
	CHECK(!note_key_add(k, bytes_of("hallo\n"), bytes_of(sig), &whole));
	CHECK(!note_key_add(other, bytes_of("hello\n"), bytes_of(sig), &whole));
	CHECK(note_key_add(k, bytes_of("hello\n"), bytes_of(sig), &whole));
	CHECK(note_parse(buf_view(&whole), &note) == NOTE_OK);
	CHECK(note_key_verify(k, &note) == NOTE_OK);
	CHECK(note_key_verify(other, &note) == NOTE_NO_SIGNATURE);
	buf_text(&whole);
	whole.p[0] = 'j';
	CHECK(note_key_verify(k, &note) == NOTE_BAD_LINE);
	buf_fini(&whole);
	note_key_free(k);
	note_key_free(other);
}

int
main(void)
{
	verifies_each_type();
	refuses_damage(ed25519_key, ed25519_sig);
	refuses_damage(sk_ed25519_key, sk_ed25519_sig);
	refuses_damage(sk_ecdsa_key, sk_ecdsa_sig);
	keeps_the_limit();
	signs_notes(ed25519_key, ed25519_sig);
	signs_notes(rsa_key, rsa_sig);
	signs_notes(sk_ed25519_key, sk_ed25519_sig);
	signs_notes(sk_ecdsa_key, sk_ecdsa_sig);
	return 0;
}
