/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formats: every notation in which software keeps pins, as a table.
 *
 * Reading is lenient and goes into a pinlist; judging is lint's.  Writing is
 * a projection of the pinset: what a format cannot express becomes a warning
 * that names the loss.  Keys that are proposed, retired or compromised are
 * never written.
 */
#ifndef CTWATCH_ROTATE_FORMATS_H
#define CTWATCH_ROTATE_FORMATS_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/pinlist.h>

/* What a format's consumer can be told; bits, joined with |. */
enum formats_can {
	FORMATS_NAMES = 1 << 0,      /* the hosts that pins are for */
	FORMATS_ONE_LABEL = 1 << 1,  /* names exactly one label below a host */
	FORMATS_SUBTREE = 1 << 2,    /* a host and everything below it */
	FORMATS_PARENT = 1 << 3,     /* a host and one label below it */
	FORMATS_EXCLUDE = 1 << 4,    /* exceptions below a host */
	FORMATS_MONITOR = 1 << 5,    /* report without enforcing */
	FORMATS_EXPIRY = 1 << 6,     /* a date when pinning ends */
	FORMATS_LEAF = 1 << 7,       /* keys of end certificates */
	FORMATS_CA = 1 << 8,         /* keys of CAs */
	FORMATS_CERT = 1 << 9,       /* digests of whole certificates */
	FORMATS_WHOLE_KEY = 1 << 10, /* keys themselves, no digests */
	FORMATS_COMMON_KEYS = 1 << 11, /* only RSA 2048 to 4096, P-256, P-384 */
	FORMATS_DEPRECATED = 1 << 12,  /* written only when insisted on */
	FORMATS_JOIN = 1 << 13, /* pins of all patterns that match are joined */
	FORMATS_HEX = 1 << 14,  /* digests in hexadecimal are read */
	FORMATS_FIRST_ONLY = 1 << 15, /* clients may read one key of a host */
	FORMATS_VERSIONED = 1 << 16,  /* **.host needs min_version (OkHttp) */
	FORMATS_PORTS = 1 << 17       /* the ports that pins are for */
};

struct formats_format {
	const char *name;    /* as in --format */
	const char *purpose; /* one line */
	unsigned can;        /* enum formats_can */
	size_t min_pins;     /* its consumer refuses fewer for a host */
	/* Report whether text looks like this format. */
	bool (*detect)(struct bytes text);
	/* Read text, adding to out; NULL if the format is only written. */
	bool (*read)(struct bytes text, struct pinlist *out, struct buf *error);
	/* Write list; title has lines that are safe in any comment.  NULL if
	 * only read. */
	bool (*write)(
	    const struct pinlist *list, const char *title, struct buf *out);
};

/* One per file of the folder formats/. */
extern const struct formats_format android_format, apple_format, chrome_format,
    csv_format, curl_format, envoy_format, firefox_format, fingerprint_format,
    hpkp_format, immudb_format, okhttp_format, okhttp_java_format, pem_format,
    lines_format, reactnative_format, tlsa_format, trustkit_format;

/* The whole table, in the order in which files are recognised. */
const struct formats_format *const *formats_all(size_t *n);

/* The format of this name; NULL if there is none. */
const struct formats_format *formats_find(const char *name);

/*
 * Read text, in the format given or, if that is NULL, in the first that
 * recognises it, adding to out.  False with *error, which begins with file.
 * *found, unless NULL, is the format.
 */
bool formats_read(const struct formats_format *format, struct bytes text,
    const char *file, struct pinlist *out, struct buf *error,
    const struct formats_format **found);

/* What to write of a pinset. */
struct formats_choice {
	const char *const
	    *hosts; /* these names; all domains if there are none */
	size_t n_hosts;
	const char *consumer; /* only domains of this consumer, or NULL */
	int64_t expires;      /* ms, the end of pinning; 0: none */
	/* The oldest version of the consumer's library, or NULL. */
	const char *min_version;
};

/*
 * Project p on what format can express: out is a list that format->write
 * takes, its warnings are the losses.  False with *error when there is
 * nothing that could be written.
 */
bool formats_project(const struct formats_format *format,
    const struct pinset *p, const struct formats_choice *choice,
    struct pinlist *out, struct buf *error);

/* Why format cannot write the key for domain d, or NULL.  Static storage. */
const char *formats_project_obstacle(const struct formats_format *format,
    const struct pinset *p, const struct pinset_domain *d,
    const struct pinset_key *key);

/*
 * The title of files made from p: its version and digest, and a line for each
 * warning of list, the projection of p.  The caller frees.
 */
char *formats_title(const struct pinset *p, const struct pinlist *list);

/* Report whether text, a file that was exported or lines of its title, says
 * that names beside those of the pattern are pinned in it. */
bool formats_is_widened(struct bytes text, const char *pattern);

#endif
