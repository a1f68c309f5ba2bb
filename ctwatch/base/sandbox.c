/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/seccomp.h"
#include <ctwatch/base/sandbox.h>

#include "config.h"

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

/* Open files: some connections to each operator's servers, and the store. */
#define FILES_MAX 4096

/*
 * The paths that libraries read: settings of the resolver and of OpenSSL, the
 * trusted roots, modules that are loaded late, /run for a resolv.conf that is
 * a link into it, and two stores that replace /usr.  They are directories,
 * since a file that is replaced during the run is another file.  No /home, no
 * /root, no /var, no /tmp.
 */
static const struct sandbox_path common[] = {
	{ "/etc", false },
	{ "/usr", false },
	{ "/lib", false },
	{ "/lib64", false },
	{ "/run", false },
	{ "/nix/store", false },
	{ "/gnu/store", false },
	{ "/proc/self", false },
	{ "/proc/sys", false },
	{ "/sys/devices/system/cpu", false },
	{ "/dev/random", false },
	{ "/dev/urandom", false },
	{ "/dev/null", true },
};

static void
say(struct buf *holds, const char *what, bool ok)
{
	const int why = errno;

	buf_printf(
	    holds, "%s%s%s", holds->n > 0 ? ", " : "", ok ? "" : "not ", what);
	if (!ok)
		buf_printf(holds, " (%s)", strerror(why));
}

/*
 * Let root use the state directory of another user; SQLite gives new files to
 * that user.
 */
static bool
drop_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct now[2], kept[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &head, now) != 0)
		return false;
	kept[0].effective = kept[0].permitted =
	    now[0].permitted & (1u << CAP_DAC_OVERRIDE | 1u << CAP_CHOWN);
	return (now[0].permitted | now[1].permitted | now[0].inheritable |
	           now[1].inheritable) == kept[0].permitted ||
	    syscall(SYS_capset, &head, kept) == 0;
}

/*
 * Set no limit for memory: a run needs memory in proportion to its watch list
 * and options, and RLIMIT_AS counts mappings, not use.
 */
static bool
set_limits(void)
{
	struct rlimit none = { 0, 0 }, files;

	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    getrlimit(RLIMIT_NOFILE, &files) != 0)
		return false;
	if (files.rlim_cur > FILES_MAX)
		files.rlim_cur = FILES_MAX;
	files.rlim_max = files.rlim_cur;
	return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

/* ---- Landlock ---- */

#ifdef HAVE_LINUX_LANDLOCK_H

/* Rights that the headers of the first versions lack: landlock(7). */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                  \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |         \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |        \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)
/* The rights among them that apply to files. */
#define OF_FILES                                                               \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	    LANDLOCK_ACCESS_FS_TRUNCATE)
/* Rights that no path gets. */
#define NEVER                                                                  \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |           \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |     \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_SYM |       \
	    LANDLOCK_ACCESS_FS_IOCTL_DEV)

/* Return the rights that a version of Landlock supports. */
static uint64_t
known_rights(long version)
{
	uint64_t rights = READ | WRITE | NEVER;

	if (version < 3)
		rights &= ~(uint64_t)LANDLOCK_ACCESS_FS_TRUNCATE;
	if (version < 5)
		rights &= ~(uint64_t)LANDLOCK_ACCESS_FS_IOCTL_DEV;
	return rights;
}

/* Skip a path that cannot be opened: its user reports the error. */
static void
allow(int rules, uint64_t known, const struct sandbox_path *path)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = known &
		    (path->write ? READ | WRITE : READ),
		.parent_fd = open(path->path, O_PATH | O_CLOEXEC) };
	struct stat st;

	if (rule.parent_fd < 0)
		return;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	syscall(
	    SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

/* Return the version of Landlock in force, or 0. */
static long
restrict_files(const struct sandbox *s)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { .handled_access_fs = 0 };
	int rules;
	bool ok;

	if (version <= 0)
		return 0;
	attr.handled_access_fs = known_rights(version);
	rules =
	    (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return 0;
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
		allow(rules, attr.handled_access_fs, &common[i]);
	for (size_t i = 0; i < s->n; i++)
		allow(rules, attr.handled_access_fs, &s->paths[i]);
	ok = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return ok ? version : 0;
}

#else

static long
restrict_files(const struct sandbox *s)
{
	(void)s;
	errno = ENOSYS;
	return 0;
}

#endif

void
sandbox_enter(const struct sandbox *s, struct buf *holds)
{
	long version;

	/* Landlock and seccomp require it. */
	say(holds, "no new privileges",
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	say(holds, "few capabilities", drop_capabilities());
	say(holds, "limits", set_limits());
	version = restrict_files(s);
	say(holds, "Landlock", version > 0);
	if (version > 0)
		buf_printf(holds, " %ld", version);
	say(holds, "seccomp", base_seccomp_refuse(s->local_sockets));
}
