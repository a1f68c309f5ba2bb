/* SPDX-License-Identifier: Apache-2.0 */
/* Try everything twice, each time in a separate process: without the sandbox,
 * which shows that it works on this machine, and in the sandbox. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctwatch/base/sandbox.h>

#include "../support/test.h"
#include "../support/tmpdir.h"

/* LeakSanitizer has to make a process that traces this one. */
#define LEFT_TO_ASAN EPERM
#if defined(__SANITIZE_ADDRESS__)
#undef LEFT_TO_ASAN
#define LEFT_TO_ASAN 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#undef LEFT_TO_ASAN
#define LEFT_TO_ASAN 0
#endif
#endif

/* The working directory has these: a folder that may be written, one that
 * may be read, one that may not, and a listening port. */
static const struct sandbox_path paths[] = {
	{ "state", true },
	{ "lists", false },
	{ "not/there", true },
};
static uint16_t port;

/* ---- what is tried: 0 or errno ---- */

static int
open_as(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? errno : (close(fd), 0);
}

static int
result(long r)
{
	return r < 0 ? errno : 0;
}

static int
read_elsewhere(void)
{
	return open_as("home/secret", O_RDONLY);
}

static int
list_elsewhere(void)
{
	return open_as("home", O_RDONLY | O_DIRECTORY);
}

static int
write_elsewhere(void)
{
	return open_as("home/secret", O_WRONLY);
}

static int
write_what_is_read(void)
{
	return open_as("lists/list", O_WRONLY);
}

static int
make_elsewhere(void)
{
	return open_as("lists/new", O_WRONLY | O_CREAT);
}

static int
remove_elsewhere(void)
{
	return result(unlink("home/another"));
}

static int
move_out(void)
{
	return result(rename("state/out", "home/out"));
}

static int
cut_elsewhere(void)
{
	return result(truncate("home/secret", 1));
}

static int
link_a_name(void)
{
	return result(symlink("/etc", "state/etc"));
}

static int
start_program(void)
{
	return result(execl("/bin/true", "true", (char *)NULL));
}

static int
start_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : result(waitpid(pid, NULL, 0));
}

static int
trace(void)
{
	return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
read_memory(void)
{
	char from = 1, to;
	struct iovec here = { &to, 1 }, there = { &from, 1 };

	return result(process_vm_readv(getpid(), &here, 1, &there, 1, 0));
}

static int
signal_another(void)
{
	return result(kill(getppid(), 0));
}

static int
limit_another(void)
{
	struct rlimit r;

	return result(prlimit(getppid(), RLIMIT_NOFILE, NULL, &r));
}

static int
change_mode(void)
{
	return result(fchmod(STDIN_FILENO, 0600));
}

static int
change_owner(void)
{
	return result(fchown(STDIN_FILENO, (uid_t)-1, (gid_t)-1));
}

static int
leave_namespace(void)
{
	return result(unshare(CLONE_FS));
}

static int
change_personality(void)
{
	return result(personality(0xffffffff));
}

static int
open_local_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* The kernel ignores the high half of the family. */
static int
open_disguised_socket(void)
{
	return result(
	    syscall(SYS_socket, 1L << 32 | AF_UNIX, (long)SOCK_STREAM, 0L));
}

static int
read_netlink(void)
{
	return result(socket(AF_NETLINK, SOCK_RAW, 15 /* uevents */));
}

static int
hear_callers(void)
{
	return result(listen(socket(AF_INET, SOCK_STREAM, 0), 1));
}

static int
type_into_terminal(void)
{
	return result(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

#ifdef __x86_64__
/* A call of x32, which most kernels lack. */
static int
call_otherwise(void)
{
	return result(syscall(0x40000000 | SYS_getpid)) == 0 ? ENOSYS : errno;
}
#endif

static int
keep_state(void)
{
	int fd = open("state/new", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, "state", 5) != 5 || ftruncate(fd, 2) != 0 ||
	    fsync(fd) != 0 || close(fd) != 0 || truncate("state/new", 1) != 0 ||
	    rename("state/new", "state/old") != 0 || unlink("state/old") != 0 ||
	    mkdir("state/lists", 0700) != 0 ||
	    open_as("state/lists/a", O_RDWR | O_CREAT) != 0 ||
	    unlink("state/lists/a") != 0 || rmdir("state/lists") != 0)
		return errno;
	return open_as("state", O_RDONLY | O_DIRECTORY);
}

static int
read_what_is_allowed(void)
{
	return open_as("lists/list", O_RDONLY) |
	    open_as("/etc/passwd", O_RDONLY) |
	    open_as("/dev/urandom", O_RDONLY) | open_as("/dev/null", O_RDWR);
}

static int
use_what_is_open(void)
{
	char c;

	/* The first descriptor of the test: see main. */
	return result(pread(3, &c, 1, 0));
}

static int
call_up(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = port };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return result(connect(fd, (struct sockaddr *)&a, sizeof a));
}

static int
find_address(void)
{
	struct addrinfo *list,
	    how = { .ai_flags = AI_ADDRCONFIG, .ai_socktype = SOCK_STREAM };

	if (getaddrinfo("localhost", "443", &how, &list) != 0)
		return EHOSTUNREACH;
	freeaddrinfo(list);
	return 0;
}

static void *
do_nothing(void *arg)
{
	return arg;
}

static int
start_thread(void)
{
	pthread_t id;
	int e = pthread_create(&id, NULL, do_nothing, NULL);

	return e != 0 ? e : pthread_join(id, NULL);
}

static int
signal_itself(void)
{
	signal(SIGUSR1, SIG_IGN);
	return result(kill(getpid(), SIGUSR1)) | raise(SIGUSR1);
}

/* What each comes to without the sandbox and in the sandbox, and the version of
 * Landlock it takes for that, -1 for a filter. */
static const struct {
	const char *name;
	int (*try)(void);
	int free, confined, takes;
} attempts[] = {
	{ "read elsewhere", read_elsewhere, 0, EACCES, 1 },
	{ "list elsewhere", list_elsewhere, 0, EACCES, 1 },
	{ "write elsewhere", write_elsewhere, 0, EACCES, 1 },
	{ "write what is read", write_what_is_read, 0, EACCES, 1 },
	{ "make elsewhere", make_elsewhere, 0, EACCES, 1 },
	{ "remove elsewhere", remove_elsewhere, 0, EACCES, 1 },
	{ "move out", move_out, 0, EACCES, 1 },
	{ "cut elsewhere", cut_elsewhere, 0, EACCES, 3 },
	{ "link a name", link_a_name, 0, EACCES, 1 },
	{ "start a program", start_program, 0, EPERM, -1 },
	{ "start a process", start_process, 0, LEFT_TO_ASAN, -1 },
	{ "trace", trace, 0, LEFT_TO_ASAN, -1 },
	{ "read memory", read_memory, 0, EPERM, -1 },
	{ "signal another", signal_another, 0, EPERM, -1 },
	{ "limit another", limit_another, 0, EPERM, -1 },
	{ "change a mode", change_mode, 0, EPERM, -1 },
	{ "change an owner", change_owner, 0, EPERM, -1 },
	{ "leave a namespace", leave_namespace, 0, EPERM, -1 },
	{ "change personality", change_personality, 0, EPERM, -1 },
	{ "local socket", open_local_socket, 0, EAFNOSUPPORT, -1 },
#if __SIZEOF_LONG__ == 8
	{ "disguised socket", open_disguised_socket, 0, EAFNOSUPPORT, -1 },
#endif
	{ "hear the kernel", read_netlink, 0, EAFNOSUPPORT, -1 },
	{ "hear callers", hear_callers, 0, EPERM, -1 },
	{ "type", type_into_terminal, ENOTTY, EPERM, -1 },
#ifdef __x86_64__
	{ "call otherwise", call_otherwise, ENOSYS, EPERM, -1 },
#endif
	{ "keep state", keep_state, 0, 0, 0 },
	{ "read what is allowed", read_what_is_allowed, 0, 0, 0 },
	{ "use what is open", use_what_is_open, 0, 0, 0 },
	{ "call up", call_up, 0, 0, 0 },
	{ "find an address", find_address, 0, 0, 0 },
	{ "start a thread", start_thread, 0, 0, 0 },
	{ "signal itself", signal_itself, 0, 0, 0 },
};

/* What try comes to in a process of its own. */
static int
outcome(int (*try)(void), const struct sandbox *s)
{
	pid_t pid = fork();
	struct buf holds;
	int status;

	CHECK(pid >= 0);
	if (pid == 0) {
		buf_init(&holds, 4096);
		if (s != NULL)
			sandbox_enter(s, &holds);
		_exit(try());
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A system without /etc/hosts does not resolve localhost. */
static bool
resolves_localhost(void)
{
	return outcome(find_address, NULL) == 0;
}

/* ---- claims ---- */

static const struct sandbox confined = { paths, sizeof paths / sizeof paths[0],
	false };

static bool
make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	return fd >= 0 && write(fd, "file", 4) == 4 && close(fd) == 0;
}

static void
keeps_what_is_needed_and_no_more(long landlock, bool filters)
{
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
		int takes = attempts[i].takes, free, bound, want;

		if (attempts[i].try == find_address && !resolves_localhost()) {
			fprintf(stderr, "%s: not tested\n", attempts[i].name);
			continue;
		}
		CHECK(make_file("home/secret") && make_file("home/another") &&
		    make_file("state/out") && make_file("lists/list"));
		free = outcome(attempts[i].try, NULL);
		CHECK(make_file("home/another") && make_file("state/out"));
		unlink("state/etc");
		bound = outcome(attempts[i].try, &confined);
		want = takes < 0
		    ? (filters ? attempts[i].confined : attempts[i].free)
		    : takes <= landlock ? attempts[i].confined
		                        : attempts[i].free;
		if (free != attempts[i].free || bound != want)
			fprintf(stderr, "%s: %s, confined: %s\n",
			    attempts[i].name, strerror(free), strerror(bound));
		CHECK(free == attempts[i].free);
		CHECK(bound == want);
	}
}

static void
allows_local_sockets_if_asked(void)
{
	const struct sandbox local = { .local_sockets = true };

	CHECK(outcome(open_local_socket, &local) == 0);
	CHECK(outcome(call_up, &local) == 0);
	CHECK(!resolves_localhost() || outcome(find_address, &local) == 0);
}

/* The number after name in /proc/self/status, in hexadecimal. */
static unsigned long
status_of(const char *name)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	unsigned long value = 99;

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoul(line + strlen(name), NULL, 16);
	if (f != NULL)
		fclose(f);
	return value;
}

static int
look_at_itself(void)
{
	struct rlimit core, files;

	CHECK(status_of("NoNewPrivs:") == 1);
	/* CAP_CHOWN and CAP_DAC_OVERRIDE */
	CHECK((status_of("CapEff:") & ~3ul) == 0);
	CHECK((status_of("CapPrm:") & ~3ul) == 0);
	CHECK(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0);
	CHECK(files.rlim_max == files.rlim_cur && files.rlim_cur <= 4096);
	return (int)status_of("Seccomp:");
}

static void
shows_in_its_status(bool filters)
{
	CHECK(outcome(look_at_itself, &confined) == (filters ? 2 : 0));
}

/* What sandbox_enter says, as its own process heard it. */
static void
says_what_holds(long landlock, bool filters)
{
	int fds[2], status;
	struct buf holds;
	char said[4096] = "", want[64];
	pid_t pid;

	CHECK(pipe(fds) == 0 && (pid = fork()) >= 0);
	if (pid == 0) {
		buf_init(&holds, sizeof said - 1);
		sandbox_enter(&confined, &holds);
		_exit(write(fds[1], holds.p, holds.n) == (ssize_t)holds.n ? 0
		                                                          : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(read(fds[0], said, sizeof said - 1) > 0);
	snprintf(want, sizeof want,
	    landlock > 0 ? ", Landlock %ld" : ", not Landlock (", landlock);
	CHECK(strstr(said, "no new privileges, few capabilities, limits, ") ==
	    said);
	CHECK(strstr(said, want) != NULL);
	CHECK(strstr(said, filters ? ", seccomp" : ", not seccomp (") != NULL);
	close(fds[0]);
	close(fds[1]);
}

static void
listen_on_loopback(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(fd, (struct sockaddr *)&a, len) == 0);
	CHECK(listen(fd, 64) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
	port = a.sin_port;
}

int
main(void)
{
	char *dir = tmpdir_new();
	/* The kernel's own answers; 444 is landlock_create_ruleset. */
	long landlock = syscall(444, NULL, 0, 1);
	bool filters = prctl(PR_GET_SECCOMP) == 0;

	CHECK(chdir(dir) == 0);
	CHECK(mkdir("state", 0700) == 0 && mkdir("lists", 0700) == 0 &&
	    mkdir("home", 0700) == 0);
	CHECK(make_file("home/open"));
	CHECK(dup2(open("home/open", O_RDONLY | O_CLOEXEC), 3) == 3);
	CHECK(dup2(open("/dev/null", O_RDONLY), STDIN_FILENO) == STDIN_FILENO);
	listen_on_loopback();
	if (landlock < 0)
		landlock = 0;
	keeps_what_is_needed_and_no_more(landlock, filters);
	allows_local_sockets_if_asked();
	shows_in_its_status(filters);
	says_what_holds(landlock, filters);
	CHECK(chdir("/") == 0);
	tmpdir_remove(dir);
	return 0;
}
