/* SPDX-License-Identifier: Apache-2.0 */
/* report_writer: the table of formats. */
#include <string.h>

#include <ctwatch/report/write.h>

static const struct report_writer writers[] = {
	{ "text", write_text },
	{ "json", write_json },
	{ "jsonl", write_json_lines },
	{ "html", write_html },
	{ "csv", write_csv },
	{ "sarif", write_sarif },
	{ "ocsf", write_ocsf },
	{ "ecs", write_ecs },
	{ "cef", write_cef },
	{ "hpkp-report", write_hpkp },
	{ "prom", write_prometheus },
};

const struct report_writer *
report_writers(size_t *n)
{
	*n = sizeof writers / sizeof writers[0];
	return writers;
}

const struct report_writer *
report_writer(const char *name)
{
	for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
		if (strcmp(writers[i].name, name) == 0)
			return &writers[i];
	return NULL;
}
