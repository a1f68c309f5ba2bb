/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "net/http_headers.h"
#include "net/log_client_reader.h"
#include "net/log_mtc.h"
#include "net/log_static.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/mem.h>
#include <ctwatch/net/mtc_cosigners.h>
#include <ctwatch/wire/mtc_entry.h>

/* ---- the checkpoint ---- */

/* Verify the cosignatures of a checkpoint; one that does not verify spoils the
 * note (C2SP signed-note), and one that verifies makes it the log's. */
static enum log_client_result
verify(const struct log_client *s, const struct note *note,
    struct tree_head *out, struct buf *error)
{
	struct mtc_cosigners_result r;

	mtc_cosigners_verify(s->cosigners, note, &r);
	if (r.invalid == 0 && r.valid > 0) {
		/* Cosignatures alone have a time. */
		out->timestamp = (uint64_t)r.newest;
		return LOG_CLIENT_OK;
	}
	buf_printf(error, "the checkpoint has no cosignature that %s%s%s",
	    r.invalid > 0 ? "can be trusted" : "verifies",
	    r.problem[0] != '\0' ? ": " : "", r.problem);
	if (r.invalid == 0 && r.unchecked > 0)
		return LOG_CLIENT_UNCHECKED;
	if (r.invalid == 0)
		buf_printf(error,
		    ": none is by one of the %zu cosigners "
		    "of the configuration",
		    r.of);
	return LOG_CLIENT_UNSIGNED;
}

static enum log_client_result
parse(const struct log_client *s, struct bytes raw, struct tree_head *out,
    struct buf *error)
{
	enum note_error e;
	struct note_body body;
	struct note note;

	e = note_parse(raw, &note);
	if (e == NOTE_OK)
		e = note_body(note.text, &body);
	if (e == NOTE_OK && !bytes_is(body.origin, s->origin))
		e = NOTE_WRONG_ORIGIN;
	if (e != NOTE_OK) {
		buf_printf(
		    error, "%scheckpoint: %s", s->url, note_error_word(e));
		if (e == NOTE_MALFORMED) {
			buf_add_text(error, ": ");
			http_headers_excerpt(error, raw);
		}
		return LOG_CLIENT_FAILED;
	}
	*out = (struct tree_head){ .size = body.size, .root = body.root };
	return verify(s, &note, out, error);
}

static enum log_client_result
head(const struct log_client *s, const struct log_client_fetch *fetch,
    struct tree_head *out, struct buf *raw, struct buf *error)
{
	char *url = mem_printf("%scheckpoint", s->url);
	enum log_client_result r = LOG_CLIENT_FAILED;

	if (fetch->get(fetch->arg, url, LIMIT_SMALL_BODY, raw, error))
		r = parse(s, buf_view(raw), out, error);
	free(url);
	return r;
}

const struct log_client_heads log_mtc_heads = { head, log_static_range,
	log_static_consistent, log_static_prove, NULL };

/* ---- bundles of entries ---- */

static void
page(const struct log_client *s, uint64_t index, uint64_t size, uint32_t most,
    struct log_client_page *out)
{
	(void)most;
	log_static_page(s, "entries", index, size, out);
}

/* The certificates of a bundle are copied behind their serial numbers. */
static bool
open_bundle(struct log_client_reader *r, struct bytes body, struct buf *error)
{
	r->tile = body;
	buf_clear(&r->leaves);
	/* Views of the earlier entries must stay valid. */
	if (buf_reserve(&r->leaves,
	        body.n + (size_t)LIMIT_TILE_WIDTH * MTC_ENTRY_SERIAL))
		return true;
	buf_add_text(error, "the bundle is too large");
	return false;
}

/* Describe an entry: its certificate, or none for a null_entry. */
static void
read_entry(
    struct log_client_reader *r, struct bytes in, struct log_client_entry *out)
{
	static const uint8_t zero;
	uint8_t serial[MTC_ENTRY_SERIAL];
	struct mtc_entry entry;
	size_t at = r->leaves.n;

	*out = (struct log_client_entry){ .leaf_input = { { NULL, 0 }, in },
		.hashed = { { &zero, 1 }, in },
		.leaf = { .kind = LEAF_MTC } };
	out->error = mtc_entry_parse(in, &entry);
	if (out->error != LEAF_OK || entry.tbs.n == 0)
		return;
	mtc_entry_serial(r->number, r->first + r->taken, serial);
	buf_add(&r->leaves, bytes_at(serial, sizeof serial));
	buf_add(&r->leaves, in);
	out->leaf.cert = bytes_at(r->leaves.p + at, r->leaves.n - at);
}

static enum log_client_step
next(struct log_client_reader *r, struct log_client_entry *out,
    struct buf *error)
{
	struct bytes entry;

	if (r->tile.n == 0)
		return LOG_CLIENT_END;
	if (r->taken == LIMIT_TILE_WIDTH) {
		buf_printf(
		    error, "bundle: more than %u entries", LIMIT_TILE_WIDTH);
		return LOG_CLIENT_LOST;
	}
	if (!mtc_entry_take(&r->tile, &entry)) {
		buf_printf(
		    error, "bundle: entry %u runs past the end", r->taken);
		if (r->taken == 0 && r->tile.p[0] == '<') {
			buf_add_text(error, ": ");
			http_headers_excerpt(error, r->tile);
		}
		return LOG_CLIENT_LOST;
	}
	read_entry(r, entry, out);
	return LOG_CLIENT_ENTRY;
}

static bool
extra(struct log_client_reader *r, const struct log_client_entry *e,
    struct bytes *precert, struct bytes *chain)
{
	(void)r;
	(void)e;
	/* The certificate of the CA is in no log. */
	*precert = *chain = (struct bytes){ NULL, 0 };
	return true;
}

const struct log_client_pages log_mtc_pages = {
	.guess = LIMIT_TILE_WIDTH,
	.tiled = true,
	.page = page,
	.open = open_bundle,
	.next = next,
	.extra = extra,
	.leaf_hashes = log_static_leaf_hashes,
	.subtree = log_static_subtree,
};
