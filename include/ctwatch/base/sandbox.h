/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: drop the rights that the parsing of untrusted data does not need,
 * so that a fault in a parser does not give access to the machine.
 *
 * A process cannot leave the sandbox.  In it, it reads the files that the C
 * library, OpenSSL and libcurl read on any system and the allowed paths, writes
 * only to the allowed paths, and connects to any address.  It starts no program
 * and no process, traces and signals no other process, listens on no port,
 * mounts, loads and configures nothing, gains no privileges, keeps only the
 * capability of root to access directories of other users, and writes no core
 * file.  Open files stay open.
 *
 * It uses five means of the kernel: no new privileges (Linux 3.5),
 * capabilities, resource limits, seccomp filters (3.5) and Landlock (5.13).
 * Without one of them the run continues with the others, since skipped entries
 * would be worse.  sandbox_enter says which means are in force.
 */
#ifndef CTWATCH_BASE_SANDBOX_H
#define CTWATCH_BASE_SANDBOX_H

#include <ctwatch/base/buf.h>

/* A file, or a directory with everything below; skipped if it is missing. */
struct sandbox_path {
	const char *path;
	bool write; /* also create and remove files and directories in it */
};

struct sandbox {
	const struct sandbox_path *paths;
	size_t n;
	bool local_sockets; /* allow sockets of the family AF_UNIX */
};

/*
 * Enter, while the process has one thread.  Append to *holds, for display, the
 * means in force, and why others are not.
 */
void sandbox_enter(const struct sandbox *s, struct buf *holds);

#endif
