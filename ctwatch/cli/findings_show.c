/* SPDX-License-Identifier: Apache-2.0 */
/* findings_show: print one finding with all its members. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/findings.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/report/report_json.h>

static void
field(struct buf *out, const char *label, const char *text)
{
	if (*text == '\0')
		return;
	buf_printf(out, "%-13s", label);
	cmd_util_wrap(out, 13, text);
}

static void
field_list(
    struct buf *out, const char *label, const json_t *v, const char *path)
{
	for (size_t i = 0; i < report_json_count(v, path); i++)
		field(out, i == 0 ? label : "",
		    report_json_item_text(v, path, i));
}

static void
show_certificate(const json_t *f, struct buf *out)
{
	const char *pin = report_json_text(f, "certificate.spki_sha256");
	const char *key = report_json_text(f, "certificate.key");
	char *text;

	if (json_is_null(report_json_at(f, "certificate")))
		return;
	field_list(out, "names", f, "certificate.names");
	field_list(out, "addresses", f, "certificate.addresses");
	text = *key != '\0' ? mem_printf("sha256/%s (%s)", pin, key)
	                    : mem_printf("sha256/%s", pin);
	field(out, "key", *pin != '\0' ? text : "");
	free(text);
	field(out, "issuer", report_json_text(f, "certificate.issuer"));
	field(out, "subject", report_json_text(f, "certificate.subject"));
	field(out, "serial", report_json_text(f, "certificate.serial"));
	text = mem_printf("%s to %s",
	    report_json_text(f, "certificate.not_before"),
	    report_json_text(f, "certificate.not_after"));
	field(out, "valid", text);
	free(text);
	field(out, "tbs", report_json_text(f, "certificate.tbs_sha256"));
	field_list(out, "odd", f, "certificate.notes");
}

static void
show_sightings(const json_t *f, struct buf *out)
{
	for (size_t i = 0; i < report_json_count(f, "sightings"); i++) {
		const json_t *at = report_json_item(f, "sightings", i);
		char *text = mem_printf(
		    "%s, log %.*s, entry %" JSON_INTEGER_FORMAT ", %s%s",
		    report_json_text(at, "timestamp"), FINDINGS_ID,
		    report_json_text(at, "log_id"),
		    (json_int_t)report_json_int(at, "index"),
		    report_json_text(at, "kind"),
		    report_json_true(at, "verified") ? "" : ", not verified");

		field(out, i == 0 ? "logged" : "", text);
		free(text);
	}
}

static void
show_text(const json_t *f, struct buf *out)
{
	const struct rules_rule *rule = report_json_rule(f);

	field(out, "finding", report_json_text(f, "id"));
	buf_printf(out, "%-13s%s %s, %s\n", "rule", report_json_text(f, "rule"),
	    report_json_text(f, "name"), report_json_text(f, "severity"));
	field(out, "status", report_json_text(f, "status"));
	field(out, "reason", report_json_text(f, "reason"));
	field(out, "until", report_json_text(f, "until"));
	field(out, "what", report_json_text(f, "message"));
	if (rule != NULL) {
		field(out, "means", rule->meaning);
		field(out, "harmless if", rule->causes);
	}
	field(out, "to do", report_json_text(f, "remediation"));
	field_list(out, "watched", f, "watched");
	field_list(out, "matched", f, "matched_names");
	field_list(out, "notes", f, "notes");
	show_certificate(f, out);
	show_sightings(f, out);
}

int
findings_show(const struct findings_settings *set, const json_t *f)
{
	struct buf out;
	int status;

	buf_init(&out, SIZE_MAX / 2);
	if (set->format == CMD_UTIL_JSON)
		cmd_util_json(f, &out);
	else
		show_text(f, &out);
	status = cmd_util_print(&out);
	buf_fini(&out);
	return status;
}
