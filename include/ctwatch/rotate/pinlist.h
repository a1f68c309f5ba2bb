/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinlist: the pins of any pin format in one neutral form.
 *
 * A list of hosts, each with its pins.  Readers are lenient and do not judge: a
 * pin keeps the text of the file, so that lint can report faults.  Names and
 * texts are untrusted: print them escaped.
 */
#ifndef CTWATCH_ROTATE_PINLIST_H
#define CTWATCH_ROTATE_PINLIST_H

#include <ctwatch/base/blob.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/wire/sha256.h>

/* Length of the longest digest, SHA-512. */
#define PINLIST_DIGEST_MAX 64

/* The port of a host that does not say one. */
#define PINLIST_HTTPS 443

/* Where in the chain a pin may match. */
enum pinlist_position {
	PINLIST_ANY,
	PINLIST_LEAF,
	PINLIST_CA
};

struct pinlist_pin {
	char *text;  /* as written in the file; never NULL */
	char *label; /* a name for it, or NULL */
	uint8_t digest[PINLIST_DIGEST_MAX];
	size_t n;       /* bytes of digest; 0: text is no digest */
	size_t want;    /* digest length of its algorithm */
	bool canonical; /* text is in canonical encoding */
	bool hex;       /* text is hexadecimal */
	bool of_cert;   /* of a whole certificate, not of an SPKI */
	bool forbidden; /* must not be in the chain (Chrome's bad hashes) */
	enum pinlist_position position;
	struct blob spki; /* the key itself in DER; or none */
	struct blob cert; /* the certificate that it is from, in DER; or none */
	char *custody;    /* or NULL */
	int64_t not_after; /* ms; 0: not given */
};

struct pinlist_host {
	char *name; /* as written, without stars; NULL: the format has none */
	enum host_pattern_reach reach;
	uint16_t *ports; /* of TCP, which the pins are for; NULL: not said */
	size_t n_ports;
	bool excluded;   /* an exception from its parent's pins: no pins */
	bool joins;      /* pins of all patterns that cover a name apply */
	bool monitor;    /* reported, not enforced */
	int64_t expires; /* ms, when pinning ends; 0: never */
	char *report;    /* a URI, or NULL */
	char *owner;     /* or NULL */
	struct pinlist_pin *pins;
	size_t n_pins;
};

/* A part of a file that its consumer treats differently from how it reads. */
enum pinlist_fault_kind {
	PINLIST_FAULT_EXPIRY, /* a date that the consumer cannot read */
	PINLIST_FAULT_READ,   /* a value that the consumer cannot read */
	PINLIST_FAULT_OFF     /* pinning is switched off */
};

struct pinlist_fault {
	enum pinlist_fault_kind kind;
	char *where, *text; /* escaped */
};

struct pinlist {
	struct pinlist_host *hosts;
	size_t n_hosts;
	char **warnings; /* losses and oddities, one line each, escaped */
	size_t n_warnings;
	size_t lost; /* warnings about losses */
	struct pinlist_fault *faults;
	size_t n_faults;
};

/* Free what l holds; {0} is an empty list. */
void pinlist_fini(struct pinlist *l);

/* Append a host; name is copied and may be NULL.  The result is borrowed until
 * the next host is added. */
struct pinlist_host *pinlist_add_host(
    struct pinlist *l, const char *name, enum host_pattern_reach reach);

/* Return the host of this name and reach; add it if absent. */
struct pinlist_host *pinlist_host(
    struct pinlist *l, const char *name, enum host_pattern_reach reach);

/* Remove the host at that place. */
void pinlist_drop_host(struct pinlist *l, size_t at);

/* Add the port to those of h, unless it has it. */
void pinlist_ports_add(struct pinlist_host *h, uint16_t port);
bool pinlist_ports_has(const struct pinlist_host *h, uint16_t port);

/*
 * Make one host of those of the same name and reach, with the ports and pins of
 * all.  Where their pins differ, that is a loss and warned of.
 */
void pinlist_ports_merge(struct pinlist *l);

/* As pinlist_host, for "host", "*.host" or "**.host". */
struct pinlist_host *pinlist_pattern(struct pinlist *l, const char *pattern);

/*
 * Add a pin to h from text: base64 as read by the most lenient consumer, or
 * hexadecimal with or without colons, after "sha256/", "sha256//", "sha1/",
 * "sha256:" or "pin-sha256=", quoted or not.  Borrowed likewise.
 */
struct pinlist_pin *pinlist_add_pin(struct pinlist_host *h, const char *text);

/* Add a pin to h from the SubjectPublicKeyInfo in DER, which is copied. */
struct pinlist_pin *pinlist_add_spki(struct pinlist_host *h, struct bytes spki);

/* Add a copy of pin to h. */
struct pinlist_pin *pinlist_copy_pin(
    struct pinlist_host *h, const struct pinlist_pin *pin);

/* Report whether h has a pin with the digest of pin. */
bool pinlist_has_pin(
    const struct pinlist_host *h, const struct pinlist_pin *pin);

/* Report whether pin is a SHA-256 digest of an SPKI: usable as a pin. */
bool pinlist_usable(const struct pinlist_pin *pin);

/* Write the base64 of the digest of a 32-byte pin, and a NUL. */
void pinlist_base64(const struct pinlist_pin *pin, char out[static 45]);

/* "**.host" and the like, escaped, its port behind it if it has one;
 * "(any host)" without a name. */
void pinlist_show_host(const struct pinlist_host *h, struct buf *out);

/*
 * Resolve pins that are only names ("GTSRootR1" in Chrome's lists) by the pins
 * with that label of hosts without name, then drop those hosts; warn of
 * unresolved names.  A host gets the expiry of the host that resolved it.
 */
void pinlist_resolve(struct pinlist *l);

/*
 * Give each host whose consumer joins patterns the pins of the wider patterns
 * that also cover it.  If two patterns overlap in a single name, that name
 * becomes a host.
 */
void pinlist_unite(struct pinlist *l);

/* Add a warning; its arguments are escaped. */
__attribute__((format(printf, 2, 3))) void pinlist_warn(
    struct pinlist *l, const char *fmt, ...);

/* As pinlist_warn, and count it as a loss: the file has more than l. */
__attribute__((format(printf, 2, 3))) void pinlist_lose(
    struct pinlist *l, const char *fmt, ...);

/* Add a fault at where. */
__attribute__((format(printf, 4, 5))) void pinlist_fault(struct pinlist *l,
    enum pinlist_fault_kind kind, const char *where, const char *fmt, ...);

#endif
