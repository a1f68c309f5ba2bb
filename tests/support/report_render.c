/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_render FORMAT [FILE]: write the ctwatch-report/1 document on standard
 * input in another form, for the tests of the writers.
 */
#include <ctwatch/base/buf.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/report/report.h>

#include "test.h"

int
main(int argc, char *argv[])
{
	const struct report_writer *w;
	struct report *r;
	struct buf in, error;
	size_t got;
	bool ok;

	CHECK(argc == 2 || argc == 3);
	w = report_writer(argv[1]);
	CHECK(w != NULL);
	buf_init(&in, SIZE_MAX / 2);
	buf_init(&error, 1000);
	do {
		buf_reserve(&in, 65536);
		got = fread(in.p + in.n, 1, 65536, stdin);
		in.n += got;
	} while (got > 0);
	r = report_load(buf_view(&in), &error);
	if (r == NULL)
		msg_error("standard input: %s", buf_text(&error));
	CHECK(r != NULL);
	ok = report_output(r, w, NULL, argc == 3 ? argv[2] : NULL);
	report_free(r);
	buf_fini(&in);
	buf_fini(&error);
	return ok ? 0 : 16;
}
