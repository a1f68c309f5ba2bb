/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_lint: what is wrong with pins, PIN01 to PIN18, told offline.
 *
 * Every rule was met in configurations that shipped.  An error is a pin that
 * cannot do its work, or a pinset that can lock its owner out; a warning is
 * what will be one.
 */
#ifndef CTWATCH_ROTATE_PIN_LINT_H
#define CTWATCH_ROTATE_PIN_LINT_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/key_input.h>
#include <ctwatch/rotate/pinlist.h>

struct pin_lint_rule {
	const char *id;   /* PIN01 */
	const char *name; /* empty-input */
	const char *meaning;
	const char *reference;
};

/* The rules by id; n of them. */
const struct pin_lint_rule *pin_lint_rules(size_t *n);

struct pin_lint_note {
	const struct pin_lint_rule *rule;
	bool error;         /* else a warning */
	char *where, *text; /* escaped */
};

struct pin_lint {
	struct pin_lint_note *v; /* owned */
	size_t n;
	/* What to judge by; all may be left zero. */
	const struct key_input_list *certs; /* for PIN05 and PIN18 */
	const struct pinlist *blocked;      /* for PIN15 */
	bool (*seen)(void *arg, const uint8_t spki[static SHA256_SIZE]);
	void *arg;   /* of seen: was the key in a logged certificate? */
	int64_t now; /* ms */
	/* The file is compared with a pinset, which says who is monitored. */
	bool may_monitor;
};

/* Judge the pins of a file, or a pinset, adding to l. */
void pin_lint_list(struct pin_lint *l, const struct pinlist *list);
void pin_lint_pinset(struct pin_lint *l, const struct pinset *p);

/*
 * Judge the text of a pinset, also one that pinset_parse refuses: the faults
 * of its pins are told one by one, and the others with the parser's words,
 * which name file.
 */
void pin_lint_pinset_text(
    struct pin_lint *l, struct bytes text, const char *file);

/* The errors among the notes. */
size_t pin_lint_errors(const struct pin_lint *l);
void pin_lint_fini(struct pin_lint *l);

#endif
