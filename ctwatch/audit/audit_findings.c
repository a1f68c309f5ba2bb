/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <ctwatch/audit/audit_findings.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/judge/own_cert_findings.h>
#include <ctwatch/policy/certinfo.h>

/* One certificate whose findings are saved. */
struct saving {
	const struct audit_findings_options *o;
	const struct audit_cert *c;
	struct certinfo info;
	char hex[2 * SHA256_SIZE + 1]; /* of the TBS hash */
	bool ok;
};

/* Return the certificate's first name, or its subject. */
static const char *
subject_of(const struct saving *x)
{
	return x->info.names.n > 0 ? x->info.names.v[0] : x->info.subject;
}

static char *
detail_text(const struct saving *x, json_t *evidence)
{
	json_t *names = json_array(), *detail;
	char *text;

	for (size_t i = 0; i < x->info.names.n; i++)
		json_array_append_new(names, json_string(x->info.names.v[i]));
	detail =
	    json_pack("{so sO*}", "matched_names", names, "evidence", evidence);
	text = json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(detail);
	return text != NULL ? text : mem_strdup("{}");
}

static void
open_one(struct saving *x, const char *rule, enum rules_severity severity,
    const char *field, const char *message, json_t *evidence)
{
	bool stored = x->c->seen == AUDIT_SEEN;
	char *detail = detail_text(x, evidence);
	const struct own_cert_finding f = { .rule = rule,
		.severity = severity,
		.field = field,
		.tbs_sha256 = stored ? x->c->tbs_sha256 : NULL,
		.subject = subject_of(x),
		.message = message,
		.detail = detail };

	x->ok =
	    x->ok && own_cert_findings_open(x->o->s, x->o->now, x->o->run, &f);
	free(detail);
}

static void
close_one(
    struct saving *x, const char *rule, const char *field, const char *reason)
{
	x->ok = x->ok && own_cert_findings_close(x->o->s, rule, field, reason);
}

/* Open a finding about the certificate, or close it if the message is NULL. */
static void
set(struct saving *x, const char *rule, enum rules_severity severity,
    const char *message)
{
	if (message != NULL)
		open_one(x, rule, severity, x->hex, message, NULL);
	else
		close_one(x, rule, x->hex, "no longer applies");
}

/* ---- CTW053 ---- */

static void
save_sct(struct saving *x, const struct audit_sct *s)
{
	char id[2 * SHA256_SIZE + 1], leaf[2 * SHA256_SIZE + 1];
	char *field, *message;

	if (s->status != AUDIT_SCT_MISSING && s->status != AUDIT_SCT_INCLUDED)
		return;
	text_hex(s->sct.log_id, id);
	text_hex((struct bytes){ s->leaf_hash.b, SHA256_SIZE }, leaf);
	field = mem_printf("%s\n%s", id, leaf);
	message = s->status == AUDIT_SCT_MISSING
	    ? mem_printf("%s signed an SCT for %s and does not have the entry: "
	                 "%s",
	          s->log->description, subject_of(x),
	          s->why != NULL ? s->why : "")
	    : mem_printf("the log now has it as entry %" PRIu64, s->index);
	if (s->status == AUDIT_SCT_MISSING)
		open_one(
		    x, "CTW053", RULES_CRITICAL, field, message, s->evidence);
	else
		close_one(x, "CTW053", field, message);
	free(message);
	free(field);
}

/* ---- CTW054 and CTW075 ---- */

static char *
unseen_text(const struct saving *x)
{
	const struct audit_cert *c = x->c;

	if (c->not_after < x->o->now)
		return NULL;
	if (c->seen == AUDIT_UNSEEN)
		return mem_strdup(c->seen_why);
	for (size_t i = 0; x->o->suspects && i < c->n_scts; i++)
		if (c->scts[i].unseen)
			return mem_printf(
			    "entry %" PRIu64
			    " of %s was read, and matched no watched name, "
			    "although another entry of the certificate did",
			    c->scts[i].index, c->scts[i].log->description);
	return NULL;
}

/* Report whether an SCT promises that the certificate is logged, or may do so:
 * a missing entry is CTW053. */
static bool
is_promised(const struct audit_cert *c)
{
	for (size_t i = 0; i < c->n_scts; i++)
		if (c->scts[i].signature == AUDIT_SCT_UNCHECKED ||
		    c->scts[i].signature == AUDIT_SCT_VALID)
			return true;
	return false;
}

/* Return the policy that the certificate fails, or else the one that it will
 * fail. */
static const struct audit_policy *
policy_to_report(const struct audit_cert *c)
{
	if (c->chrome.ok != c->apple.ok)
		return c->chrome.ok ? &c->apple : &c->chrome;
	return c->chrome.why != NULL ? &c->chrome : &c->apple;
}

static void
save_cert(struct saving *x)
{
	const struct audit_cert *c = x->c;
	bool valid = c->not_after >= x->o->now;
	bool failed = (c->chrome.known && !c->chrome.ok) ||
	    (c->apple.known && !c->apple.ok);
	char *unseen = unseen_text(x), *policy;
	const struct audit_policy *p = policy_to_report(c);

	for (size_t i = 0; i < c->n_scts; i++)
		save_sct(x, &c->scts[i]);
	set(x, "CTW054", RULES_HIGH, unseen);
	free(unseen);
	if (x->o->suspects)
		return;
	if (c->chrome.known && c->apple.known) {
		policy = p->why != NULL
		    ? mem_printf("%s's policy: %s",
		          p == &c->chrome ? "Chrome" : "Apple", p->why)
		    : NULL;
		set(x, "CTW055", failed ? RULES_HIGH : RULES_LOW,
		    valid ? policy : NULL);
		free(policy);
	}
	set(x, "CTW075", RULES_LOW,
	    valid && c->seen != AUDIT_SEEN && !is_promised(c)
	        ? "no SCT shows the certificate to be in a log"
	        : NULL);
}

bool
audit_findings_save(
    const struct audit_certs *a, const struct audit_findings_options *o)
{
	bool ok = true;

	for (size_t i = 0; ok && i < a->n; i++) {
		struct saving x = { .o = o, .c = &a->v[i], .ok = true };

		certinfo_parse(LEAF_X509, blob_view(x.c->der), &x.info);
		text_hex((struct bytes){ x.c->tbs_sha256, SHA256_SIZE }, x.hex);
		save_cert(&x);
		certinfo_fini(&x.info);
		ok = x.ok;
	}
	return ok;
}
