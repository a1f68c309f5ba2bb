/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter is a list of refused calls, not of allowed calls.  The calls that
 * libcurl, OpenSSL and the C library make depend on their versions, and an
 * allow-list that lacks one of them makes a run fail.  The list has the calls
 * that reach other programs and processes, change the system, or have often
 * led to faults in the kernel.  A refused call fails as it does without
 * permission; the process continues.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#include "base/seccomp.h"
#include <ctwatch/base/mem.h>

/* LeakSanitizer starts a process that traces this one at the end of a run. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

/* A bound above the address families of any kernel, which has 46 of them. */
#define FAMILIES 64

/* Compare the low half of an argument: the kernel ignores the high half of an
 * int. */
#define LOW_IS(i, value) SCMP_CMP(i, SCMP_CMP_MASKED_EQ, 0xffffffff, value)

/* clang-format off */
/* Refused with EPERM, whatever the arguments. */
static const char *const refused[] = {
	/* other programs */
	"execve", "execveat", "fork", "vfork",
	/* other processes: their memory, files and scheduling */
#ifndef SANITIZED
	"ptrace",
#endif
	"process_vm_readv", "process_vm_writev", "process_madvise",
	"process_mrelease", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
	"rt_sigqueueinfo", "rt_tgsigqueueinfo", "tkill", "kcmp",
	"migrate_pages", "move_pages",
	/* name spaces and mounts */
	"unshare", "setns", "chroot", "pivot_root", "mount", "umount",
	"umount2", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount",
	"fspick", "mount_setattr", "swapon", "swapoff", "quotactl",
	"quotactl_fd", "fanotify_init", "name_to_handle_at",
	"open_by_handle_at", "mknod", "mknodat",
	/* other modes and owners of files */
	"chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "chown32",
	"fchown", "fchown32", "lchown", "lchown32", "fchownat",
	/* other identities */
	"setuid", "setuid32", "setgid", "setgid32", "setreuid", "setreuid32",
	"setregid", "setregid32", "setresuid", "setresuid32", "setresgid",
	"setresgid32", "setfsuid", "setfsuid32", "setfsgid", "setfsgid32",
	"setgroups", "setgroups32", "capset",
	/* the kernel and the machine */
	"init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "syslog", "acct", "sethostname",
	"setdomainname", "settimeofday", "stime", "adjtimex", "clock_settime",
	"clock_settime64", "clock_adjtime", "clock_adjtime64", "personality",
	"vhangup", "ioperm", "iopl", "modify_ldt",
	/* calls with many faults in the past; io_uring also makes calls that
	 * no filter sees */
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
	"io_uring_enter", "io_uring_register", "add_key", "request_key",
	"keyctl",
	/* servers */
	"listen", "accept", "accept4",
};
/* clang-format on */

/* The filter under construction, and the first error, as errno. */
struct filter {
	scmp_filter_ctx context;
	int error;
};

static void
note_result(struct filter *f, int result)
{
	if (result < 0 && f->error == 0)
		f->error = -result;
}

/*
 * Refuse a call with why when its arguments meet all n conditions.  A call
 * that this architecture or this libseccomp lacks is skipped.
 */
static void
refuse(struct filter *f, const char *name, unsigned why, unsigned n,
    const struct scmp_arg_cmp *conditions)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call != __NR_SCMP_ERROR)
		note_result(f,
		    seccomp_rule_add_array(
		        f->context, SCMP_ACT_ERRNO(why), call, n, conditions));
}

/*
 * Allow threads and refuse processes.  A filter cannot see the flags of
 * clone3; the C library falls back to clone when clone3 does not exist.
 */
static void
refuse_processes(struct filter *f)
{
#ifdef __s390__
	const unsigned flags = 1;
#else
	const unsigned flags = 0;
#endif

	refuse(f, "clone3", ENOSYS, 0, NULL);
#ifndef SANITIZED
	refuse(f, "clone", EPERM, 1,
	    &SCMP_CMP(flags, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
#else
	(void)flags;
#endif
}

/* Refuse calls whose first argument is not this process. */
static void
refuse_other_processes(struct filter *f)
{
	const scmp_datum_t self = (scmp_datum_t)getpid();

	refuse(f, "kill", EPERM, 1, &SCMP_A0(SCMP_CMP_NE, self, 0));
	refuse(f, "tgkill", EPERM, 1, &SCMP_A0(SCMP_CMP_NE, self, 0));
	/* The C library gives 0 for the process itself. */
	refuse(f, "prlimit64", EPERM, 1, &SCMP_A0(SCMP_CMP_NE, 0, 0));
}

/*
 * Allow the internet, and the part of netlink by which getaddrinfo learns the
 * addresses of this host.  Local sockets reach daemons that start programs
 * for their clients; the resolver tries some and works without them.
 */
static void
refuse_sockets(struct filter *f, bool local)
{
	const struct scmp_arg_cmp other_netlink[] = {
		LOW_IS(0, AF_NETLINK),
		SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE, 0),
	};

	for (int family = 0; family < FAMILIES; family++)
		if (family != AF_INET && family != AF_INET6 &&
		    family != AF_NETLINK && !(local && family == AF_UNIX))
			refuse(f, "socket", EAFNOSUPPORT, 1,
			    &LOW_IS(0, (scmp_datum_t)family));
	refuse(f, "socket", EAFNOSUPPORT, 2, other_netlink);
}

/* Refuse to write input into the terminal that started the program. */
static void
refuse_terminal_input(struct filter *f)
{
	refuse(f, "ioctl", EPERM, 1, &LOW_IS(1, TIOCSTI));
	refuse(f, "ioctl", EPERM, 1, &LOW_IS(1, TIOCLINUX));
}

static void
set_attributes(struct filter *f)
{
	/* Another architecture, such as x32, numbers its calls differently. */
	note_result(f,
	    seccomp_attr_set(
	        f->context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)));
	note_result(
	    f, seccomp_attr_set(f->context, SCMP_FLTATR_API_SYSRAWRC, 1));
	/* Kernels before 5.16 otherwise slow a process with a filter down, to
	 * shield it from code that it runs for others.  Kernels before 4.17
	 * lack the flag, and the filter holds without it. */
	(void)seccomp_attr_set(f->context, SCMP_FLTATR_CTL_SSB, 1);
}

bool
base_seccomp_refuse(bool local_sockets)
{
	struct filter f = { .context = seccomp_init(SCMP_ACT_ALLOW) };

	if (f.context == NULL)
		mem_out();
	set_attributes(&f);
	refuse_processes(&f);
	refuse_other_processes(&f);
	refuse_sockets(&f, local_sockets);
	refuse_terminal_input(&f);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		refuse(&f, refused[i], EPERM, 0, NULL);
	if (f.error == 0)
		note_result(&f, seccomp_load(f.context));
	seccomp_release(f.context);
	if (f.error == ENOMEM)
		mem_out();
	errno = f.error;
	return f.error == 0;
}
