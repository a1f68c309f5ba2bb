/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_lint_rules: the lint rules, and notes about them.
 */
#ifndef CTWATCH_ROTATE_PIN_LINT_RULES_H
#define CTWATCH_ROTATE_PIN_LINT_RULES_H

#include <ctwatch/rotate/pin_lint.h>

/* In the order of their numbers. */
enum pin_lint_rules_id {
	PIN_LINT_EMPTY_INPUT,
	PIN_LINT_PLACEHOLDER,
	PIN_LINT_LENGTH,
	PIN_LINT_NON_CANONICAL,
	PIN_LINT_NOT_SPKI,
	PIN_LINT_WEAK_DIGEST,
	PIN_LINT_SINGLE_PIN,
	PIN_LINT_NO_BACKUP,
	PIN_LINT_SAME_CA,
	PIN_LINT_INTERMEDIATE,
	PIN_LINT_EXPIRY,
	PIN_LINT_PATTERN,
	PIN_LINT_CONSUMER,
	PIN_LINT_DUPLICATE,
	PIN_LINT_KNOWN_KEY,
	PIN_LINT_PINNING_OFF,
	PIN_LINT_NOT_LOADED,
	PIN_LINT_NO_PIN_OF_CERT,
	PIN_LINT_RULES
};

/* Add a note to l; where is escaped, the arguments are escaped here. */
__attribute__((format(printf, 5, 6))) void pin_lint_rules_note(
    struct pin_lint *l, enum pin_lint_rules_id rule, bool error,
    const char *where, const char *fmt, ...);

/* Judge one pin, and the pins of a host with the certificates of l. */
void pin_lint_pin(
    struct pin_lint *l, const char *where, const struct pinlist_pin *pin);
void pin_lint_certs(
    struct pin_lint *l, const char *where, const struct pinlist_host *h);

/* Judge the end of a pinset or of its pins, warn being ms before it. */
void pin_lint_expiry(
    struct pin_lint *l, const char *where, int64_t expires, int64_t warn);

#endif
