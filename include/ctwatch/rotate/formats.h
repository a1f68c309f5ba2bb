/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formats: the table of file formats in which software keeps pins.
 *
 * Readers are lenient and fill a pinlist; lint judges it.  Writing is a
 * projection of the pinset, with a warning for each loss.  Keys that are
 * proposed, retired or compromised are never written.
 */
#ifndef CTWATCH_ROTATE_FORMATS_H
#define CTWATCH_ROTATE_FORMATS_H

#include <ctwatch/policy/pinset.h>
#include <ctwatch/rotate/pinlist.h>

/* What a format can express; bits, joined with |. */
enum formats_can {
	FORMATS_NAMES = 1 << 0,        /* host names */
	FORMATS_ONE_LABEL = 1 << 1,    /* *.host */
	FORMATS_SUBTREE = 1 << 2,      /* a host and everything below it */
	FORMATS_PARENT = 1 << 3,       /* a host and one label below it */
	FORMATS_EXCLUDE = 1 << 4,      /* exceptions below a host */
	FORMATS_MONITOR = 1 << 5,      /* report without enforcing */
	FORMATS_EXPIRY = 1 << 6,       /* a date when pinning ends */
	FORMATS_LEAF = 1 << 7,         /* keys of end certificates */
	FORMATS_CA = 1 << 8,           /* keys of CAs */
	FORMATS_CERT = 1 << 9,         /* digests of whole certificates */
	FORMATS_WHOLE_KEY = 1 << 10,   /* keys themselves, no digests */
	FORMATS_COMMON_KEYS = 1 << 11, /* only RSA 2048 to 4096, P-256, P-384 */
	FORMATS_DEPRECATED = 1 << 12,  /* written only with --force */
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
	size_t min_pins;     /* minimum of its consumer for a host */
	/* Report whether text looks like this format. */
	bool (*detect)(struct bytes text);
	/* Read text and add to out; NULL if the format is only written. */
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

/* The table, in the order of recognition. */
const struct formats_format *const *formats_all(size_t *n);

/* Return the format of this name, or NULL. */
const struct formats_format *formats_find(const char *name);

/*
 * Read text in the given format, or the first that recognises it if that is
 * NULL, and add to out.  Return false with *error, which begins with file.
 * *found, unless NULL, is the format.
 */
bool formats_read(const struct formats_format *format, struct bytes text,
    const char *file, struct pinlist *out, struct buf *error,
    const struct formats_format **found);

/* The part of a pinset to write. */
struct formats_choice {
	const char *const *hosts; /* these names; all domains if empty */
	size_t n_hosts;
	const char *consumer; /* only domains of this consumer, or NULL */
	int64_t expires;      /* ms, the end of pinning; 0: none */
	/* The oldest version of the consumer's library, or NULL. */
	const char *min_version;
};

/*
 * Project p on what format can express: out is a list for format->write; its
 * warnings are the losses.  Return false with *error if there is nothing to
 * write.
 */
bool formats_project(const struct formats_format *format,
    const struct pinset *p, const struct formats_choice *choice,
    struct pinlist *out, struct buf *error);

/* Return why format cannot write the key for domain d, or NULL.  Static
 * storage. */
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
