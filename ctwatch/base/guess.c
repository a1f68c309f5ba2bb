/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/guess.h>

/* Longer words are no candidates: no command or option is that long. */
#define LENGTH_MAX 31

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The number of edits between a and b (optimal string alignment): row i of
 * the table has the distances of the first i letters of a. */
static unsigned
count_edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned d[LENGTH_MAX + 1][LENGTH_MAX + 1];

	for (size_t k = 0; k <= b_len; k++)
		d[0][k] = (unsigned)k;
	for (size_t i = 1; i <= a_len; i++) {
		d[i][0] = (unsigned)i;
		for (size_t k = 1; k <= b_len; k++) {
			d[i][k] = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
			d[i][k] =
			    least(d[i][k], least(d[i - 1][k], d[i][k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1])
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

void
guess_offer(struct guess *g, const char *word)
{
	size_t typed_len = strlen(g->typed), len = strlen(word);
	unsigned edits;

	if (typed_len > LENGTH_MAX || len > LENGTH_MAX)
		return;
	edits = count_edits(g->typed, typed_len, word, len);
	if (edits > 0 && edits <= (len + 2) / 3 &&
	    (g->word == NULL || edits < g->edits)) {
		g->word = word;
		g->edits = edits;
	}
}
