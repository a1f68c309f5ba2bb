/* SPDX-License-Identifier: Apache-2.0 */
/* lint: the verb `lint': check the pinset or pin files for faults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_util.h"
#include "cli/pins/pins.h"
#include "cli/pins/trust.h"
#include <ctwatch/base/file.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>
#include <ctwatch/base/time.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/rotate/pin_lint.h>

static void
print_lint(const struct pin_lint *l)
{
	for (size_t i = 0; i < l->n; i++)
		printf("%s %-7s %s: %s (%s)\n", l->v[i].rule->id,
		    l->v[i].error ? "error" : "warning", l->v[i].where,
		    l->v[i].text, l->v[i].rule->name);
}

static void
print_rules(void)
{
	size_t n;
	const struct pin_lint_rule *rules = pin_lint_rules(&n);
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&out, "\n%s %s\n", rules[i].id, rules[i].name);
		cmd_util_wrap(&out, 0, rules[i].meaning);
		buf_printf(&out, "(%s)\n", rules[i].reference);
	}
	fputs(buf_text(&out), stdout);
	buf_fini(&out);
}

/* Lint the pinset, even if it cannot be loaded. */
static bool
lint_pinset(struct pin_lint *l, const struct opts_common *common,
    const struct pins_trust *trust, int *signs)
{
	struct pinset *p;
	struct buf ignored;
	struct blob text;

	if (common->pinset == NULL) {
		msg_error("pins lint: no pinset: give --pinset FILE");
		return false;
	}
	if (!opts_read_file(common->pinset, LIMIT_USER_FILE, &text))
		return false;
	pin_lint_pinset_text(l, blob_view(text), common->pinset);
	/* Report lint errors if the pinset does not load. */
	buf_init(&ignored, LIMIT_SMALL_BODY);
	p = pinset_parse(blob_view(text), "", &ignored);
	if (p != NULL)
		*signs = pins_trust_check(common, trust, p);
	pinset_free(p);
	buf_fini(&ignored);
	blob_fini(&text);
	return true;
}

/* Report whether the file is a pinset, or means to be one. */
static bool
is_pinset(const char *path)
{
	static const char format[] = "\"ctwatch-pinset/1\"";
	struct buf text, ignored;
	bool is;

	buf_init(&text, LIMIT_USER_FILE);
	buf_init(&ignored, LIMIT_SMALL_BODY);
	is = strcmp(path, "-") != 0 &&
	    file_read(path, false, &text, &ignored) == FILE_OK &&
	    memmem(text.p, text.n, format, sizeof format - 1) != NULL;
	buf_fini(&text);
	buf_fini(&ignored);
	return is;
}

int
pins_lint(int argc, char *argv[])
{
	struct opts_common common = { 0 };
	struct opts_list certs = { 0 };
	const char *format = NULL, *blocked = NULL;
	struct pins_trust trust = { 0 };
	const struct opts_opt opts[] = {
		{ "format", OPTS_TEXT, &format, "NAME",
		    "format of the files; default: recognised", NULL },
		{ "cert", OPTS_LIST, &certs, "FILE",
		    "identify digests with it; may be repeated", NULL },
		{ "blocked", OPTS_TEXT, &blocked, "FILE",
		    "digests of blocked keys", NULL },
		PINS_TRUST_OPTIONS(&trust),
	};
	const struct opts_command command = { "pins lint", "[FILE ...]",
		"Check the pinset, or the pins in files.", opts,
		sizeof opts / sizeof *opts };
	struct key_input_list material = { 0 };
	struct pinlist list = { 0 }, bad = { 0 };
	struct pin_lint l = { .certs = &material, .blocked = &bad };
	int n = opts_parse(&command, &common, argc, argv);
	int status = CLI_USAGE, signs = CLI_CLEAN;

	if (n == -2)
		print_rules();
	if (n < 0)
		return n == -2 ? CLI_CLEAN : CLI_USAGE;
	if (n == 1 && format == NULL && is_pinset(argv[1])) {
		common.pinset = argv[1];
		n = 0;
	}
	l.now = time_now();
	if (!pins_certs(&certs, &material) ||
	    (blocked != NULL &&
	        !pins_read((char *[]){ (char *)(uintptr_t)blocked }, 1, NULL,
	            &bad, NULL)))
		goto end;
	if (n > 0) {
		if (!pins_read(argv + 1, (size_t)n, format, &list, NULL))
			goto end;
		pin_lint_list(&l, &list);
	} else if (!lint_pinset(&l, &common, &trust, &signs))
		goto end;
	print_lint(&l);
	status = signs | (pin_lint_errors(&l) > 0 ? CLI_FINDINGS : CLI_CLEAN);
end:
	pin_lint_fini(&l);
	pinlist_fini(&list);
	pinlist_fini(&bad);
	key_input_fini(&material);
	return status;
}
