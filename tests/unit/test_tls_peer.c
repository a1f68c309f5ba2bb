/* SPDX-License-Identifier: Apache-2.0 */
/* The data taken from a TLS server: its chain, the SCTs of the TLS extension
 * and of the stapled OCSP response, directly and by STARTTLS. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ct.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <ctwatch/net/tls_peer.h>

#include "../support/make_cert.h"
#include "../support/tmpdir.h"

/* ---- a server that answers once ---- */

/* Start of a client's line, and the answer to it. */
struct line {
	const char *wanted, *answer;
};

struct server {
	const struct line *before, *after; /* TLS; each ends with NULL */
	const char *greeting;              /* before TLS, or NULL */
	struct bytes extension;            /* of type 18, or empty */
	bool ocsp, silent;
	int listener, port;
	SSL_CTX *ctx;
	pthread_t thread;
};

static X509 *ca, *leaf;
static EVP_PKEY *ca_key, *leaf_key;
static char *folder, *roots;

/* An SCT as bytes: this log, and no signature that verifies. */
static size_t
make_sct(uint8_t log, uint8_t out[static 64])
{
	memset(out, 0, 64);
	memset(out + 1, log, SHA256_SIZE);
	memcpy(out + 43, (const uint8_t[]){ 4, 3, 0, 8 }, 4);
	memset(out + 47, 0xaa, 8);
	return 55;
}

static unsigned char *
make_response(int *n)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, ca);
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	STACK_OF(SCT) *scts = sk_SCT_new_null();
	uint8_t sct[64];
	const uint8_t *p = sct;
	size_t size = make_sct(0x77, sct);
	OCSP_SINGLERESP *single;
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;

	sk_SCT_push(scts, o2i_SCT(NULL, &p, size));
	single = OCSP_basic_add1_status(
	    basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, now, NULL);
	CHECK(OCSP_SINGLERESP_add1_ext_i2d(
	          single, NID_ct_cert_scts, scts, 0, 0) == 1);
	CHECK(OCSP_basic_sign(basic, ca, ca_key, EVP_sha256(), NULL, 0) == 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	*n = i2d_OCSP_RESPONSE(response, &der);
	CHECK(*n > 0);
	SCT_LIST_free(scts);
	ASN1_TIME_free(now);
	OCSP_CERTID_free(id);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	return der;
}

static int
staple(SSL *ssl, void *arg)
{
	const struct server *s = arg;
	unsigned char *der;
	int n;

	if (!s->ocsp)
		return SSL_TLSEXT_ERR_NOACK;
	der = make_response(&n);
	SSL_set_tlsext_status_ocsp_resp(ssl, der, n);
	return SSL_TLSEXT_ERR_OK;
}

static int
add_extension(SSL *ssl, unsigned type, unsigned context,
    const unsigned char **out, size_t *n, X509 *x, size_t depth, int *alert,
    void *arg)
{
	const struct server *s = arg;

	(void)ssl, (void)type, (void)context, (void)x, (void)alert;
	*out = s->extension.p;
	*n = s->extension.n;
	return s->extension.n > 0 && depth == 0;
}

/* Read up to a line feed; false at the end. */
static bool
read_line(int fd, SSL *ssl, char out[static 512])
{
	size_t n = 0;
	char c;

	while (n < 511 &&
	    (ssl != NULL ? SSL_read(ssl, &c, 1) : (int)read(fd, &c, 1)) == 1) {
		out[n++] = c;
		if (c == '\n')
			break;
	}
	out[n] = '\0';
	return n > 0;
}

static void
talk(int fd, SSL *ssl, const struct line *l)
{
	char line[512];

	for (; l != NULL && l->wanted != NULL && read_line(fd, ssl, line);
	     l++) {
		CHECK(strncmp(line, l->wanted, strlen(l->wanted)) == 0);
		if (ssl != NULL)
			SSL_write(ssl, l->answer, (int)strlen(l->answer));
		else
			CHECK(write(fd, l->answer, strlen(l->answer)) > 0);
	}
}

static void *
serve(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->listener, NULL, NULL);
	char rest[512];
	SSL *ssl;

	if (s->greeting != NULL)
		CHECK(write(fd, s->greeting, strlen(s->greeting)) > 0);
	if (s->silent) {
		while (read_line(fd, NULL, rest))
			;
		close(fd);
		return NULL;
	}
	talk(fd, NULL, s->before);
	ssl = SSL_new(s->ctx);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		talk(fd, ssl, s->after);
		while (read_line(fd, ssl, rest))
			;
	}
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static void
start(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;

	s->ctx = SSL_CTX_new(TLS_server_method());
	CHECK(SSL_CTX_use_certificate(s->ctx, leaf) == 1);
	CHECK(SSL_CTX_use_PrivateKey(s->ctx, leaf_key) == 1);
	CHECK(SSL_CTX_add1_chain_cert(s->ctx, ca) == 1);
	SSL_CTX_set_tlsext_status_cb(s->ctx, staple);
	SSL_CTX_set_tlsext_status_arg(s->ctx, s);
	CHECK(SSL_CTX_add_custom_ext(s->ctx,
	          TLSEXT_TYPE_signed_certificate_timestamp,
	          SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO |
	              SSL_EXT_TLS1_3_CERTIFICATE,
	          add_extension, NULL, s, NULL, NULL) == 1);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(s->listener, (struct sockaddr *)&a, sizeof a) == 0);
	CHECK(listen(s->listener, 1) == 0);
	CHECK(getsockname(s->listener, (struct sockaddr *)&a, &n) == 0);
	s->port = ntohs(a.sin_port);
	CHECK(pthread_create(&s->thread, NULL, serve, s) == 0);
}

/* Fetch what s presents; error is empty if that succeeds. */
static void
fetch(struct server *s, enum tls_peer_protocol protocol, int64_t limit,
    struct tls_peer *out, struct buf *error)
{
	const struct http_options o = {
		.user_agent = "test", .ca_file = roots, .proxy = ""
	};
	char *host;
	bool ok;

	start(s);
	host = mem_printf("localhost:%d", s->port);
	ok = tls_peer_fetch(&o, host, protocol, limit, out, error);
	CHECK(ok == (error->n == 0));
	CHECK(pthread_join(s->thread, NULL) == 0);
	SSL_CTX_free(s->ctx);
	close(s->listener);
	free(host);
}

static void
presents_leaf(const struct tls_peer *p)
{
	BIO *bio = BIO_new_mem_buf(p->chain.p, (int)p->chain.n);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	CHECK(x != NULL && X509_cmp(x, leaf) == 0);
	X509_free(x);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	CHECK(x != NULL && X509_cmp(x, ca) == 0);
	X509_free(x);
	BIO_free(bio);
}

/* ---- claims ---- */

static void
scts_beside_the_chain_are_taken(void)
{
	uint8_t sct[64], list[128] = { 0, 57, 0, 55 };
	struct server s = { .ocsp = true };
	struct tls_peer p;
	struct buf error;

	buf_init(&error, 4096);
	make_sct(0x55, sct);
	memcpy(list + 4, sct, 55);
	s.extension = (struct bytes){ list, 59 };
	fetch(&s, TLS_PEER_TLS, 20000, &p, &error);
	presents_leaf(&p);
	/* Each is the contents of a list: the length of the SCT, and it. */
	CHECK(p.tls_scts.n == 57 && memcmp(p.tls_scts.p, list + 2, 57) == 0);
	make_sct(0x77, sct);
	CHECK(p.ocsp_scts.n == 57 && memcmp(p.ocsp_scts.p + 2, sct, 55) == 0);
	CHECK(!p.unread);
	tls_peer_fini(&p);
	/* A malformed list is reported. */
	s.extension.n = 50;
	s.ocsp = false;
	fetch(&s, TLS_PEER_TLS, 20000, &p, &error);
	presents_leaf(&p);
	CHECK(p.unread && p.tls_scts.n == 0 && p.ocsp_scts.n == 0);
	tls_peer_fini(&p);
	/* A server without SCTs is no error. */
	s.extension.n = 0;
	fetch(&s, TLS_PEER_TLS, 20000, &p, &error);
	CHECK(!p.unread && p.tls_scts.n == 0 && p.ocsp_scts.n == 0);
	tls_peer_fini(&p);
	buf_fini(&error);
}

static void
starttls_precedes_the_handshake(void)
{
	static const struct line smtp[] = {
		{ "EHLO ", "250-localhost\r\n250 STARTTLS\r\n" },
		{ "STARTTLS", "220 go\r\n" }, { NULL, NULL }
	};
	static const struct line smtp_after[] = {
		{ "EHLO ", "250 localhost\r\n" }, { NULL, NULL }
	};
	static const struct line imap[] = {
		{ "A001 CAPABILITY",
		    "* CAPABILITY IMAP4rev1 STARTTLS\r\nA001 OK\r\n" },
		{ "A002 STARTTLS", "A002 OK\r\n" }, { NULL, NULL }
	};
	static const struct line imap_after[] = {
		{ "A003 CAPABILITY", "* CAPABILITY IMAP4rev1\r\nA003 OK\r\n" },
		{ NULL, NULL }
	};
	static const struct line plain[] = { { "EHLO ", "250 localhost\r\n" },
		{ NULL, NULL } };
	struct server s = { .before = smtp,
		.after = smtp_after,
		.greeting = "220 localhost\r\n",
		.ocsp = true };
	struct tls_peer p;
	struct buf error;

	buf_init(&error, 4096);
	fetch(&s, TLS_PEER_SMTP, 20000, &p, &error);
	presents_leaf(&p);
	CHECK(p.ocsp_scts.n == 57);
	tls_peer_fini(&p);
	s.greeting = "* OK hello\r\n";
	s.before = imap;
	s.after = imap_after;
	fetch(&s, TLS_PEER_IMAP, 20000, &p, &error);
	presents_leaf(&p);
	CHECK(p.ocsp_scts.n == 57);
	tls_peer_fini(&p);
	/* Without STARTTLS there is no certificate. */
	s.greeting = "220 localhost\r\n";
	s.before = plain;
	fetch(&s, TLS_PEER_SMTP, 20000, &p, &error);
	CHECK(p.chain.n == 0 && error.n > 0);
	tls_peer_fini(&p);
	buf_fini(&error);
}

static void
a_host_that_does_not_answer_times_out(void)
{
	struct server s = { .silent = true };
	struct tls_peer p;
	struct buf error;

	buf_init(&error, 4096);
	fetch(&s, TLS_PEER_TLS, 500, &p, &error);
	CHECK(strncmp(buf_text(&error), "localhost:", 10) == 0);
	CHECK(strstr(buf_text(&error), "imed out") != NULL);
	tls_peer_fini(&p);
	buf_fini(&error);
}

static void
a_malformed_host_is_named(void)
{
	static const char *const hosts[] = { "https://localhost:1/",
		"user@localhost:1", "localhost:99999", "localhost:1x", "::1",
		"" };
	const struct http_options o = { .ca_file = roots };
	struct tls_peer p;
	struct buf error;

	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		buf_init(&error, 4096);
		CHECK(!tls_peer_fetch(
		    &o, hosts[i], TLS_PEER_TLS, 500, &p, &error));
		CHECK(strstr(buf_text(&error), ": not HOST[:PORT]") != NULL);
		tls_peer_fini(&p);
		buf_fini(&error);
	}
}

static void
write_roots(void)
{
	FILE *f;

	folder = tmpdir_new();
	roots = mem_printf("%s/roots.pem", folder);
	f = fopen(roots, "w");
	CHECK(f != NULL && PEM_write_X509(f, ca) == 1 && fclose(f) == 0);
}

int
main(void)
{
	int64_t yesterday = time_now() - TIME_DAY;

	signal(SIGPIPE, SIG_IGN);
	ca_key = make_cert_key();
	leaf_key = make_cert_key();
	ca = make_cert_x509(&(struct make_cert){ .key = ca_key,
	    .ca_key = ca_key,
	    .subject = "Test CA",
	    .basic = "critical,CA:TRUE",
	    .usage = "",
	    .crl = "",
	    .not_before = yesterday });
	leaf = make_cert_x509(&(struct make_cert){ .key = leaf_key,
	    .ca_key = ca_key,
	    .names = "DNS:localhost",
	    .not_before = yesterday });
	write_roots();
	scts_beside_the_chain_are_taken();
	starttls_precedes_the_handshake();
	a_host_that_does_not_answer_times_out();
	a_malformed_host_is_named();
	free(roots);
	tmpdir_remove(folder);
	X509_free(ca);
	X509_free(leaf);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(leaf_key);
	return 0;
}
