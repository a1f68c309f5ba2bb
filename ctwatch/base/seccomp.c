/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This is a list of what is refused, not of what is allowed: which calls
 * libcurl, OpenSSL and the C library make depends on their versions, and one
 * that an allow-list misses costs a night on somebody's machine.  So what is
 * listed is what leads out: to programs, to other processes, to the kernel's
 * settings and to its less trodden code.  Refused calls fail as they would
 * for want of permission; nothing is killed for them.
 */
#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/seccomp.h"

/* Numbers of calls mean nothing without the architecture: seccomp(2). */
#if defined(__x86_64__) && defined(__LP64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCH AUDIT_ARCH_PPC64LE
#endif

#ifdef ARCH

/* At the end of a run LeakSanitizer makes a process that traces this one. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

/* clang-format off */
/* Refused with EPERM, whatever the arguments. */
static const int refused[] = {
	/* other programs */
	SYS_execve, SYS_execveat,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
	/* other processes: into their memory, files and time */
#ifndef SANITIZED
	SYS_ptrace,
#endif
	SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise,
	SYS_process_mrelease, SYS_pidfd_open, SYS_pidfd_getfd,
	SYS_pidfd_send_signal, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
	SYS_tkill, SYS_kcmp, SYS_migrate_pages, SYS_move_pages,
	/* other views of the system */
	SYS_unshare, SYS_setns, SYS_chroot, SYS_pivot_root, SYS_mount,
	SYS_umount2, SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig,
	SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_swapon, SYS_swapoff,
	SYS_quotactl, SYS_quotactl_fd, SYS_fanotify_init,
	SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_mknodat,
#ifdef SYS_mknod
	SYS_mknod,
#endif
	/* other identities */
	SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid,
	SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups, SYS_capset,
	/* the kernel and the machine */
	SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
	SYS_kexec_file_load, SYS_reboot, SYS_syslog, SYS_acct,
	SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_adjtimex,
	SYS_clock_settime, SYS_clock_adjtime, SYS_personality, SYS_vhangup,
#ifdef SYS_ioperm
	SYS_ioperm, SYS_iopl,
#endif
#ifdef SYS_modify_ldt
	SYS_modify_ldt,
#endif
	/* what has led into the kernel most often; io_uring makes calls, too,
	 * that no filter sees */
	SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup,
	SYS_io_uring_enter, SYS_io_uring_register, SYS_add_key,
	SYS_request_key, SYS_keyctl,
	/* a reader calls, nobody calls it */
	SYS_listen, SYS_accept, SYS_accept4,
#ifdef SYS_socketcall
	SYS_socketcall,
#endif
};
/* clang-format on */

enum {
	N_REFUSED = sizeof refused / sizeof refused[0],
	/* Two for each of them, and room for those with arguments. */
	N_FILTER = 2 * N_REFUSED + 64
};

struct program {
	struct sock_filter v[N_FILTER];
	unsigned short n;
};

static void
add(struct program *p, struct sock_filter instruction)
{
	assert(p->n < N_FILTER);
	p->v[p->n++] = instruction;
}

static void
load(struct program *p, size_t offset)
{
	add(p,
	    (struct sock_filter)BPF_STMT(
	        BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

/* The low half of an argument: what the kernel looks at in all of these. */
static void
load_argument(struct program *p, size_t i)
{
	load(p, offsetof(struct seccomp_data, args[i]));
}

static void
give(struct program *p, unsigned what)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what));
}

static void
allow(struct program *p)
{
	give(p, SECCOMP_RET_ALLOW);
}

static void
refuse(struct program *p, unsigned why)
{
	give(p, SECCOMP_RET_ERRNO | why);
}

/*
 * Begin and end instructions for when what is loaded is value, or has all
 * the bits of value; otherwise they are passed over.
 */
static unsigned short
begin(struct program *p, unsigned short how, unsigned value)
{
	add(p,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | how | BPF_K, value, 0, 0));
	return p->n;
}

static unsigned short
when(struct program *p, unsigned value)
{
	return begin(p, BPF_JEQ, value);
}

static unsigned short
when_set(struct program *p, unsigned bit)
{
	return begin(p, BPF_JSET, bit);
}

static void
end(struct program *p, unsigned short begun)
{
	p->v[begun - 1].jf = (unsigned char)(p->n - begun);
}

static void
allow_if(struct program *p, unsigned value)
{
	unsigned short begun = when(p, value);

	allow(p);
	end(p, begun);
}

static void
refuse_if(struct program *p, unsigned value, unsigned why)
{
	unsigned short begun = when(p, value);

	refuse(p, why);
	end(p, begun);
}

/* Numbers of another architecture, or of x32, whose calls have those of
 * x86-64 with one bit more, are other calls. */
static void
check_architecture(struct program *p)
{
	load(p, offsetof(struct seccomp_data, arch));
	add(p,
	    (struct sock_filter)BPF_JUMP(
	        BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	refuse(p, EPERM);
	load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	unsigned short begun = when_set(p, 0x40000000);

	refuse(p, EPERM);
	end(p, begun);
#endif
}

/* Threads, but no processes.  The flags of clone3 are out of a filter's
 * sight; told that there is none, the C library takes clone. */
static void
check_clone(struct program *p)
{
	unsigned short call, thread;

	refuse_if(p, SYS_clone3, ENOSYS);
	call = when(p, SYS_clone);
	load_argument(p, 0);
	thread = when_set(p, CLONE_THREAD);
	allow(p);
	end(p, thread);
#ifdef SANITIZED
	allow(p);
#else
	refuse(p, EPERM);
#endif
	end(p, call);
}

/* For calls whose first argument must be the process itself. */
static void
check_self(struct program *p, unsigned call)
{
	unsigned short begun = when(p, call);

	load_argument(p, 0);
	allow_if(p, (unsigned)getpid());
	if (call == SYS_prlimit64)
		allow_if(p, 0);
	refuse(p, EPERM);
	end(p, begun);
}

/*
 * The internet, and of netlink what getaddrinfo asks for the addresses of
 * this host.  Local sockets lead to daemons that start programs for whoever
 * connects; the resolver tries some and does without.
 */
static void
check_socket(struct program *p, bool local)
{
	unsigned short call = when(p, SYS_socket), netlink;

	load_argument(p, 0);
	allow_if(p, AF_INET);
	allow_if(p, AF_INET6);
	if (local)
		allow_if(p, AF_UNIX);
	netlink = when(p, AF_NETLINK);
	load_argument(p, 2);
	allow_if(p, NETLINK_ROUTE);
	end(p, netlink);
	refuse(p, EAFNOSUPPORT);
	end(p, call);
}

/* Nothing is typed into the terminal that it was started from. */
static void
check_ioctl(struct program *p)
{
	unsigned short call = when(p, SYS_ioctl);

	load_argument(p, 1);
	refuse_if(p, TIOCSTI, EPERM);
	refuse_if(p, TIOCLINUX, EPERM);
	allow(p);
	end(p, call);
}

bool
seccomp_refuse(bool local_sockets)
{
	struct program p = { .n = 0 };
	struct sock_fprog filter = { .filter = p.v };

	check_architecture(&p);
	check_clone(&p);
	check_self(&p, SYS_kill);
	check_self(&p, SYS_tgkill);
	check_self(&p, SYS_prlimit64);
	check_socket(&p, local_sockets);
	check_ioctl(&p);
	for (size_t i = 0; i < N_REFUSED; i++)
		refuse_if(&p, (unsigned)refused[i], EPERM);
	allow(&p);
	filter.len = p.n;
	/* Kernels before 5.16 slow a process with a filter down, to shield it
	 * from code that it runs for strangers, unless there is the flag, which
	 * those before 4.17 do not know. */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	           SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) == 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

#else

bool
seccomp_refuse(bool local_sockets)
{
	(void)local_sockets;
	errno = ENOSYS;
	return false;
}

#endif
