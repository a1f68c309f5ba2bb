/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <jansson.h>

#include "report/collect_response.h"
#include <ctwatch/report/collect.h>
#include <ctwatch/store/store_response.h>

static json_t *
revocation_json(const struct store_revocation *r)
{
	bool revoked = r->status == STORE_REVOCATION_REVOKED;

	return json_pack("{ss so so so so so so so so}", "status",
	    store_revocation_word(r->status), "reason",
	    revoked ? json_integer(r->reason) : json_null(), "date",
	    revoked ? collect_time(r->date) : json_null(), "crl",
	    collect_text(r->by_ocsp ? NULL : r->url), "ocsp",
	    collect_text(r->by_ocsp ? r->url : NULL), "crl_sha256",
	    collect_hex(r->crl_sha256), "this_update",
	    collect_time(r->this_update), "checked", collect_time(r->checked),
	    "why", collect_text(r->why));
}

static json_t *
report_json(const struct store_report *r)
{
	return json_pack("{so so so so}", "sent", collect_time(r->sent),
	    "ground", collect_text(r->ground), "due", collect_time(r->due),
	    "acknowledged", collect_time(r->acknowledged));
}

void
collect_response(
    struct store *s, const uint8_t tbs[static SHA256_SIZE], json_t *finding)
{
	static const uint8_t none[SHA256_SIZE];
	struct store_revocation revocation;
	struct store_report report;
	struct store_cert cert;
	bool looked_up, reported;

	if (memcmp(tbs, none, SHA256_SIZE) == 0)
		return;
	looked_up = store_revocation_load(s, tbs, &revocation);
	reported = store_report_about(s, tbs, &report);
	if (looked_up)
		json_object_set_new(
		    finding, "revocation", revocation_json(&revocation));
	if (reported)
		json_object_set_new(finding, "report", report_json(&report));
	if ((looked_up || reported) && store_cert_load(s, tbs, &cert)) {
		json_object_set_new(
		    finding, "found", collect_time(cert.first_seen));
		store_cert_fini(&cert);
	}
	store_revocation_fini(&revocation);
	store_report_fini(&report);
}
