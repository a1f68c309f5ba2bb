/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/net/mtc_list.h>
#include <ctwatch/wire/mtc_cert.h>

#define FORMAT "ctwatch-mtc/1"

/* No rule says how often a log must sign a checkpoint: expect one each day. */
#define MAX_AGE TIME_DAY

/* C2SP tlog-cosignature: the type of ML-DSA-44. */
#define TYPE_ML_DSA_44 0x06

/* What a file says of one log; all is borrowed. */
struct entry {
	const char *ca_id, *url, *description, *operator;
	unsigned log;
	size_t quorum;
};

/* ---- adding one log ---- */

/* Numbers without leading zeros, joined by dots. */
static bool
is_ca_id(const char *s)
{
	bool digit = false, zero = false; /* a number has begun, with 0 */

	if (strlen(s) > MTC_CERT_ID)
		return false;
	for (; *s != '\0'; s++) {
		if (*s == '.' ? !digit : *s < '0' || *s > '9' || zero)
			return false;
		zero = *s == '0' && !digit;
		digit = *s != '.';
	}
	return digit;
}

/* Return the URL with a final slash, which the caller frees; NULL with the
 * reason in *why. */
static char *
base_url(const char *url, const char **why)
{
	static const struct http_options any = { .allow_http = true,
		.allow_file = true };
	size_t n = strlen(url);

	if (!http_url_allowed(&any, url, why))
		return NULL;
	*why = "it has a query";
	if (strchr(url, '?') != NULL)
		return NULL;
	return mem_printf("%s%s", url, n > 0 && url[n - 1] == '/' ? "" : "/");
}

/* Escaped text of a member, or that of a default; the caller frees. */
static char *
shown(const char *s, char *or_else)
{
	struct buf b;

	if (s == NULL || *s == '\0')
		return or_else;
	free(or_else);
	buf_init(&b, LIMIT_SHOWN_TEXT);
	text_escape(&b, bytes_of(s));
	return buf_detach(&b);
}

/* Add the log of e with these cosigners, the text of mtc_cosigners. */
static bool
add(struct loglist *l, const struct entry *e, struct bytes cosigners,
    struct buf *error)
{
	struct loglist_log log = { .kind = LOG_KIND_MTC,
		.mmd = MAX_AGE,
		.state = LOGLIST_USABLE,
		.listed = true };
	const char *why = "";
	bool ok;

	if (!is_ca_id(e->ca_id)) {
		buf_printf(error,
		    "ca_id is not a trust anchor ID, such as "
		    "32473.11");
		return false;
	}
	if (e->log < 1 || e->log > UINT16_MAX) {
		buf_printf(error, "log is not a number from 1 to 65535");
		return false;
	}
	log.url = base_url(e->url, &why);
	if (log.url == NULL) {
		buf_printf(error, "url: %s", why);
		return false;
	}
	log.submission_url = mtc_cert_origin(e->ca_id, e->log);
	sha256_digest(bytes_of(log.submission_url), log.id);
	log.description = shown(e->description,
	    mem_printf("Merkle Tree CA %s, log %u", e->ca_id, e->log));
	log.operator=
	    shown(e->operator, mem_printf("Merkle Tree CA %s", e->ca_id));
	log.key = blob_copy(cosigners);
	ok = loglist_find(l, log.id) == NULL;
	if (ok)
		loglist_merge_log(l, &log);
	else
		buf_printf(error, "log %u of CA %s is configured twice", e->log,
		    e->ca_id);
	loglist_log_fini(&log);
	return ok;
}

/* ---- JSON ---- */

/* Report whether every member of o is one of these n, a note, or x-... */
static bool
has_only(const json_t *o, const char *const *names, size_t n, struct buf *error)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, name, v) {
		bool known =
		    strcmp(name, "note") == 0 || strncmp(name, "x-", 2) == 0;

		for (size_t i = 0; i < n; i++)
			known = known || strcmp(name, names[i]) == 0;
		if (known)
			continue;
		buf_add_text(error, "unknown member ");
		text_escape(error, bytes_of(name));
		return false;
	}
	return true;
}

/* Get a member that must be text; NULL with the reason in *error if it is
 * not. */
static const char *
text_member(const json_t *o, const char *name, struct buf *error)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL || *s == '\0') {
		buf_printf(error, "%s is missing, or is no text", name);
		return NULL;
	}
	return s;
}

/* Get a member that may be text in *out, or absent: NULL; false with the reason
 * in *error if it is anything else. */
static bool
optional_text(
    const json_t *o, const char *name, const char **out, struct buf *error)
{
	const json_t *v = json_object_get(o, name);

	*out = json_string_value(v);
	if (v == NULL || *out != NULL)
		return true;
	buf_printf(error, "%s is no text", name);
	return false;
}

/* Append the cosigners as lines; each key once. */
static bool
add_cosigners(const json_t *v, struct buf *lines, struct buf *error)
{
	struct cosignature_key *keys[LIMIT_WITNESS_NAMES];
	size_t i = 0, n = json_array_size(v);
	bool ok = n > 0 && n <= LIMIT_WITNESS_NAMES;

	if (!ok)
		buf_printf(error,
		    "cosigners is not an array of 1 to %d "
		    "verifier keys",
		    LIMIT_WITNESS_NAMES);
	for (; ok && i < n; i++) {
		const char *s = json_string_value(json_array_get(v, i));

		buf_printf(error, "cosigners[%zu]: ", i);
		keys[i] =
		    cosignature_key_new(bytes_of(s != NULL ? s : ""), error);
		ok = keys[i] != NULL;
		for (size_t k = 0; ok && k < i; k++)
			if (cosignature_key_same(keys[i], keys[k])) {
				buf_printf(
				    error, "the key of cosigners[%zu]", k);
				i++;
				ok = false;
			}
		if (!ok)
			break;
		buf_clear(error);
		ok = buf_add_text(lines, s) && buf_add_byte(lines, '\n');
	}
	while (i-- > 0)
		cosignature_key_free(keys[i]);
	return ok;
}

static bool
read_log(struct loglist *l, const json_t *o, struct buf *error)
{
	static const char *const names[] = { "ca_id", "log", "url",
		"description", "operator", "cosigners", "quorum" };
	const json_t *quorum = json_object_get(o, "quorum");
	const json_t *cosigners = json_object_get(o, "cosigners");
	json_int_t least = quorum != NULL ? json_integer_value(quorum) : 1;
	json_int_t log = json_integer_value(json_object_get(o, "log"));
	struct entry e = { .log = log >= 1 && log <= UINT16_MAX ? (unsigned)log
		                                                : 0 };
	struct buf lines;
	bool ok;

	if (!json_is_object(o)) {
		buf_add_text(error, "not an object");
		return false;
	}
	if (!has_only(o, names, sizeof names / sizeof *names, error) ||
	    (e.ca_id = text_member(o, "ca_id", error)) == NULL ||
	    (e.url = text_member(o, "url", error)) == NULL ||
	    !optional_text(o, "description", &e.description, error) ||
	    !optional_text(o, "operator", &e.operator, error))
		return false;
	buf_init(&lines, LIMIT_SMALL_BODY);
	buf_printf(&lines, "%" JSON_INTEGER_FORMAT "\n", least);
	ok = add_cosigners(cosigners, &lines, error);
	if (ok && (least < 1 || (size_t)least > json_array_size(cosigners))) {
		buf_printf(error,
		    "quorum is not a number from 1 to %zu, the "
		    "number of cosigners",
		    json_array_size(cosigners));
		ok = false;
	}
	ok = ok && add(l, &e, buf_view(&lines), error);
	buf_fini(&lines);
	return ok;
}

/* Check that an optional member has the only known value. */
static bool
is_known(const json_t *root, const char *member, const char *value,
    struct buf *error)
{
	const json_t *v = json_object_get(root, member);

	if (v == NULL ||
	    (json_is_string(v) && strcmp(json_string_value(v), value) == 0))
		return true;
	buf_printf(error, "unknown %s ", member);
	if (json_is_string(v))
		text_escape(error, bytes_of(json_string_value(v)));
	buf_printf(error, ": this version reads %s", value);
	return false;
}

static bool
read_json(
    struct loglist *l, const json_t *root, const char *name, struct buf *error)
{
	static const char *const names[] = { "format", "draft", "logs" };
	const json_t *logs = json_object_get(root, "logs");
	struct buf why;
	size_t i = 0;
	bool ok;

	buf_init(&why, 4096);
	ok = has_only(root, names, sizeof names / sizeof *names, &why) &&
	    is_known(root, "format", FORMAT, &why) &&
	    is_known(root, "draft", MTC_CERT_DRAFT, &why);
	if (ok && json_array_size(logs) == 0) {
		buf_add_text(&why, "logs is not an array with a log");
		ok = false;
	}
	if (!ok)
		buf_printf(error, "%s: %s", name, buf_text(&why));
	for (; ok && i < json_array_size(logs); i++)
		if (!read_log(l, json_array_get(logs, i), &why)) {
			buf_printf(error, "%s: logs[%zu]: %s", name, i,
			    buf_text(&why));
			ok = false;
		}
	buf_fini(&why);
	return ok;
}

/* ---- the certificate of a CA ---- */

/* Write the key of a CA's cosigner as a verifier key. */
static void
add_vkey(const struct mtc_ca *ca, struct buf *lines)
{
	char *name = mem_printf("oid/1.3.6.1.4.1.%s", ca->id), hex[9];
	struct buf raw;
	uint8_t id[4];

	buf_init(&raw, ca->key.n + 1);
	buf_add_byte(&raw, TYPE_ML_DSA_44);
	buf_add(&raw, ca->key);
	note_key_id(bytes_of(name), TYPE_ML_DSA_44, ca->key, id);
	text_hex(bytes_at(id, sizeof id), hex);
	buf_printf(lines, "%s+%s+", name, hex);
	text_base64_add(lines, buf_view(&raw));
	buf_add_byte(lines, '\n');
	buf_fini(&raw);
	free(name);
}

static bool
read_ca(
    struct loglist *l, struct bytes der, const char *name, struct buf *error)
{
	struct mtc_ca ca;
	struct entry e = { .quorum = 1 };
	struct buf lines, why;
	char *prefix, *url;
	bool ok;

	buf_init(&why, 4096);
	buf_init(&lines, LIMIT_SMALL_BODY);
	ok = mtc_cert_ca(der, &ca, &why);
	if (ok && ca.url.n == 0) {
		buf_add_text(&why,
		    "it does not name the URL of its logs "
		    "(1.3.6.1.4.1.64829.2.1): write a " FORMAT
		    " file with the URL and the verifier keys");
		ok = false;
	}
	if (ok && memchr(ca.url.p, '\0', ca.url.n) != NULL) {
		buf_add_text(&why, "url: it has a zero byte");
		ok = false;
	}
	if (ok) {
		prefix = mem_text(ca.url);
		url = mem_printf("%s%s%u/", prefix,
		    ca.url.p[ca.url.n - 1] == '/' ? "" : "/", ca.first_log);
		e.ca_id = ca.id;
		e.url = url;
		e.log = ca.first_log;
		buf_add_text(&lines, "1\n");
		add_vkey(&ca, &lines);
		ok = add(l, &e, buf_view(&lines), &why);
		free(prefix);
		free(url);
	}
	if (!ok)
		buf_printf(error, "%s: %s", name, buf_text(&why));
	buf_fini(&lines);
	buf_fini(&why);
	return ok;
}

/* Decode the next certificate of a PEM file; the caller frees. */
static bool
next_pem(BIO *bio, struct blob *out)
{
	char *label = NULL, *header = NULL;
	uint8_t *der = NULL;
	long n = 0;
	bool ok = PEM_read_bio(bio, &label, &header, &der, &n) == 1 &&
	    strcmp(label, PEM_STRING_X509) == 0;

	if (ok)
		*out = blob_copy(bytes_at(der, (size_t)n));
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return ok;
}

/* Decode the certificates of a PEM file, at most two, which the caller frees;
 * return their number. */
static size_t
read_pem(struct bytes file, struct blob out[static 2])
{
	BIO *bio = file.n < LIMIT_USER_FILE
	    ? BIO_new_mem_buf(file.p, (int)file.n)
	    : NULL;
	size_t n = 0;

	while (bio != NULL && n < 2 && next_pem(bio, &out[n]))
		n++;
	BIO_free(bio);
	ERR_clear_error();
	return n;
}

bool
mtc_list_add(
    struct loglist *l, struct bytes file, const char *name, struct buf *error)
{
	struct blob der[2] = { { .n = 0 }, { .n = 0 } };
	json_error_t e;
	json_t *root;
	size_t n;
	bool ok;

	if (file.n > 0 && file.p[0] == 0x30) /* DER: a SEQUENCE */
		return read_ca(l, file, name, error);
	n = read_pem(file, der);
	ok = n == 1 && read_ca(l, blob_view(der[0]), name, error);
	if (n > 1)
		buf_printf(error,
		    "%s: more than one certificate: give --mtc for each "
		    "CA's own",
		    name);
	blob_fini(&der[0]);
	blob_fini(&der[1]);
	if (n > 0)
		return ok;
	root = json_loadb(
	    (const char *)file.p, file.n, JSON_REJECT_DUPLICATES, &e);
	if (!json_is_object(root)) {
		buf_printf(error,
		    "%s:%d: neither the certificate of a Merkle Tree CA nor "
		    "JSON of format " FORMAT ": %s",
		    name, root == NULL ? e.line : 1,
		    root == NULL ? e.text : "not an object");
		json_decref(root);
		return false;
	}
	ok = read_json(l, root, name, error);
	json_decref(root);
	return ok;
}
