/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "notify/subprocess.h"
#include <ctwatch/base/escape.h>
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

/* Delay between SIGTERM and SIGKILL, and for the last output after the end of
 * the program. */
#define GRACE  (2 * TIME_SECOND)
#define LINGER (TIME_SECOND / 2)

/* The interval of checks whether the program has ended, in ms. */
#define TICK 20

/* Characters of its output that an error message quotes. */
#define QUOTED 300

struct running {
	pid_t pid;
	int out;         /* its standard output and error; -1 at the end */
	struct buf said; /* the beginning of it */
	int status;      /* of waitpid, once reaped */
	bool ended, late;
};

/* Write the input to a file without a name: a program that does not read it
 * blocks nothing, and a program can open /dev/stdin. */
static int
input_file(struct bytes in)
{
	int fd = memfd_create("ctwatch", MFD_CLOEXEC);

	while (fd >= 0 && in.n > 0) {
		ssize_t n = write(fd, in.p, in.n);

		if (n < 0) {
			close(fd);
			return -1;
		}
		in.p += n;
		in.n -= (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static int
spawn(const struct subprocess *c, int in, int out, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
	        POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	error = posix_spawn(pid, c->argv[0], &files, &attr, c->argv, c->envp);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* Read output; at its end close r->out. */
static void
take_output(struct running *r)
{
	uint8_t chunk[32768];
	ssize_t n = read(r->out, chunk, sizeof chunk);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		close(r->out);
		r->out = -1;
		return;
	}
	if ((size_t)n > r->said.max - r->said.n)
		n = (ssize_t)(r->said.max - r->said.n);
	buf_add(&r->said, (struct bytes){ chunk, (size_t)n });
}

/* Leave the process unreaped, so that the number of its group is not reused. */
static bool
has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	    0 &&
	    info.si_pid == pid;
}

/* Wait for the end of the program and of its output, at most until then. */
static void
wait_for_readers(struct running *r, int64_t until)
{
	struct pollfd p = { .fd = r->out, .events = POLLIN };

	while (time_mono() < until && (!r->ended || r->out >= 0)) {
		p.fd = r->out;
		if (poll(&p, 1, TICK) > 0)
			take_output(r);
		if (!r->ended && has_ended(r->pid)) {
			r->ended = true;
			/* A child of the program may keep the output open. */
			if (until > time_mono() + LINGER)
				until = time_mono() + LINGER;
		}
	}
}

static void
finish(struct running *r)
{
	if (!r->ended) {
		r->late = true;
		kill(-r->pid, SIGTERM);
		wait_for_readers(r, time_mono() + GRACE);
	}
	kill(-r->pid, SIGKILL); /* also its children */
	while (waitpid(r->pid, &r->status, 0) < 0 && errno == EINTR)
		;
	if (r->out >= 0)
		close(r->out);
}

/* Append the output of a program in one line. */
static void
quote(struct bytes said, struct buf *error)
{
	struct buf line;

	buf_init(&line, LIMIT_CHILD_OUTPUT);
	for (size_t i = 0; i < said.n; i++)
		if (!isspace(said.p[i])) {
			if (i > 0 && line.n > 0 && isspace(said.p[i - 1]))
				buf_add_byte(&line, ' ');
			buf_add_byte(&line, said.p[i]);
		}
	if (line.n > 0)
		buf_add_text(error, ": ");
	escape_line(error, buf_view(&line), QUOTED);
	buf_fini(&line);
}

static bool
judge(const struct running *r, int64_t limit, struct buf *error)
{
	if (!r->late && WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0)
		return true;
	if (r->late)
		buf_printf(error, "did not end within %" PRId64 " s",
		    limit / TIME_SECOND);
	else if (WIFEXITED(r->status))
		buf_printf(error, "exit status %d", WEXITSTATUS(r->status));
	else
		buf_printf(error, "ended by signal %d", WTERMSIG(r->status));
	quote(buf_view(&r->said), error);
	return false;
}

bool
subprocess_run(const struct subprocess *c, struct buf *error)
{
	struct running r = { .out = -1 };
	int in = input_file(c->input), pipe_fd[2], why;
	bool ok = false;

	if (in < 0 || pipe2(pipe_fd, O_CLOEXEC) != 0) {
		buf_add_text(error, strerror(errno));
		if (in >= 0)
			close(in);
		return false;
	}
	why = spawn(c, in, pipe_fd[1], &r.pid);
	close(in);
	close(pipe_fd[1]);
	r.out = pipe_fd[0];
	buf_init(&r.said, LIMIT_CHILD_OUTPUT);
	if (why != 0) {
		buf_printf(error, "cannot start: %s", strerror(why));
		close(r.out);
	} else {
		wait_for_readers(&r, time_mono() + c->time_limit);
		finish(&r);
		ok = judge(&r, c->time_limit, error);
	}
	buf_fini(&r.said);
	return ok;
}
