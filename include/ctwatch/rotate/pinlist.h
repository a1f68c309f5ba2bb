/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinlist: what any pin format says, in one neutral form.
 *
 * A list of hosts, each with its pins.  Readers are lenient and judge
 * nothing: a pin keeps the text that the file had, so that lint can say what
 * is wrong with it.  Names and texts are foreign: print them escaped.
 */
#ifndef CTWATCH_ROTATE_PINLIST_H
#define CTWATCH_ROTATE_PINLIST_H

#include <ctwatch/base/blob.h>
#include <ctwatch/policy/host_pattern.h>
#include <ctwatch/wire/sha256.h>

/* The longest digest, SHA-512. */
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
	char *text;  /* as the file wrote it; never NULL */
	char *label; /* a name for it, or NULL */
	uint8_t digest[PINLIST_DIGEST_MAX];
	size_t n;       /* bytes of digest; 0: text is no digest at all */
	size_t want;    /* bytes that its algorithm makes */
	bool canonical; /* text is what an encoder would have written */
	bool hex;       /* text is hexadecimal */
	bool of_cert;   /* of a whole certificate, not of an SPKI */
	bool forbidden; /* must not be in the chain (Chrome's bad hashes) */
	enum pinlist_position position;
	struct blob spki;  /* the key itself in DER; or none */
	char *custody;     /* or NULL */
	int64_t not_after; /* ms; 0: not said */
};

struct pinlist_host {
	char *name; /* as written, without stars; NULL: the format has none */
	enum host_pattern_reach reach;
	uint16_t *ports; /* of TCP, which the pins are for; NULL: not said */
	size_t n_ports;
	bool excluded;   /* an exception from its parent's pins: no pins */
	bool joins;      /* its consumer takes the pins of every pattern that
	                  * covers a name, not only of the most specific */
	bool monitor;    /* reported, not enforced */
	int64_t expires; /* ms, when pinning ends; 0: never */
	char *report;    /* a URI, or NULL */
	char *owner;     /* or NULL */
	struct pinlist_pin *pins;
	size_t n_pins;
};

/* A fault of a file that its consumer treats otherwise than it reads. */
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
	char **warnings; /* what was lost or odd, one line each, escaped */
	size_t n_warnings;
	size_t lost; /* warnings that tell of something left out */
	struct pinlist_fault *faults;
	size_t n_faults;
};

/* Free what l holds; {0} is an empty list. */
void pinlist_fini(struct pinlist *l);

/* A new host at the end; name is copied and may be NULL.  The result is
 * borrowed until the next host is added. */
struct pinlist_host *pinlist_add_host(
    struct pinlist *l, const char *name, enum host_pattern_reach reach);

/* The host of this name and reach, added if it is not there. */
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

/* As pinlist_host, of "host", "*.host" or "**.host". */
struct pinlist_host *pinlist_pattern(struct pinlist *l, const char *pattern);

/*
 * A new pin of h from text: base64 as lenient as any consumer reads it, or
 * hexadecimal with or without colons, behind "sha256/", "sha256//",
 * "sha1/", "sha256:" or "pin-sha256=", quoted or not.  Borrowed likewise.
 */
struct pinlist_pin *pinlist_add_pin(struct pinlist_host *h, const char *text);

/* A new pin of h from the SubjectPublicKeyInfo in DER, which is copied. */
struct pinlist_pin *pinlist_add_spki(struct pinlist_host *h, struct bytes spki);

/* A new pin of h that is a copy of pin. */
struct pinlist_pin *pinlist_copy_pin(
    struct pinlist_host *h, const struct pinlist_pin *pin);

/* Report whether h has a pin with the digest of pin. */
bool pinlist_has_pin(
    const struct pinlist_host *h, const struct pinlist_pin *pin);

/* Report whether pin is a SHA-256 digest of an SPKI: usable as a pin. */
bool pinlist_usable(const struct pinlist_pin *pin);

/* The base64 of the digest of a pin of 32 bytes, and a NUL. */
void pinlist_base64(const struct pinlist_pin *pin, char out[static 45]);

/* "**.host" and the like, escaped, its port behind it if it has one;
 * "(any host)" without a name. */
void pinlist_show_host(const struct pinlist_host *h, struct buf *out);

/*
 * Give pins that are only names ("GTSRootR1" in Chrome's lists) the digest
 * of the nameless host's pin with that label, then drop the nameless hosts
 * that served; what stays unresolved is warned of.  A host ends when the
 * nameless one that served it does.
 */
void pinlist_resolve(struct pinlist *l);

/*
 * Give each host whose consumer joins patterns the pins of the wider patterns
 * that cover it too.  Where two patterns overlap in one name only, that name
 * becomes a host.
 */
void pinlist_unite(struct pinlist *l);

/* Add a warning; its arguments are escaped. */
__attribute__((format(printf, 2, 3))) void pinlist_warn(
    struct pinlist *l, const char *fmt, ...);

/* As pinlist_warn, and count it as lost: the file has more than l. */
__attribute__((format(printf, 2, 3))) void pinlist_lose(
    struct pinlist *l, const char *fmt, ...);

/* Add a fault of what is at where. */
__attribute__((format(printf, 4, 5))) void pinlist_fault(struct pinlist *l,
    enum pinlist_fault_kind kind, const char *where, const char *fmt, ...);

#endif
