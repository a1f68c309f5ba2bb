/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read_landmarks: keep the hashes of the landmark subtrees of an issuance log,
 * by which `eval' and `audit' check certificates without signatures.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/log_reader.h"
#include <ctwatch/base/mem.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/net/log_fetch.h>
#include <ctwatch/net/mtc_landmarks.h>

/* Fetch the file; false, with an empty *error, if the log has none. */
static bool
fetch_file(struct log_reader *r, struct buf *file, struct buf *error)
{
	struct log_fetch requests = { .http = r->shared->options->http,
		.queue = r->queue };
	const struct log_client_fetch fetch = log_fetch_of(&requests);
	char *url = mem_printf("%slandmarks", r->client->url);
	bool ok = fetch.get(fetch.arg, url, file->max, file, error);

	/* A file of file:// has no status. */
	if (!ok &&
	    (requests.status == 404 || requests.status == 410 ||
	        (requests.status == 0 && strncmp(url, "file:", 5) == 0)))
		buf_clear(error);
	free(url);
	return ok;
}

/* Make the records of the landmarks under r->head. */
static bool
make_records(struct log_reader *r, struct bytes file, struct bytes known,
    struct buf *out, struct buf *error)
{
	const struct log_client_fetch fetch = { .get = log_reader_get,
		.arg = r };
	struct mtc_landmarks *l = mem_alloc(1, sizeof *l);
	bool ok = mtc_landmarks_parse(file, l, error) &&
	    mtc_landmarks_hash(
	        r->client, &fetch, &r->head, l, known, out, error);

	free(l);
	return ok;
}

void
read_landmarks(struct log_reader *r)
{
	struct store *s = r->shared->options->store;
	struct buf file, known, records, error;
	char name[MTC_LANDMARKS_NAME];

	if (r->log->kind != LOG_KIND_MTC || !r->coverage->proved ||
	    !r->coverage->witnesses.met || log_reader_ending(r))
		return;
	mtc_landmarks_name(r->log->id, name);
	buf_init(&file, LIMIT_SMALL_BODY);
	buf_init(&known, MTC_LANDMARKS_RECORDS);
	buf_init(&records, MTC_LANDMARKS_RECORDS);
	buf_init(&error, 4096);
	if (!store_value_load(s, name, &known))
		buf_clear(&known);
	if (!fetch_file(r, &file, &error) ||
	    !make_records(
	        r, buf_view(&file), buf_view(&known), &records, &error))
		buf_clear(&records);
	if (error.n > 0)
		msg_warn("%s: landmarks: %s; certificates without signatures "
		         "cannot be checked until a run reads them",
		    r->log->description, buf_text(&error));
	if (!bytes_equal(buf_view(&known), buf_view(&records)))
		store_value_save(s, name, buf_view(&records));
	buf_fini(&file);
	buf_fini(&known);
	buf_fini(&records);
	buf_fini(&error);
}
