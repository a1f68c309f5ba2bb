/* SPDX-License-Identifier: Apache-2.0 */
/* loglist_load: lists that are not signed as required, or that are suspect. */
#include <dirent.h>
#include <limits.h>
#include <zlib.h>

#include <ctwatch/base/text.h>
#include <ctwatch/base/time.h>
#include <ctwatch/net/loglist_load.h>

#include "../support/load_lists.h"
#include "../support/make_loglist.h"
#include "../support/test_server.h"
#include "../support/tmpdir.h"

/* ---- signatures ---- */

static void
takes_only_what_is_signed(void)
{
	char *key = data_path("loglists/google-pubkey.pem");
	const char *name = list_url;
	struct loglist_load l;

	new_state();
	SERVE(list, older);
	SERVE(signature, sig);
	SERVE(etag, "\"v1\"");
	CHECK(load(&l, &name, 1, sig_url, key));
	CHECK(l.logs->n == 75 && l.sources[0].error == NULL);
	loglist_load_fini(&l);
	/* Unchanged: it is as signed as it was. */
	CHECK(load(&l, &name, 1, sig_url, key));
	CHECK(l.logs->n == 75 && l.sources[0].error == NULL);
	loglist_load_fini(&l);
	/* Another list under the old signature: the last good one stays. */
	SERVE(list, google);
	SERVE(etag, "\"v2\"");
	CHECK(load(&l, &name, 1, sig_url, key));
	CHECK(l.logs->n == 75);
	CHECK(strstr(l.sources[0].error, "does not sign this list") != NULL);
	loglist_load_fini(&l);
	/* A signature that cannot be fetched. */
	SERVE(list, older);
	SERVE(etag, NULL);
	SERVE(signature, bytes_of(""));
	CHECK(load(&l, &name, 1, sig_url, key));
	CHECK(l.logs->n == 75 && l.sources[0].error != NULL);
	loglist_load_fini(&l);
	SERVE(list, google);
	free(key);
}

static void
trusts_no_unsigned_copy(void)
{
	char *key = data_path("loglists/google-pubkey.pem");
	const char *name = list_url;
	struct loglist_load l;

	new_state();
	CHECK(load_one(&l, list_url)); /* no signature required */
	loglist_load_fini(&l);
	CHECK(!load(&l, &name, 1, sig_url, key));
	CHECK(strstr(buf_text(&error), "does not sign this list") != NULL);
	loglist_load_fini(&l);
	free(key);
}

static void
checks_the_signature_of_a_file(void)
{
	char *key = data_path("loglists/google-pubkey.pem");
	char *good = data_path("loglists/google-2025-12-30.json");
	char *other = data_path("loglists/google-2026-04-19.json");
	char *signature = data_path("loglists/google-2025-12-30.sig");
	const char *name = good;
	struct loglist_load l;

	CHECK(load(&l, &name, 1, signature, key));
	loglist_load_fini(&l);
	name = other;
	CHECK(!load(&l, &name, 1, signature, key));
	loglist_load_fini(&l);
	name = good;
	CHECK(!load(&l, &name, 1, signature, NULL));
	CHECK(strstr(buf_text(&error), "must be used together") != NULL);
	loglist_load_fini(&l);
	CHECK(!load(&l, &name, 1, NULL, key));
	loglist_load_fini(&l);
	CHECK(!load(&l, &name, 1, signature, "/nonexistent"));
	loglist_load_fini(&l);
	free(key);
	free(good);
	free(other);
	free(signature);
}

/* ---- lists that are not to be believed ---- */

/* A list of Argon2026h2 and a mimic log. */
static char *
mimic_list(void)
{
	struct bytes key = test_data("loglists/mimic-1.spki.der");
	char text[TEXT_BASE64_LEN(91) + 1], id[TEXT_BASE64_LEN(32) + 1], *json;
	uint8_t digest[SHA256_SIZE];

	CHECK(key.n == 91);
	sha256_digest(key, digest);
	text_base64(key, text);
	text_base64((struct bytes){ digest, sizeof digest }, id);
	json = mem_printf(LIST(OPERATOR("Op",
	                      "{" WHO2 "," AT "},{\"description\":\"m\","
	                      "\"key\":\"%s\",\"log_id\":\"%s\"," AT "}")),
	    text, id);
	free((void *)key.p);
	return json;
}

static void
keeps_the_last_list_that_is_not_suspect(void)
{
	char *mimic = mimic_list();
	const struct {
		const char *body, *why;
	} cases[] = {
		{ mimic, "mimic log m" },
		{ LOG(WHO "," AT), "it lacks 5" },
	};
	struct loglist_load l;

	new_state();
	CHECK(load_one(&l, list_url));
	CHECK(l.sources[0].suspect == NULL && l.suspect == NULL);
	loglist_load_fini(&l);
	for (size_t i = 0; i < 4; i++) {
		SERVE(list, bytes_of(cases[i % 2].body));
		CHECK(load_one(&l, list_url));
		CHECK(l.logs->n == 56 && !l.stale);
		CHECK(strstr(l.sources[0].suspect, cases[i % 2].why) != NULL);
		CHECK(strstr(l.sources[0].error, cases[i % 2].why) != NULL);
		loglist_load_fini(&l);
	}
	SERVE(list, google);
	CHECK(load_one(&l, list_url));
	CHECK(l.sources[0].suspect == NULL && l.sources[0].error == NULL);
	loglist_load_fini(&l);
	/* Without a good one it is used, and said each time. */
	new_state();
	SERVE(list, bytes_of(mimic));
	SERVE(etag, "\"mimic\"");
	for (int i = 0; i < 2; i++) {
		CHECK(load_one(&l, list_url));
		CHECK(l.logs->n == 2 && l.stale);
		CHECK(strstr(l.sources[0].suspect, "mimic log m") != NULL);
		loglist_load_fini(&l);
	}
	/* It is no measure for what comes then. */
	SERVE(etag, NULL);
	SERVE(list, bytes_of(LOG(WHO "," AT)));
	CHECK(load_one(&l, list_url));
	CHECK(l.logs->n == 1 && !l.stale && l.sources[0].suspect == NULL);
	loglist_load_fini(&l);
	SERVE(list, google);
	free(mimic);
}

static void
reports_that_all_lists_are_frozen(void)
{
	int64_t first = time_now();
	struct loglist_load l;

	new_state();
	later(&l, first, 0);
	CHECK(l.suspect == NULL);
	loglist_load_fini(&l);
	/* Its last shard ends with 2027. */
	later(&l, first, 700);
	CHECK(l.stale && strstr(l.suspect, "issued today") != NULL);
	loglist_load_fini(&l);
	time_set(first);
}

int
main(void)
{
	begin();
	takes_only_what_is_signed();
	keeps_the_last_list_that_is_not_suspect();
	reports_that_all_lists_are_frozen();
	trusts_no_unsigned_copy();
	checks_the_signature_of_a_file();
	end();
	return 0;
}
