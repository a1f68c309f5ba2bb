/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_lint: offline checks of pins, PIN01 to PIN18.
 *
 * Each rule comes from shipped configurations.  An error is a pin that cannot
 * match or cannot protect, or a pinset that can lock out clients; a warning
 * will become one.
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
	/* Input for judging; all members may be zero. */
	const struct key_input_list *certs; /* for PIN05 and PIN18 */
	const struct pinlist *blocked;      /* for PIN15 */
	bool (*seen)(void *arg, const uint8_t spki[static SHA256_SIZE]);
	void *arg;   /* argument of seen: is the key logged? */
	int64_t now; /* ms */
	/* The file is compared with a pinset, which gives the mode of
	 * domains. */
	bool may_monitor;
};

/* Judge the pins of a file, or a pinset, and add notes to l. */
void pin_lint_list(struct pin_lint *l, const struct pinlist *list);
void pin_lint_pinset(struct pin_lint *l, const struct pinset *p);

/*
 * Judge the text of a pinset, also one that pinset_parse refuses: each fault of
 * a pin is a note, other faults are the parser's message, which begins with
 * file.
 */
void pin_lint_pinset_text(
    struct pin_lint *l, struct bytes text, const char *file);

/* Return the number of errors among the notes. */
size_t pin_lint_errors(const struct pin_lint *l);
void pin_lint_fini(struct pin_lint *l);

#endif
