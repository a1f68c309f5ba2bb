/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ctwatch/base/time.h>
#include <ctwatch/notify/hooks.h>

#include "../support/tmpdir.h"

/* Run a hook for a certificate with these members; test is a shell's condition
 * on what it finds. */
static void
finds(const char *dir, const char *members, const char *test)
{
	char *path = mem_printf("%s/hook", dir);
	char *json =
	    mem_printf("{\"event\": \"discovered_cert\", \"test\": true,"
	               "\"log\": null, \"finding\": {\"certificate\": {%s}}}",
	        members);
	FILE *f = fopen(path, "w");
	struct buf error;

	CHECK(f != NULL && fprintf(f, "#!/bin/sh\n%s\n", test) > 0);
	CHECK(fclose(f) == 0 && chmod(path, 0700) == 0);
	buf_init(&error, 4096);
	if (!hooks_run(path, bytes_of(json), NULL, 10 * TIME_SECOND, &error))
		fprintf(stderr, "%s: %s\n", test, buf_text(&error));
	CHECK(error.n == 0);
	buf_fini(&error);
	free(json);
	free(path);
}

/* certspotter-script(8): one or the other is set. */
static void
sets_each_field_or_its_parse_error(const char *dir)
{
	finds(dir,
	    "\"subject\": \"CN=a\", \"issuer\": \"\", \"serial\": \"-1f\","
	    "\"not_before\": \"2023-01-31T03:47:26Z\","
	    "\"not_after\": \"2024-01-26T03:47:26Z\"",
	    "[ \"$SUBJECT_DN\" = CN=a ] && [ \"${ISSUER_DN-none}\" = '' ] &&"
	    " [ \"$SERIAL\" = -1f ] &&"
	    " [ \"$NOT_BEFORE\" = '2023-01-31 03:47:26 +0000 UTC' ] &&"
	    " [ $NOT_AFTER_UNIXTIME = 1706240846 ] &&"
	    " [ $NOT_AFTER_RFC3339 = 2024-01-26T03:47:26Z ] &&"
	    " ! env | grep _PARSE_ERROR=");
	finds(dir,
	    "\"subject\": \"?\", \"issuer\": \"?\", \"serial\": \"?\","
	    "\"not_before\": null, \"not_after\": \"2024-01-26T03:47:26Z\"",
	    "[ \"$(env | sed -n 's/_PARSE_ERROR=.*//p' | sort | tr '\\n' ' ')\""
	    " = 'ISSUER SERIAL SUBJECT VALIDITY ' ] &&"
	    " ! env | grep -E "
	    "'^(SUBJECT_DN|ISSUER_DN|SERIAL|NOT_[A-Z0-9_]*)='");
}

int
main(void)
{
	char *dir = tmpdir_new();

	sets_each_field_or_its_parse_error(dir);
	tmpdir_remove(dir);
	return 0;
}
