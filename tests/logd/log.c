/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/wire/note.h>

#include "log.h"

void
log_init(struct log *l, enum log_kind kind, char *name, char *origin,
    struct signer *signer, const struct corpus *corpus,
    const struct merkle *tree)
{
	*l = (struct log){ .kind = kind,
		.name = name,
		.origin = origin,
		.signer = signer,
		.corpus = corpus,
		.tree = tree };
	sha256_digest(signer_spki(signer), l->id);
	fault_gate_init(&l->gate);
	pthread_mutex_init(&l->lock, NULL);
}

void
log_fini(struct log *l)
{
	free(l->name);
	free(l->origin);
	signer_free(l->signer);
}

void
log_publish(struct log *l, uint64_t size)
{
	pthread_mutex_lock(&l->lock);
	l->size = size < l->corpus->n ? size : l->corpus->n;
	pthread_mutex_unlock(&l->lock);
}

uint64_t
log_size(struct log *l)
{
	uint64_t size;

	pthread_mutex_lock(&l->lock);
	size = l->size;
	pthread_mutex_unlock(&l->lock);
	return size;
}

void
log_set_time(struct log *l, uint64_t time)
{
	pthread_mutex_lock(&l->lock);
	l->fixed = time;
	l->head.n_signature = 0;
	pthread_mutex_unlock(&l->lock);
}

void
log_bend(const struct fault_rule *rule, const struct corpus *c, uint64_t i,
    struct corpus_entry *e)
{
	switch (rule->fault) {
	case FAULT_FORK:
	case FAULT_WRONGENTRY:
		/* the last byte of the certificate, before the extensions */
		if (e->leaf.n > 2)
			e->leaf.p[e->leaf.n - 3] ^= 1;
		if (e->tile.n > 0)
			e->tile.p[e->index_at - 6] ^= 1;
		break;
	case FAULT_SWAPENTRY:
		corpus_entry_fini(e);
		corpus_entry_init(
		    c, (rule->has_to ? rule->to : i + 1) % c->n, e);
		corpus_entry_move(e, i);
		break;
	case FAULT_TRAILING:
		buf_add_byte(&e->leaf, 0);
		buf_add_byte(&e->tile, 0);
		break;
	case FAULT_UNKNOWN_TYPE:
		if (e->leaf.n > 11)
			e->leaf.p[11] = 2;
		if (e->tile.n > 0)
			e->tile.p[9] = 2;
		break;
	case FAULT_NOINDEX:
		/* an empty list, and what follows moves up */
		e->tile.p[e->index_at - 4] = 0;
		memmove(e->tile.p + e->index_at - 3, e->tile.p + e->hashed,
		    e->tile.n - e->hashed);
		e->tile.n -= e->hashed - (e->index_at - 3);
		break;
	case FAULT_BADINDEX:
		e->tile.p[e->index_at + 4]++;
		break;
	default:
		break;
	}
}

struct merkle_view
log_view(const struct log *l, const struct fault_rule *rule,
    struct merkle_hash *instead)
{
	static const uint8_t leaf_version[2];
	struct merkle_view v = { .tree = l->tree };
	struct corpus_entry e;
	struct buf b;

	if (rule->fault != FAULT_FORK)
		return v;
	v.at = rule->at % l->corpus->n;
	v.instead = instead;
	corpus_entry_init(l->corpus, v.at, &e);
	log_bend(rule, l->corpus, v.at, &e);
	buf_init(&b, SIZE_MAX / 2);
	if (l->kind == LOG_STATIC) {
		buf_add(&b, (struct bytes){ leaf_version, 2 });
		buf_add(&b, (struct bytes){ e.tile.p, e.hashed });
	} else
		buf_add(&b, buf_view(&e.leaf));
	merkle_leaf_hash(buf_view(&b), instead);
	buf_fini(&b);
	corpus_entry_fini(&e);
	return v;
}

/* The head of the present tree, signed again when it is a minute old. */
static void
renew(struct log *l, uint64_t now)
{
	const struct merkle_view whole = { .tree = l->tree };

	if (l->head.n_signature > 0 && l->head.size == l->size &&
	    (l->fixed > 0 || now - l->head.timestamp < 60000))
		return;
	if (l->fixed > 0)
		now = l->head.n_signature > 0 ? l->head.timestamp + 1000
		                              : l->fixed;
	l->head.size = l->size;
	l->head.timestamp = now;
	merkle_hash(&whole, 0, l->size, &l->head.root);
	signer_sign(l->signer, &l->head);
}

void
log_head(struct log *l, const struct fault_rule *rule, struct tree_head *out)
{
	struct merkle_hash instead;
	struct merkle_view v = log_view(l, rule, &instead);

	pthread_mutex_lock(&l->lock);
	if (rule->fault != FAULT_FROZEN || l->head.n_signature == 0)
		renew(l, (uint64_t)time_now());
	*out = l->head;
	pthread_mutex_unlock(&l->lock);
	switch (rule->fault) {
	case FAULT_SHRINK:
	case FAULT_ROLLBACK:
		out->timestamp += rule->fault == FAULT_ROLLBACK
		    ? TIME_SECOND
		    : -(uint64_t)TIME_HOUR;
		if (rule->has_to && rule->to < out->size)
			out->size = rule->to;
		else if (!rule->has_to && out->size > 0)
			out->size -= 1 + out->size / 3;
		break;
	case FAULT_STALE:
		out->timestamp -= 2 * TIME_DAY;
		break;
	case FAULT_FORK:
	case FAULT_BADROOT:
	case FAULT_BADSIG:
		break;
	default:
		return;
	}
	merkle_hash(&v, 0, out->size, &out->root);
	if (rule->fault == FAULT_BADROOT)
		out->root.b[0] ^= 1;
	if (rule->fault == FAULT_BADSIG)
		signer_sign_wrongly(l->signer, out);
	else
		signer_sign(l->signer, out);
}

/* "— NAME BASE64" of a key ID and what it signed (C2SP signed-note). */
static void
add_line(struct buf *out, const char *name, struct bytes signature)
{
	buf_printf(out, "\xe2\x80\x94 %s ", name);
	text_base64_add(out, signature);
	buf_add_byte(out, '\n');
}

void
log_checkpoint(
    const struct log *l, const struct tree_head *head, struct buf *out)
{
	/* An unknown name and key: such lines must be skipped. */
	static const uint8_t grease[76] = { 0xde, 0xad, 0xbe, 0xef };
	uint8_t key_id[4];
	struct buf b;

	buf_printf(
	    out, "%s\n%llu\n", l->origin, (unsigned long long)head->size);
	text_base64_add(out, (struct bytes){ head->root.b, SHA256_SIZE });
	buf_add_text(out, "\n\n");
	add_line(
	    out, "grease.invalid", (struct bytes){ grease, sizeof grease });
	note_key_id(bytes_of(l->origin), 0x05,
	    (struct bytes){ l->id, SHA256_SIZE }, key_id);
	buf_init(&b, SIZE_MAX / 2);
	buf_add(&b, (struct bytes){ key_id, sizeof key_id });
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_add_byte(&b, (uint8_t)(head->timestamp >> shift));
	buf_add(&b, (struct bytes){ head->signature, head->n_signature });
	add_line(out, l->origin, buf_view(&b));
	buf_fini(&b);
	add_line(out, l->origin, (struct bytes){ grease, sizeof grease });
}
