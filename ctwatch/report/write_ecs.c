/* SPDX-License-Identifier: Apache-2.0 */
/* write_ecs: the findings in the Elastic Common Schema, a line each. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/report/report_json.h>
#include <ctwatch/report/write.h>

/* The version of the Elastic Common Schema whose fields these are. */
#define ECS_VERSION "8.11.0"

static const int severity[] = { 1, 21, 47, 73, 99 };

/* ECS requires serial numbers in upper case without colons. */
static json_t *
serial_json(const char *hex)
{
	char *upper = mem_strdup(hex);
	json_t *out;

	for (char *p = upper; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	out = json_string(upper);
	free(upper);
	return out;
}

/* Put a copy of a value, if there is one. */
static void
put(json_t *o, const char *name, json_t *v)
{
	if (v != NULL && !json_is_null(v))
		json_object_set(o, name, v);
}

static json_t *
x509_json(const json_t *cert)
{
	const char *key = report_json_text(cert, "key");
	json_t *x = json_pack("{s{sO} s{sO} so}", "issuer",
	    "distinguished_name", report_json_at(cert, "issuer"), "subject",
	    "distinguished_name", report_json_at(cert, "subject"),
	    "serial_number", serial_json(report_json_text(cert, "serial")));

	put(x, "alternative_names", report_json_at(cert, "names"));
	put(x, "not_before", report_json_at(cert, "not_before"));
	put(x, "not_after", report_json_at(cert, "not_after"));
	if (strncmp(key, "RSA ", 4) == 0) {
		json_object_set_new(
		    x, "public_key_algorithm", json_string("RSA"));
		json_object_set_new(x, "public_key_size",
		    json_integer(strtoll(key + 4, NULL, 10)));
	} else if (strncmp(key, "EC ", 3) == 0) {
		json_object_set_new(
		    x, "public_key_algorithm", json_string("ECDSA"));
		json_object_set_new(
		    x, "public_key_curve", json_string(key + 3));
	} else
		put(x, "public_key_algorithm", report_json_at(cert, "key"));
	return x;
}

static json_t *
event_json(const json_t *doc, const json_t *f)
{
	/* Rules about pins, pinset and logs are about configuration. */
	bool threat = json_is_object(report_json_at(f, "certificate"));

	return json_pack("{ss s[s] s[s] ss ss sO sO si sO so}", "kind",
	    report_json_is_live(f) ? "alert" : "state", "category",
	    threat ? "threat" : "configuration", "type",
	    threat ? "indicator" : "info", "module", "ctwatch", "dataset",
	    "ctwatch.finding", "id", report_json_at(f, "id"), "code",
	    report_json_at(f, "rule"), "severity",
	    severity[report_json_severity(f)], "created",
	    report_json_at(doc, "run.ended"), "reason", write_json_title(f));
}

static json_t *
indicator_json(const json_t *f)
{
	json_t *out = json_pack("{ss ss so}", "type", "x509-certificate",
	    "confidence", report_json_true(f, "verified") ? "High" : "Medium",
	    "x509", x509_json(report_json_at(f, "certificate")));

	put(out, "first_seen", report_json_at(f, "first_seen"));
	put(out, "last_seen", report_json_at(f, "last_seen"));
	return json_pack("{so}", "indicator", out);
}

static json_t *
related_json(const json_t *f)
{
	json_t *hash = json_array();

	json_array_append(hash, report_json_at(f, "certificate.tbs_sha256"));
	if (*report_json_text(f, "certificate.cert_sha256") != '\0')
		json_array_append(
		    hash, report_json_at(f, "certificate.cert_sha256"));
	return json_pack("{sO so}", "hosts", report_json_at(f, "matched_names"),
	    "hash", hash);
}

static json_t *
ecs_json(const json_t *doc, const json_t *f)
{
	json_t *out = json_pack("{sO s{ss} sO so}", "@timestamp",
	    report_json_at(doc, "run.ended"), "ecs", "version", ECS_VERSION,
	    "message", report_json_at(f, "message"), "event",
	    event_json(doc, f));

	json_object_set_new(out, "rule",
	    json_pack("{sO sO ss sO}", "id", report_json_at(f, "rule"), "name",
	        report_json_at(f, "name"), "ruleset", "ctwatch", "version",
	        report_json_at(doc, "run.version")));
	json_object_set_new(out, "observer",
	    json_pack("{ss ss sO ss}", "vendor", "ctwatch", "product",
	        "ctwatch", "version", report_json_at(doc, "run.version"),
	        "type", "ct-monitor"));
	if (json_is_object(report_json_at(f, "certificate"))) {
		json_object_set_new(out, "threat", indicator_json(f));
		json_object_set_new(out, "related", related_json(f));
	}
	json_object_set_new(out, "ctwatch",
	    json_pack("{sO sO sO sO sO sO sO}", "severity",
	        report_json_at(f, "severity"), "remediation",
	        report_json_at(f, "remediation"), "status",
	        report_json_at(f, "status"), "watched",
	        report_json_at(f, "watched"), "spki_sha256",
	        json_is_object(report_json_at(f, "certificate"))
	            ? report_json_at(f, "certificate.spki_sha256")
	            : report_json_at(f, "certificate"),
	        "sightings", report_json_at(f, "sightings"), "owner",
	        report_json_at(f, "owner")));
	return out;
}

void
write_ecs(
    const struct report *r, const struct report_style *style, struct buf *out)
{
	write_json_each(r, style, ecs_json, out);
}
