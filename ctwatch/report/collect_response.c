/* SPDX-License-Identifier: Apache-2.0 */
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

void
collect_response(struct store *s, const char *id,
    const uint8_t tbs[static SHA256_SIZE], json_t *finding)
{
	struct store_revocation revocation;
	struct store_report report;

	if (store_revocation_load(s, tbs, &revocation))
		json_object_set_new(
		    finding, "revocation", revocation_json(&revocation));
	store_revocation_fini(&revocation);
	if (store_report_load(s, id, &report))
		json_object_set_new(finding, "report",
		    json_pack("{so so so so}", "sent",
		        collect_time(report.sent), "ground",
		        collect_text(report.ground), "due",
		        collect_time(report.due), "acknowledged",
		        collect_time(report.acknowledged)));
	store_report_fini(&report);
}
