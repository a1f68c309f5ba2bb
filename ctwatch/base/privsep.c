/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctwatch/base/privsep.h>
#include <ctwatch/base/time.h>

static bool
write_all(int fd, struct bytes in)
{
	while (in.n > 0) {
		ssize_t n = send(fd, in.p, in.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		in.p += n;
		in.n -= (size_t)n;
	}
	return true;
}

/* Run in the other process.  It ends with _exit, since the exit handlers belong
 * to the first process. */
static _Noreturn void
live(int fd, pid_t parent, size_t max,
    bool (*work)(void *arg, struct buf *answer), void *arg)
{
	struct buf answer;
	char go;
	bool ok;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (getppid() != parent || recv(fd, &go, 1, 0) != 1)
		_exit(1);
	buf_init(&answer, max);
	ok = work(arg, &answer);
	_exit(write_all(fd, buf_view(&answer)) && ok ? 0 : 1);
}

bool
privsep_start(struct privsep *a, size_t max,
    bool (*work)(void *arg, struct buf *answer), void *arg, struct buf *error)
{
	pid_t self = getpid(), pid;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
		buf_add_text(error, strerror(errno));
		return false;
	}
	pid = fork();
	if (pid < 0) {
		buf_add_text(error, strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return false;
	}
	if (pid == 0) {
		close(fds[0]);
		live(fds[1], self, max, work, arg);
	}
	close(fds[1]);
	*a = (struct privsep){ pid, fds[0] };
	return true;
}

/* Read the whole answer; false after the time limit. */
static bool
take_answer(int fd, int64_t until, struct buf *answer)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t chunk[4096];

	for (;;) {
		int64_t left = until == 0 ? -1 : until - time_mono();
		ssize_t n;

		if (until != 0 && left <= 0)
			return false;
		/* poll takes an int: repeat it until the limit. */
		if (poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX) <= 0)
			continue;
		n = recv(fd, chunk, sizeof chunk, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		if (!buf_add(answer, (struct bytes){ chunk, (size_t)n }))
			return false;
	}
}

bool
privsep_call(struct privsep *a, int64_t limit, struct buf *answer)
{
	int64_t until = limit > 0 ? time_mono() + limit : 0;
	bool whole;
	int status;

	buf_clear(answer);
	whole = write_all(a->fd, bytes_of("!")) &&
	    take_answer(a->fd, until, answer);
	/* A sandboxed process cannot kill.  It has no limit, and the other
	 * process ends when it writes to the closed socket. */
	if (!whole)
		kill(a->pid, SIGKILL);
	close(a->fd);
	while (waitpid(a->pid, &status, 0) < 0 && errno == EINTR)
		;
	a->pid = 0;
	if (whole && WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	buf_clear(answer);
	if (WIFSIGNALED(status) && whole)
		buf_printf(answer, "the process was ended by signal %d",
		    WTERMSIG(status));
	else
		buf_add_text(answer, "the process did not end");
	return false;
}

void
privsep_fini(struct privsep *a)
{
	int status;

	if (a->pid == 0)
		return;
	close(a->fd);
	while (waitpid(a->pid, &status, 0) < 0 && errno == EINTR)
		;
	a->pid = 0;
}
