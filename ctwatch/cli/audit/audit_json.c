/* SPDX-License-Identifier: Apache-2.0 */
/* audit_json: print the result of `ctwatch audit' as JSON. */
#include <jansson.h>

#include "cli/audit/output.h"
#include <ctwatch/policy/certinfo.h>
#include <ctwatch/report/collect.h>

static json_t *
sct_json(const struct audit_sct *s)
{
	const char *status = audit_sct_status_word(s->status);
	bool dated = s->sct.timestamp <= INT64_MAX;
	json_t *out = json_pack("{so so so so ss so so ss ss so}", "log_id",
	    collect_hex(s->sct.log_id.p), "log",
	    collect_text(s->log != NULL ? s->log->description : NULL),
	    "operator",
	    collect_text(s->log != NULL && dated
	            ? loglist_operator_at(s->log, (int64_t)s->sct.timestamp)
	            : NULL),
	    "timestamp",
	    collect_time(dated ? (int64_t)s->sct.timestamp : INT64_MAX),
	    "signature", audit_sct_signature_word(s->signature), "status",
	    collect_text(status), "index",
	    s->has_index ? json_integer((json_int_t)s->index) : json_null(),
	    "source", audit_sct_source_word(s->source), "log_state_then",
	    audit_sct_state_then(s), "why", collect_text(s->why));

	if (s->evidence != NULL)
		json_object_set(out, "evidence", s->evidence);
	return out;
}

static json_t *
policy_json(const struct audit_policy *p)
{
	return json_pack("{so so}", "ok",
	    p->known ? json_boolean(p->ok) : json_null(), "why",
	    collect_text(p->why));
}

static json_t *
names_json(const struct certinfo *info)
{
	json_t *out = json_array();

	for (size_t i = 0; i < info->names.n; i++)
		json_array_append_new(out, collect_text(info->names.v[i]));
	for (size_t i = 0; i < info->addresses.n; i++)
		json_array_append_new(out, collect_text(info->addresses.v[i]));
	return out;
}

static json_t *
cert_json(const struct audit_cert *c)
{
	json_t *scts = json_array(), *out;
	struct certinfo info;

	certinfo_parse(LEAF_X509, blob_view(c->der), &info);
	for (size_t i = 0; i < c->n_scts; i++)
		json_array_append_new(scts, sct_json(&c->scts[i]));
	out = json_pack("{so so so so so sb so sI so so so so}", "tbs_sha256",
	    collect_hex(c->tbs_sha256), "cert_sha256",
	    collect_hex(info.cert_sha256), "source", collect_text(c->source),
	    "names", names_json(&info), "not_after",
	    collect_time(c->not_after < INT64_MAX ? c->not_after : 0),
	    "issuer_known", (int)c->has_issuer, "seen",
	    c->seen == AUDIT_SEEN_NO_STORE
	        ? json_null()
	        : json_boolean(c->seen == AUDIT_SEEN),
	    "malformed_scts", (json_int_t)c->malformed, "seen_why",
	    collect_text(c->seen_why), "scts", scts, "chrome",
	    policy_json(&c->chrome), "apple", policy_json(&c->apple));
	certinfo_fini(&info);
	return out;
}

struct json_t *
audit_json(const struct audit_certs *a)
{
	json_t *certs = json_array();

	for (size_t i = 0; i < a->n; i++)
		json_array_append_new(certs, cert_json(&a->v[i]));
	return json_pack(
	    "{ss so}", "format", "ctwatch-audit/1", "certificates", certs);
}
