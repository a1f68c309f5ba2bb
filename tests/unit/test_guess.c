/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <ctwatch/base/guess.h>

#include "../support/test.h"

static const char *const words[] = { "run", "report", "findings", "pins",
	"import", "webhook", "webhook-secret" };

static const char *
guessed(const char *typed)
{
	struct guess g = { .typed = typed };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		guess_offer(&g, words[i]);
	return g.word != NULL ? g.word : "";
}

static void
finds_the_word_after_each_kind_of_typing_error(void)
{
	CHECK(strcmp(guessed("rnu"), "run") == 0);
	CHECK(strcmp(guessed("rrun"), "run") == 0);
	CHECK(strcmp(guessed("finding"), "findings") == 0);
	CHECK(strcmp(guessed("pons"), "pins") == 0);
	CHECK(strcmp(guessed("webhook-secert"), "webhook-secret") == 0);
}

static void
prefers_the_nearest(void)
{
	CHECK(strcmp(guessed("reprot"), "report") == 0);
	CHECK(strcmp(guessed("imporf"), "import") == 0);
	CHECK(strcmp(guessed("webhok"), "webhook") == 0);
}

static void
finds_no_word_without_a_near_one(void)
{
	CHECK(strcmp(guessed(""), "") == 0);
	CHECK(strcmp(guessed("zzz"), "") == 0);
	CHECK(strcmp(guessed("run"), "") == 0); /* nothing to correct */
	CHECK(strcmp(guessed("inventory"), "") == 0);
	CHECK(strcmp(guessed("rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
	                     "rrrrrrrrrrrrrrrrrrrrrrrrrrrr"),
	          "") == 0);
}

int
main(void)
{
	finds_the_word_after_each_kind_of_typing_error();
	prefers_the_nearest();
	finds_no_word_without_a_near_one();
	return 0;
}
