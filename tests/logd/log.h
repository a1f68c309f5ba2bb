/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one log: its key, how much of the corpus it has published, its heads.
 *
 * All logs of a kind hold the same entries in the same tree; what is theirs
 * is key, name, size and faults.
 */
#ifndef LOGD_LOG_H
#define LOGD_LOG_H

#include "corpus.h"
#include "fault.h"
#include "merkle.h"
#include "signer.h"

enum log_kind {
	LOG_RFC6962,
	LOG_STATIC,
	LOG_KINDS
};

struct log {
	enum log_kind kind;
	char *name;            /* owned: the folder of its URLs */
	char *origin;          /* owned: its submission URL, bare */
	struct signer *signer; /* owned */
	uint8_t id[SHA256_SIZE];
	const struct corpus *corpus; /* borrowed, as is tree */
	const struct merkle *tree;
	struct fault_gate gate;
	pthread_mutex_t lock;  /* of what follows */
	uint64_t size;         /* entries published */
	uint64_t fixed;        /* timestamp of the first head; 0: the clock */
	struct tree_head head; /* the last one signed */
};

/* Make l a log of kind, named name; signer, name and origin are consumed. */
void log_init(struct log *l, enum log_kind kind, char *name, char *origin,
    struct signer *signer, const struct corpus *corpus,
    const struct merkle *tree);
void log_fini(struct log *l);

/* Publish the first size entries, or all there are. */
void log_publish(struct log *l, uint64_t size);
uint64_t log_size(struct log *l);

/* Sign the next head as of time, in milliseconds, and later ones after it. */
void log_set_time(struct log *l, uint64_t time);

/*
 * The tree as rule shows it: what it is, or a fork.  *instead is room for
 * the leaf that differs.
 */
struct merkle_view log_view(const struct log *l, const struct fault_rule *rule,
    struct merkle_hash *instead);

/* The present head as rule shows it; a head is kept for a minute. */
void log_head(
    struct log *l, const struct fault_rule *rule, struct tree_head *out);

/* Append head as a checkpoint, among signatures of others. */
void log_checkpoint(
    const struct log *l, const struct tree_head *head, struct buf *out);

/* Change entry i of c as rule says. */
void log_bend(const struct fault_rule *rule, const struct corpus *c, uint64_t i,
    struct corpus_entry *e);

#endif
