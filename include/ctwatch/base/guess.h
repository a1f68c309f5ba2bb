/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guess: find the word nearest to a mistyped one.
 */
#ifndef CTWATCH_BASE_GUESS_H
#define CTWATCH_BASE_GUESS_H

/* Set typed, and the rest to zero. */
struct guess {
	const char *typed;
	const char *word; /* the nearest candidate so far, or NULL; borrowed */
	unsigned edits;   /* by which it differs from typed */
};

/*
 * Offer a candidate.  It counts when about one edit in three letters makes it
 * out of g->typed: a letter inserted, deleted, replaced, or swapped with the
 * next.
 */
void guess_offer(struct guess *g, const char *word);

#endif
