/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "notify/subprocess.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/notify/hooks.h>
#include <ctwatch/report/cert_pem.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/wire/sha256.h>

/* One call of a hook. */
struct call {
	const json_t *message;
	struct store *store;
	char *dir;  /* for its files */
	char **env; /* NULL-terminated, owned */
	size_t n_env;
	bool ok; /* all files were written */
};

/* ---- programs ---- */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Report whether others than root and this user may change the file. */
static bool
is_foreign(const struct stat *st)
{
	return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
	    (st->st_uid != 0 && st->st_uid != geteuid());
}

/* Add the entry of that name if it is a program; false, with *error, if others
 * may write to it. */
static bool
add_program(
    const char *dir, const char *name, char ***v, size_t *n, struct buf *error)
{
	char *path = mem_printf("%s/%s", dir, name);
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
	    access(path, X_OK) != 0) {
		free(path);
		return true;
	}
	if (is_foreign(&st)) {
		buf_printf(error,
		    "%s: others than its owner may write to it, or its owner "
		    "is another user: no hook is run",
		    path);
		free(path);
		return false;
	}
	*v = mem_grow(*v, *n, sizeof **v);
	(*v)[(*n)++] = path;
	return true;
}

char **
hooks_list(const char *dir, size_t *n, struct buf *error)
{
	DIR *d = opendir(dir);
	bool ok = true;
	struct dirent *e;
	struct stat st;
	char **v;

	*n = 0;
	if (d == NULL) {
		buf_printf(error, "%s: %s", dir, strerror(errno));
		return NULL;
	}
	if (fstat(dirfd(d), &st) != 0 || is_foreign(&st)) {
		buf_printf(error,
		    "%s: others than its owner may write to it, or its owner "
		    "is another user: no hook is run",
		    dir);
		closedir(d);
		return NULL;
	}
	v = mem_alloc(1, sizeof *v);
	while (ok && (e = readdir(d)) != NULL)
		ok = e->d_name[0] == '.' ||
		    add_program(dir, e->d_name, &v, n, error);
	closedir(d);
	if (!ok) {
		hooks_list_free(v, *n);
		*n = 0;
		return NULL;
	}
	qsort(v, *n, sizeof *v, compare_names);
	return v;
}

void
hooks_list_free(char **v, size_t n)
{
	for (size_t i = 0; v != NULL && i < n; i++)
		free(v[i]);
	free(v);
}

/* ---- variables ---- */

static void
add_entry(struct call *c, char *entry)
{
	/* One beyond the last for the NULL that ends it. */
	c->env = mem_grow(c->env, c->n_env, sizeof *c->env);
	c->env[c->n_env++] = entry;
}

/* Set a variable to one line, truncated to LIMIT_HOOK_VALUE. */
static void
set(struct call *c, const char *name, const char *value)
{
	struct buf entry;

	buf_init(&entry, SIZE_MAX / 2);
	buf_printf(&entry, "%s=", name);
	escape_utf8(&entry, text_cut(bytes_of(value), LIMIT_HOOK_VALUE));
	add_entry(c, buf_detach(&entry));
}

static void
set_number(struct call *c, const char *name, int64_t value)
{
	add_entry(c, mem_printf("%s=%" PRId64, name, value));
}

static bool
is_set(const struct call *c, const char *entry)
{
	size_t n = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < c->n_env; i++)
		if (strncmp(c->env[i], entry, n) == 0)
			return true;
	return false;
}

/* Add the other variables of the environment.  Programs differ in which of two
 * equal variables they use, so skip those that are set. */
static void
inherit(struct call *c)
{
	extern char **environ;

	for (char **e = environ; *e != NULL; e++)
		if (!is_set(c, *e))
			add_entry(c, mem_strdup(*e));
}

/* ---- files ---- */

/* Write content to a file of this call, and set a variable to its path. */
static void
set_file(struct call *c, const char *variable, const char *name,
    struct bytes content)
{
	char *path = mem_printf("%s/%s", c->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	c->ok &= fd >= 0;
	while (fd >= 0 && content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);

		if (n < 0) {
			c->ok = false;
			break;
		}
		content.p += n;
		content.n -= (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	set(c, variable, path);
	free(path);
}

static void
set_json_file(struct call *c, const char *variable, const char *name, json_t *v)
{
	char *text = json_dumps(v, JSON_INDENT(2));

	set_file(c, variable, name, bytes_of(text != NULL ? text : ""));
	free(text);
	json_decref(v);
}

struct certificate_file {
	struct buf pem;
	uint8_t sha256[SHA256_SIZE]; /* of the first */
};

static void
add_pem(void *arg, struct bytes der)
{
	struct certificate_file *f = arg;

	if (f->pem.n == 0)
		sha256_digest(der, f->sha256);
	text_pem(&f->pem, "CERTIFICATE", der);
}

/* Set CHAIN_ERROR for an incomplete chain. */
static void
set_chain_error(struct call *c, const json_t *cert)
{
	uint8_t tbs[SHA256_SIZE];
	struct store_cert known;

	if (c->store == NULL ||
	    !text_unhex(
	        report_json_text(cert, "tbs_sha256"), tbs, sizeof tbs) ||
	    !store_cert_load(c->store, tbs, &known))
		return;
	if (!known.chain_complete)
		set(c, "CHAIN_ERROR",
		    "the log provided no complete chain that verifies the "
		    "certificate");
	store_cert_fini(&known);
}

/* Write the certificate or precertificate with its chain, and set its digest. */
static void
set_certificate(struct call *c, const json_t *cert)
{
	struct certificate_file f;
	char hex[2 * SHA256_SIZE + 1];

	buf_init(&f.pem, SIZE_MAX / 2);
	if (cert_pem_each(
	        c->store, report_json_text(cert, "tbs_sha256"), add_pem, &f) &&
	    f.pem.n > 0) {
		set_file(c, "CERT_FILENAME", "cert.pem", buf_view(&f.pem));
		text_hex((struct bytes){ f.sha256, SHA256_SIZE }, hex);
		set(c, "CERT_SHA256", hex);
		set(c, "FINGERPRINT", hex);
	} else if (*report_json_text(cert, "cert_sha256") != '\0') {
		set(c, "CERT_SHA256", report_json_text(cert, "cert_sha256"));
		set(c, "FINGERPRINT", report_json_text(cert, "cert_sha256"));
	}
	buf_fini(&f.pem);
}

/* ---- one event ---- */

/* Return the item in the form of Cert Spotter: .example.com for a subtree. */
static const char *
watch_item(const char *pattern)
{
	return strncmp(pattern, "**.", 3) == 0 ? pattern + 2 : pattern;
}

/* Set a time in the three forms of Cert Spotter's variables. */
static void
set_time(struct call *c, const char *name, const char *rfc3339)
{
	char variable[64], text[64];
	int64_t t;

	if (!time_parse(rfc3339, &t))
		return;
	snprintf(
	    text, sizeof text, "%.10s %.8s +0000 UTC", rfc3339, rfc3339 + 11);
	set(c, name, text);
	snprintf(variable, sizeof variable, "%s_UNIXTIME", name);
	set_number(c, variable, t / TIME_SECOND);
	snprintf(variable, sizeof variable, "%s_RFC3339", name);
	set(c, variable, rfc3339);
}

/* Set a value of a certificate, or else the error variable of Cert Spotter for
 * it. */
static void
set_read(struct call *c, const json_t *cert, const char *member,
    const char *name, const char *error_name)
{
	const char *value = report_json_text(cert, member);

	if (json_is_string(report_json_at(cert, member)) &&
	    strcmp(value, "?") != 0)
		set(c, name, value);
	else
		set(c, error_name, "it cannot be parsed");
}

static void
set_validity(struct call *c, const json_t *cert)
{
	if (!json_is_string(report_json_at(cert, "not_before")) ||
	    !json_is_string(report_json_at(cert, "not_after"))) {
		set(c, "VALIDITY_PARSE_ERROR", "it cannot be parsed");
		return;
	}
	set_time(c, "NOT_BEFORE", report_json_text(cert, "not_before"));
	set_time(c, "NOT_AFTER", report_json_text(cert, "not_after"));
}

static void
set_key(struct call *c, const json_t *cert, char hex[static 65])
{
	uint8_t spki[SHA256_SIZE];

	*hex = '\0';
	if (!text_unbase64_exact(
	        bytes_of(report_json_text(cert, "spki_sha256")), spki,
	        sizeof spki))
		return;
	text_hex((struct bytes){ spki, sizeof spki }, hex);
	set(c, "PUBKEY_SHA256", hex);
	set(c, "PUBKEY_HASH", hex);
}

static void
set_finding(struct call *c, const json_t *f)
{
	set(c, "CTWATCH_FINDING", report_json_text(f, "id"));
	set(c, "CTWATCH_RULE", report_json_text(f, "rule"));
	set(c, "CTWATCH_NAME", report_json_text(f, "name"));
	set(c, "CTWATCH_SEVERITY", report_json_text(f, "severity"));
	set(c, "CTWATCH_MESSAGE", report_json_text(f, "message"));
	set(c, "CTWATCH_REMEDIATION", report_json_text(f, "remediation"));
	set(c, "CTWATCH_CONTACT", report_json_text(f, "owner.contact"));
	set_json_file(
	    c, "CTWATCH_JSON_FILENAME", "finding.json", json_deep_copy(f));
}

static void
set_discovered(struct call *c, const json_t *f, struct buf *text)
{
	const json_t *cert = report_json_at(f, "certificate");
	const char *item = watch_item(report_json_item_text(f, "watched", 0));
	char hex[65];
	size_t i;
	json_t *name;

	set(c, "WATCH_ITEM", item);
	set(c, "TBS_SHA256", report_json_text(cert, "tbs_sha256"));
	set_key(c, cert, hex);
	set_validity(c, cert);
	set_read(c, cert, "subject", "SUBJECT_DN", "SUBJECT_PARSE_ERROR");
	set_read(c, cert, "issuer", "ISSUER_DN", "ISSUER_PARSE_ERROR");
	set_read(c, cert, "serial", "SERIAL", "SERIAL_PARSE_ERROR");
	set(c, "CERT_PARSEABLE", "yes");
	set_certificate(c, cert);
	set_chain_error(c, cert);
	set_json_file(c, "JSON_FILENAME", "cert.v1.json",
	    json_pack("{sO ss sO sO sO sO}", "tbs_sha256",
	        report_json_at(cert, "tbs_sha256"), "pubkey_sha256", hex,
	        "dns_names", report_json_at(cert, "names"), "ip_addresses",
	        report_json_at(cert, "addresses"), "not_before",
	        report_json_at(cert, "not_before"), "not_after",
	        report_json_at(cert, "not_after")));
	json_array_foreach(report_json_at(cert, "names"), i, name) {
		buf_printf(text, "\t%13s = ", "DNS Name");
		escape_line(text, bytes_of(json_string_value(name)), 0);
		buf_add_byte(text, '\n');
	}
	buf_printf(text, "\t%13s = %s\n\t%13s = %s\n\t%13s = %s\n", "Pubkey",
	    hex, "Not Before", report_json_text(cert, "not_before"),
	    "Not After", report_json_text(cert, "not_after"));
	buf_printf(text, "\t%13s = ", "Issuer");
	escape_line(text, bytes_of(report_json_text(cert, "issuer")), 0);
	buf_add_byte(text, '\n');
}

/* Searches the leaf of a refused entry. */
struct wanted {
	const char *log_id;
	uint64_t index;
	struct call *call;
};

static void
take_leaf(void *arg, const struct store_refused *r)
{
	struct wanted *w = arg;
	char hex[2 * SHA256_SIZE + 1], *b64;
	uint8_t hash[SHA256_SIZE];
	json_t *extra;
	struct bytes parts[] = { bytes_at("", 1), r->leaf_input };

	text_hex((struct bytes){ r->log_id, SHA256_SIZE }, hex);
	if (r->index != w->index || strcmp(hex, w->log_id) != 0 ||
	    r->leaf_input.n == 0)
		return;
	b64 = mem_alloc(TEXT_BASE64_LEN(r->leaf_input.n) + 1, 1);
	text_base64(r->leaf_input, b64);
	extra = json_stringn(
	    (const char *)r->extra_data.p, r->extra_data.n); /* NULL: no text */
	set_json_file(w->call, "ENTRY_FILENAME", "entry.json",
	    json_pack("{ss so}", "leaf_input", b64, "extra_data",
	        extra != NULL ? extra : json_string("")));
	free(b64);
	b64 = mem_alloc(TEXT_BASE64_LEN(SHA256_SIZE) + 1, 1);
	sha256_parts(parts, 2, hash); /* RFC 6962, 2.1: 0x00 and the leaf */
	text_base64((struct bytes){ hash, sizeof hash }, b64);
	set(w->call, "LEAF_HASH", b64);
	free(b64);
}

static void
set_malformed(struct call *c, const json_t *r)
{
	struct wanted w = { report_json_text(r, "log_id"),
		(uint64_t)report_json_int(r, "index"), c };

	set(c, "WATCH_ITEM", watch_item(report_json_text(r, "possible_match")));
	set(c, "PARSE_ERROR", report_json_text(r, "reason"));
	set(c, "CERT_PARSEABLE", "no");
	if (c->store != NULL)
		store_rejected_each(c->store, 0, take_leaf, &w);
}

static void
prepare(struct call *c)
{
	const char *event = report_json_text(c->message, "event");
	const json_t *f = report_json_at(c->message, "finding");
	const json_t *log = report_json_at(c->message, "log");
	struct buf text, summary;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&summary, SIZE_MAX / 2);
	if (strcmp(event, "malformed_cert") == 0)
		buf_printf(&summary, "Unable to Parse Entry %" PRId64 " in %s",
		    report_json_int(log, "index"),
		    report_json_text(log, "url"));
	else
		buf_printf(&summary, "%s %s: %s",
		    report_json_text(f, "severity"),
		    report_json_text(f, "name"),
		    report_json_text(f, "message"));
	escape_line(&text, buf_view(&summary), 0);
	buf_add_text(&text, "\n\n");
	set(c, "EVENT", event);
	set(c, "SUMMARY", buf_text(&summary));
	set(c, "CTWATCH_TEST",
	    report_json_true(c->message, "test") ? "1" : "0");
	if (json_is_object(log)) {
		set(c, "LOG_URI", report_json_text(log, "url"));
		set_number(c, "ENTRY_INDEX", report_json_int(log, "index"));
		buf_printf(&text, "\t%13s = %" PRId64 " @ ", "Log Entry",
		    report_json_int(log, "index"));
		escape_line(&text, bytes_of(report_json_text(log, "url")), 0);
		buf_add_byte(&text, '\n');
	}
	if (f != NULL)
		set_finding(c, f);
	if (strcmp(event, "discovered_cert") == 0)
		set_discovered(c, f, &text);
	else if (strcmp(event, "malformed_cert") == 0)
		set_malformed(c, report_json_at(c->message, "refused"));
	set_file(c, "TEXT_FILENAME", "event.txt", buf_view(&text));
	buf_fini(&text);
	buf_fini(&summary);
}

/* Remove the directory with the files of prepare and of the hook. */
static void
remove_dir(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

bool
hooks_run(const char *program, struct bytes message, struct store *s,
    int64_t time_limit, struct buf *error)
{
	const char *tmp = getenv("TMPDIR");
	char *argv[] = { mem_strdup(program), NULL };
	struct call c = { .store = s, .ok = true };
	json_t *v = json_loadb((const char *)message.p, message.n, 0, NULL);
	bool ok = false;

	c.message = v;
	c.dir = mem_printf("%s/ctwatch-hook.XXXXXX",
	    tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (mkdtemp(c.dir) == NULL)
		buf_printf(error, "%s: %s", c.dir, strerror(errno));
	else {
		prepare(&c);
		inherit(&c);
		add_entry(&c, NULL);
		if (!c.ok)
			buf_printf(error, "%s: %s", c.dir, strerror(errno));
		else
			ok = subprocess_run(&(struct subprocess){ .argv = argv,
			                        .envp = c.env,
			                        .input = message,
			                        .time_limit = time_limit },
			    error);
		remove_dir(c.dir);
	}
	for (size_t i = 0; i < c.n_env; i++)
		free(c.env[i]);
	free(c.env);
	free(c.dir);
	free(argv[0]);
	json_decref(v);
	return ok;
}
