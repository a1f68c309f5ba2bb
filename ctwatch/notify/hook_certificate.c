/* SPDX-License-Identifier: Apache-2.0 */
/* hook_certificate: the variables and files of a hook about a certificate. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "notify/dn_text.h"
#include "notify/hook_call.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/wire/cert.h>

/* The certificate of one call. */
struct subject {
	const json_t *json;       /* as in the report */
	struct buf pem;           /* as logged, with its chain; may be empty */
	char sha256[65];          /* of the first in pem; "" if unknown */
	char key[65];             /* SHA-256 of its SPKI */
	struct buf issuer, owner; /* names; empty if unreadable */
	bool named;               /* both were read */
	json_t *cns;              /* common names, as in the certificate */
	size_t n_sans;            /* names that are dNSNames: the first */
	bool chain_incomplete;
	struct buf text;
};

/* ---- the certificate as logged ---- */

static void
read_names(struct subject *x, struct bytes der)
{
	struct cert_names names;
	struct cert_name name;
	struct cert cert;

	cert_parse(der, &cert);
	x->named = dn_text(cert.subject, &x->owner) &&
	    dn_text(cert.issuer, &x->issuer);
	x->n_sans = 0;
	cert_names(&cert, &names);
	while (cert_names_next(&names, &name)) {
		x->n_sans += name.kind == CERT_DNS;
		if (name.kind == CERT_CN)
			json_array_append_new(x->cns,
			    json_stringn(
			        (const char *)name.value.p, name.value.n));
	}
}

static void
add_pem(void *arg, struct bytes der)
{
	struct subject *x = arg;

	if (x->pem.n == 0) {
		sha256_hex(der, x->sha256);
		read_names(x, der);
	}
	text_pem(&x->pem, "CERTIFICATE", der);
}

static void
load_chain(struct subject *x, struct store *s)
{
	uint8_t tbs[SHA256_SIZE];
	struct store_cert known;

	if (s == NULL ||
	    !text_unhex(
	        report_json_text(x->json, "tbs_sha256"), tbs, sizeof tbs) ||
	    !store_cert_load(s, tbs, &known))
		return;
	x->chain_incomplete = !known.chain_complete;
	store_cert_fini(&known);
}

static void
load(struct subject *x, struct store *s, const json_t *json)
{
	uint8_t spki[SHA256_SIZE];

	*x = (struct subject){
		.json = json, .n_sans = SIZE_MAX, .cns = json_array()
	};
	buf_init(&x->pem, SIZE_MAX / 2);
	buf_init(&x->issuer, SIZE_MAX / 2);
	buf_init(&x->owner, SIZE_MAX / 2);
	buf_init(&x->text, SIZE_MAX / 2);
	store_cert_chain_each(
	    s, report_json_text(json, "tbs_sha256"), add_pem, x);
	load_chain(x, s);
	if (x->pem.n == 0)
		snprintf(x->sha256, sizeof x->sha256, "%s",
		    report_json_text(json, "cert_sha256"));
	if (text_unbase64_exact(bytes_of(report_json_text(json, "spki_sha256")),
	        spki, sizeof spki))
		text_hex((struct bytes){ spki, sizeof spki }, x->key);
}

static void
unload(struct subject *x)
{
	buf_fini(&x->pem);
	buf_fini(&x->issuer);
	buf_fini(&x->owner);
	buf_fini(&x->text);
	json_decref(x->cns);
}

/* ---- variables ---- */

/* A time in the form of the variables and of the text. */
static void
format_time(char out[static 32], const char *rfc3339)
{
	snprintf(out, 32, "%.10s %.8s +0000 UTC", rfc3339,
	    strlen(rfc3339) > 11 ? rfc3339 + 11 : "");
}

/* Set a time in the three forms of Cert Spotter's variables. */
static void
set_time(struct hook_call *c, const char *name, const char *rfc3339)
{
	char variable[64], text[32];
	int64_t t;

	if (!time_parse(rfc3339, &t))
		return;
	format_time(text, rfc3339);
	hook_call_set(c, name, text);
	snprintf(variable, sizeof variable, "%s_UNIXTIME", name);
	hook_call_number(c, variable, t / TIME_SECOND);
	snprintf(variable, sizeof variable, "%s_RFC3339", name);
	hook_call_set(c, variable, rfc3339);
}

static bool
has_validity(const json_t *cert)
{
	return json_is_string(report_json_at(cert, "not_before")) &&
	    json_is_string(report_json_at(cert, "not_after"));
}

static void
set_validity(struct hook_call *c, const json_t *cert)
{
	if (!has_validity(cert)) {
		hook_call_set(c, "VALIDITY_PARSE_ERROR", "it cannot be parsed");
		return;
	}
	set_time(c, "NOT_BEFORE", report_json_text(cert, "not_before"));
	set_time(c, "NOT_AFTER", report_json_text(cert, "not_after"));
}

/* Report whether the report has a value for a member. */
static bool
is_read(const json_t *cert, const char *member)
{
	return json_is_string(report_json_at(cert, member)) &&
	    strcmp(report_json_text(cert, member), "?") != 0;
}

/* Set a value of a certificate, or else the error variable for it. */
static void
set_read(struct hook_call *c, const json_t *cert, const char *member,
    const char *value, const char *name, const char *error_name)
{
	if (is_read(cert, member))
		hook_call_set(c, name, value);
	else
		hook_call_set(c, error_name, "it cannot be parsed");
}

/* The serial number as Cert Spotter writes it: without leading zeros. */
static char *
serial(const json_t *cert)
{
	const char *hex = report_json_text(cert, "serial");
	const char *sign = *hex == '-' ? "-" : "";

	hex += strlen(sign);
	while (hex[0] == '0' && hex[1] != '\0')
		hex++;
	return mem_printf("%s%s", sign, hex);
}

static void
set_names(struct hook_call *c, struct subject *x)
{
	const json_t *cert = x->json;
	char *number = serial(cert);

	/* Without the certificate, as in a test, the report has to do. */
	if (!x->named) {
		buf_clear(&x->owner);
		buf_clear(&x->issuer);
		buf_add_text(&x->owner, report_json_text(cert, "subject"));
		buf_add_text(&x->issuer, report_json_text(cert, "issuer"));
	}
	set_read(c, cert, "subject", buf_text(&x->owner), "SUBJECT_DN",
	    "SUBJECT_PARSE_ERROR");
	set_read(c, cert, "issuer", buf_text(&x->issuer), "ISSUER_DN",
	    "ISSUER_PARSE_ERROR");
	set_read(c, cert, "serial", number, "SERIAL", "SERIAL_PARSE_ERROR");
	free(number);
}

/* ---- files ---- */

static bool
is_common_name(const struct subject *x, const char *name)
{
	size_t i;
	json_t *cn;

	json_array_foreach(x->cns, i, cn)
		if (strcasecmp(json_string_value(cn), name) == 0)
			return true;
	return false;
}

static void
add_lower(json_t *out, const char *name)
{
	char *lower = mem_alloc(strlen(name) + 1, 1);

	text_lower(bytes_of(name), lower);
	json_array_append_new(out, json_string(lower));
	free(lower);
}

/* The names in lower case, the common names first.  A common name with a blank is
 * left out, since it cannot be a host name. */
static json_t *
host_names(const struct subject *x)
{
	size_t n = report_json_count(x->json, "names");
	json_t *out = json_array();

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < n; i++) {
			const char *name =
			    report_json_item_text(x->json, "names", i);

			if (is_common_name(x, name) == (pass == 0) &&
			    (i < x->n_sans || strchr(name, ' ') == NULL))
				add_lower(out, name);
		}
	return out;
}

static void
set_json(struct hook_call *c, const struct subject *x)
{
	const json_t *cert = x->json;

	hook_call_json(c, "JSON_FILENAME", "cert.v1.json",
	    json_pack("{sO ss so sO sO sO}", "tbs_sha256",
	        report_json_at(cert, "tbs_sha256"), "pubkey_sha256", x->key,
	        "dns_names", host_names(x), "ip_addresses",
	        report_json_at(cert, "addresses"), "not_before",
	        report_json_at(cert, "not_before"), "not_after",
	        report_json_at(cert, "not_after")));
}

static void
add_line(struct subject *x, const char *name, const char *value)
{
	buf_printf(&x->text, "\t%13s = ", name);
	escape_utf8(&x->text, bytes_of(value));
	buf_add_byte(&x->text, '\n');
}

static void
add_lines(struct subject *x, const char *name, const json_t *values)
{
	json_t *v;
	size_t i;

	json_array_foreach(values, i, v)
		add_line(x, name, json_string_value(v));
}

static void
add_time_line(struct subject *x, const char *name, const char *member)
{
	char text[32];

	if (has_validity(x->json)) {
		format_time(text, report_json_text(x->json, member));
		add_line(x, name, text);
	} else
		add_line(x, name, "[unable to parse: it cannot be parsed]");
}

static void
add_log_lines(struct hook_call *c, struct subject *x)
{
	const json_t *log = report_json_at(c->message, "log");
	char *line;

	if (!json_is_object(log))
		return;
	line = mem_printf("%" PRId64 " @ %s", report_json_int(log, "index"),
	    report_json_text(log, "url"));
	add_line(x, "Log Entry", line);
	free(line);
}

/* A finding has a line of its own at the end, which Cert Spotter does not
 * have. */
static void
add_finding_lines(struct hook_call *c, struct subject *x)
{
	json_t *f;
	size_t i;

	json_array_foreach(report_json_at(c->message, "findings"), i, f) {
		char *line = mem_printf("%s: %s (%s): %s",
		    report_json_text(f, "severity"),
		    report_json_text(f, "name"), report_json_text(f, "rule"),
		    report_json_text(f, "message"));

		add_line(x, "Finding", line);
		free(line);
	}
}

/* The lines of Cert Spotter's text, in its order. */
static void
set_text(struct hook_call *c, struct subject *x, const char *pem)
{
	json_t *names = host_names(x);
	char *url;

	buf_printf(&x->text, "%s:\n",
	    *x->sha256 != '\0' ? x->sha256
	                       : report_json_text(x->json, "tbs_sha256"));
	add_lines(x, "DNS Name", names);
	json_decref(names);
	add_lines(x, "IP Address", report_json_at(x->json, "addresses"));
	add_line(x, "Pubkey", x->key);
	add_line(x, "Issuer",
	    is_read(x->json, "issuer")
	        ? buf_text(&x->issuer)
	        : "[unable to parse: it cannot be parsed]");
	add_time_line(x, "Not Before", "not_before");
	add_time_line(x, "Not After", "not_after");
	add_log_lines(c, x);
	if (*x->sha256 != '\0') {
		url = mem_printf("https://crt.sh/?sha256=%s", x->sha256);
		add_line(x, "crt.sh", url);
		free(url);
	}
	if (pem != NULL)
		add_line(x, "Filename", pem);
	add_finding_lines(c, x);
	hook_call_file(c, "TEXT_FILENAME", "event.txt", buf_view(&x->text));
}

/* Return the most specific item that matches, in the form of Cert Spotter:
 * .example.com for a subtree. */
static const char *
watch_item(const json_t *finding)
{
	const char *item = "";

	for (size_t i = 0; i < report_json_count(finding, "watched"); i++) {
		const char *one = report_json_item_text(finding, "watched", i);

		if (strlen(one) > strlen(item))
			item = one;
	}
	return strncmp(item, "**.", 3) == 0 ? item + 2 : item;
}

void
hook_certificate(struct hook_call *c)
{
	const json_t *finding = report_json_at(c->message, "finding");
	const json_t *cert = report_json_at(finding, "certificate");
	char *summary =
	    mem_printf("Certificate Discovered for %s", watch_item(finding));
	char *pem = NULL;
	struct subject x;

	load(&x, c->store, cert);
	hook_call_set(c, "SUMMARY", summary);
	hook_call_set(c, "WATCH_ITEM", watch_item(finding));
	hook_call_set(c, "CERT_PARSEABLE", "yes");
	hook_call_set(c, "TBS_SHA256", report_json_text(cert, "tbs_sha256"));
	hook_call_set(c, "PUBKEY_SHA256", x.key);
	hook_call_set(c, "PUBKEY_HASH", x.key);
	if (*x.sha256 != '\0') {
		hook_call_set(c, "CERT_SHA256", x.sha256);
		hook_call_set(c, "FINGERPRINT", x.sha256);
	}
	set_validity(c, cert);
	set_names(c, &x);
	if (x.chain_incomplete)
		hook_call_set(c, "CHAIN_ERROR",
		    "the log provided no complete chain that verifies the "
		    "certificate");
	if (x.pem.n > 0) {
		hook_call_file(
		    c, "CERT_FILENAME", "cert.pem", buf_view(&x.pem));
		pem = mem_printf("%s/cert.pem", c->dir);
	}
	set_json(c, &x);
	set_text(c, &x, pem);
	unload(&x);
	free(pem);
	free(summary);
}
