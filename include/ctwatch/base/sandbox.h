/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: give up what a reader of strangers' bytes does not need, so that
 * a flaw in one parser is not a way into the machine.
 *
 * Whoever has entered does not come out again.  It reads the files that the
 * C library, OpenSSL and libcurl read on any system and those it was allowed,
 * writes only where it was allowed, and connects to whom it likes.  It starts
 * no program and no other process, neither traces nor signals others, listens
 * to nobody, mounts, loads and configures nothing, gains no privileges, keeps
 * of root's only the reach into directories of other users, and leaves no
 * core.  Files that are open stay so.
 *
 * This takes five means of the kernel's, each as far as it has them: no new
 * privileges (3.5), capabilities, limits, seccomp filters (3.5) and Landlock
 * (5.13).  What is missing weakens the rest and stops nothing: a night that
 * is not read costs more.  sandbox_enter says what holds.
 */
#ifndef CTWATCH_BASE_SANDBOX_H
#define CTWATCH_BASE_SANDBOX_H

#include <ctwatch/base/buf.h>

/* A file, or a directory with all below it.  What is not there is skipped. */
struct sandbox_path {
	const char *path;
	bool write; /* and make and remove files and directories in it */
};

struct sandbox {
	const struct sandbox_path *paths;
	size_t n;
	bool local_sockets; /* it may open sockets of the family AF_UNIX */
};

/*
 * Enter, while the process has one thread.  Appends to *holds, for people,
 * what holds from now on, and why something does not.
 */
void sandbox_enter(const struct sandbox *s, struct buf *holds);

#endif
