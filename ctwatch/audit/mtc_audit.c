/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <ctwatch/audit/mtc_audit.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/net/mtc_landmarks.h>
#include <ctwatch/wire/mtc_cert.h>

/* Report whether the store has the entry of c in the log, verified. */
static bool
is_stored(struct store *s, const struct store_log *log,
    const struct mtc_cert *c, const uint8_t tbs[static SHA256_SIZE])
{
	size_t n;
	struct store_sighting *v = store_sightings(s, tbs, &n);
	bool found = false;

	for (size_t i = 0; i < n; i++)
		found = found ||
		    (v[i].verified && v[i].index == c->index &&
		        memcmp(v[i].log_id, log->id, SHA256_SIZE) == 0);
	free(v);
	return found;
}

/* Describe where the entry is. */
static void
add_place(const struct mtc_audit *m, const struct mtc_cert *c,
    const struct store_log *log, struct buf *out)
{
	buf_printf(out, "entry %" PRIu64 " of %s %s", c->index,
	    log->description,
	    m->seen        ? "is this certificate"
	        : m->other ? "was read, and is another one, or has no "
	                     "watched name"
	                   : "was not read");
}

/* Check the signatures of the subtree by the cosigners of the log. */
static void
check_signatures(const struct mtc_cert *c, const struct store_log *log,
    struct mtc_audit *out, struct buf *why)
{
	struct mtc_cosigners *keys = mtc_cosigners_new(blob_view(log->key));
	struct mtc_cosigners_result r = { .of = 0 };

	if (keys != NULL)
		mtc_cosigners_verify_subtree(keys,
		    bytes_of(log->submission_url), c->start, c->end, &c->root,
		    c->signatures, &r);
	mtc_cosigners_free(keys);
	buf_printf(why,
	    "; %zu of %zu cosigners have signed its subtree [%" PRIu64
	    ", %" PRIu64 ")%s%s",
	    r.valid, r.of, c->start, c->end, r.problem[0] != '\0' ? "; " : "",
	    r.problem);
	out->known = r.unchecked == 0 || r.met;
	out->ok = r.invalid == 0 && !out->other && r.met;
}

/* A certificate without signatures must lead to a landmark subtree. */
static void
check_landmark(struct store *s, const struct mtc_cert *c,
    const struct store_log *log, struct mtc_audit *out, struct buf *why)
{
	char name[MTC_LANDMARKS_NAME];
	struct merkle_hash hash;
	struct buf records;

	mtc_landmarks_name(log->id, name);
	buf_init(&records, MTC_LANDMARKS_RECORDS);
	if (!store_value_load(s, name, &records))
		buf_clear(&records);
	out->known = records.n > 0;
	buf_printf(why,
	    "; its subtree [%" PRIu64 ", %" PRIu64 ") has no signature, ",
	    c->start, c->end);
	if (!out->known)
		buf_add_text(
		    why, "and the last run read no landmarks of the log");
	else if (!mtc_landmarks_find(
	             buf_view(&records), c->start, c->end, &hash))
		buf_printf(why,
		    "and is none of the %zu subtrees of active landmarks that "
		    "the last run read",
		    mtc_landmarks_count(buf_view(&records)));
	else if (!merkle_equal(&hash, &c->root))
		buf_add_text(why,
		    "and its proof does not give the hash of that landmark "
		    "subtree");
	else {
		buf_add_text(why,
		    "and its proof gives the hash of that "
		    "landmark subtree");
		out->ok = !out->other;
	}
	buf_fini(&records);
}

static void
check_log(struct store *s, const struct mtc_cert *c, struct mtc_audit *out,
    struct buf *why)
{
	char *origin = mtc_cert_origin(c->issuer, c->log);
	uint8_t id[SHA256_SIZE];
	struct store_log log;

	sha256_digest(bytes_of(origin), id);
	if (s == NULL || !store_log_load(s, id, &log)) {
		buf_printf(why,
		    "its log %s is not in the state: run with --mtc first",
		    origin);
		free(origin);
		return;
	}
	out->seen = is_stored(s, &log, c, out->tbs_sha256);
	out->other =
	    !out->seen && c->index >= log.first && c->index < log.verified;
	add_place(out, c, &log, why);
	if (c->signatures.n > 0)
		check_signatures(c, &log, out, why);
	else
		check_landmark(s, c, &log, out, why);
	store_log_fini(&log);
	free(origin);
}

void
mtc_audit_check(struct store *s, struct bytes der, struct mtc_audit *out)
{
	struct mtc_cert c;
	struct buf why;

	*out = (struct mtc_audit){ .known = false };
	buf_init(&why, 4096);
	if (!mtc_cert_parse(der, &c, &why))
		out->known = true; /* it cannot be valid */
	else {
		sha256_digest(blob_view(c.entry), out->tbs_sha256);
		if (c.has_root)
			check_log(s, &c, out, &why);
		else {
			out->known = true;
			buf_printf(&why,
			    "its proof is none of the subtree "
			    "[%" PRIu64 ", %" PRIu64 ")",
			    c.start, c.end);
		}
	}
	out->why = buf_detach(&why);
	mtc_cert_fini(&c);
}

void
mtc_audit_fini(struct mtc_audit *m)
{
	free(m->why);
	m->why = NULL;
}
