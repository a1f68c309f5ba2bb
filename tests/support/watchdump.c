/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchdump: what cert and watch make of certificates, a line of JSON each.
 *
 * usage: watchdump WATCHLIST <FILES
 * Each line of standard input names a file: a Certificate in DER, or with
 * "tbs " before it a TBSCertificate.
 */
#include <string.h>

#include <jansson.h>

#include <ctwatch/base/text.h>
#include <ctwatch/policy/watch.h>
#include <ctwatch/policy/watchlist.h>
#include <ctwatch/wire/cert.h>

#include "test.h"

static json_t *
hex(const uint8_t digest[static SHA256_SIZE])
{
	char text[2 * SHA256_SIZE + 1];

	text_hex((struct bytes){ digest, SHA256_SIZE }, text);
	return json_string(text);
}

static void
dump(const struct watch *w, const char *line)
{
	bool tbs = strncmp(line, "tbs ", 4) == 0;
	struct bytes der = test_file(tbs ? line + 4 : line);
	uint8_t hash[SHA256_SIZE], pin[SHA256_SIZE];
	json_t *items = json_array(), *doc;
	struct watch_hits hits;
	struct cert c;
	enum cert_error e;
	size_t found;

	e = tbs ? cert_parse_tbs(der, &c) : cert_parse(der, &c);
	cert_tbs_hash(&c, hash);
	cert_pin(&c, pin);
	watch_explain(w, &c, &hits);
	for (size_t i = 0; i < hits.n; i++)
		json_array_append_new(items,
		    json_pack("[sss]", watch_item(w, hits.v[i].item),
		        watch_how_word(hits.v[i].how), hits.v[i].name));
	doc = json_pack("{ss ss si sb sb sb so so so}", "file", line, "error",
	    cert_error_word(e), "deviations", (int)c.deviations, "match",
	    watch_match(w, &c), "raw", watch_search_raw(w, der, &found), "more",
	    hits.more, "tbs", hex(hash), "pin", hex(pin), "items", items);
	CHECK(doc != NULL && json_dumpf(doc, stdout, JSON_COMPACT) == 0);
	putchar('\n');
	json_decref(doc);
	watch_hits_free(&hits);
	free((void *)der.p);
}

int
main(int argc, char *argv[])
{
	struct watch *w = watch_new();
	struct bytes list;
	struct blob text;
	struct buf error;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc != 2)
		return 64;
	list = test_file(argv[1]);
	text = blob_copy(list);
	buf_init(&error, 4096);
	if (!watchlist_load(w, &text, argv[1], &error)) {
		fprintf(stderr, "%s\n", buf_text(&error));
		return 1;
	}
	watch_build(w);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		dump(w, line);
	}
	free(line);
	free((void *)list.p);
	watch_free(w);
	return 0;
}
