/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding_json: the JSON of one finding or expected certificate, of the store.
 *
 * Members that depend on more than the store's rows are left empty, so that the
 * JSON can be kept: finding_json_complete sets them.
 */
#ifndef CTWATCH_REPORT_FINDING_JSON_H
#define CTWATCH_REPORT_FINDING_JSON_H

#include <ctwatch/store/store_item.h>

struct json_t; /* jansson's */

/* The expiry in an item without a certificate. */
#define FINDING_JSON_NO_CERT INT64_MAX

/* What all findings about one certificate share. */
struct finding_json_cert {
	uint8_t tbs[SHA256_SIZE];
	struct json_t *certificate, *sightings; /* owned; or NULL */
	int64_t first, last, not_after;         /* ms */
	bool verified;
};

/* Load it for another certificate, or none if tbs is NULL. */
void finding_json_cert(
    struct finding_json_cert *c, struct store *s, const uint8_t *tbs);

/*
 * Build the JSON of the finding of an item; set the item's first and not_after.
 * With period, a closed one says whether it is resolved.  c is a cache, zero at
 * first.  NULL if it is not stored.
 */
struct json_t *finding_json_new(struct store *s, struct store_item *i,
    bool period, struct finding_json_cert *c);

/* As finding_json_new, for an expected certificate. */
struct json_t *finding_json_expected(struct store *s, struct store_item *i);

/* What lists show of the JSON of a finding; free with store_item_brief_fini. */
void finding_json_brief(
    const struct json_t *finding, struct store_item_brief *out);

/* Set the status of a finding, and its owners by the document's; or the pin of
 * an expected certificate. */
void finding_json_complete(
    struct json_t *v, const struct json_t *doc, const struct store_item *i);

#endif
