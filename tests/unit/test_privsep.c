/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctwatch/base/privsep.h>
#include <ctwatch/base/time.h>

#include "../support/test.h"

static bool
echo(void *arg, struct buf *answer)
{
	const char *word = arg;

	buf_add_text(answer, word);
	return word[0] != 'n';
}

static bool
say_much(void *arg, struct buf *answer)
{
	for (int i = 0; i < 1000; i++)
		buf_add_text(answer, arg);
	return true;
}

static bool
die(void *arg, struct buf *answer)
{
	buf_add_text(answer, arg);
	raise(SIGKILL);
	return true;
}

static bool
hang(void *arg, struct buf *answer)
{
	(void)arg;
	(void)answer;
	sleep(60);
	return true;
}

static bool
survive(void *arg, struct buf *answer)
{
	(void)arg;
	raise(SIGTERM);
	raise(SIGINT);
	raise(SIGHUP);
	return buf_add_text(answer, "alive");
}

static void
start(struct privsep *a, bool (*work)(void *arg, struct buf *answer), char *arg)
{
	struct buf error;

	buf_init(&error, 1000);
	CHECK(privsep_start(a, 1 << 20, work, arg, &error));
	buf_fini(&error);
}

static void
answers(bool (*work)(void *arg, struct buf *answer), const char *arg,
    size_t max, int64_t limit, bool want, const char *text)
{
	char *word = mem_strdup(arg);
	struct privsep a;
	struct buf answer;

	start(&a, work, word);
	buf_init(&answer, max);
	buf_add_text(&answer, "before");
	CHECK(privsep_call(&a, limit, &answer) == want);
	CHECK(strcmp(buf_text(&answer), text) == 0);
	privsep_fini(&a);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0);
	buf_fini(&answer);
	free(word);
}

static void
returns_the_answer(void)
{
	answers(echo, "yes", 1000, 0, true, "yes");
	answers(echo, "no", 1000, 5000, false, "no");
	answers(echo, "", 1000, 0, true, "");
	answers(survive, "", 1000, 0, true, "alive");
}

static void
returns_long_answers_whole(void)
{
	struct privsep a;
	struct buf answer;
	char word[] = "0123456789abcdef";

	start(&a, say_much, word);
	buf_init(&answer, 1 << 20);
	CHECK(privsep_call(&a, 0, &answer) && answer.n == 16000);
	buf_fini(&answer);
}

static void
reports_why_there_is_no_answer(void)
{
	int64_t began = time_mono();

	answers(die, "half an answer", 1000, 0, false,
	    "the process was ended by signal 9");
	answers(hang, "", 1000, 100, false, "the process did not end");
	CHECK(time_mono() - began >= 100 && time_mono() - began < TEST_SOON);
}

/* More than the limit, which a process in a sandbox could send. */
static void
takes_no_more_than_fits(void)
{
	answers(say_much, "0123456789abcdef", 15999, 0, false,
	    "the process did not end");
}

static void
ends_unasked(void)
{
	struct privsep a, none = { .pid = 0 };
	char word[] = "yes";

	start(&a, echo, word);
	privsep_fini(&a);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0);
	privsep_fini(&none);
}

/* It is not left behind by one that was killed. */
static void
the_helper_ends_with_its_parent(void)
{
	struct privsep a;
	pid_t outer, inner = 0;
	int fds[2];

	CHECK(pipe(fds) == 0 && (outer = fork()) >= 0);
	if (outer == 0) {
		start(&a, hang, NULL);
		/* Asked, so that only the end of this process can end it. */
		CHECK(write(a.fd, "!", 1) == 1);
		CHECK(write(fds[1], &a.pid, sizeof a.pid) == sizeof a.pid);
		for (;;)
			pause();
	}
	close(fds[1]);
	CHECK(read(fds[0], &inner, sizeof inner) == sizeof inner);
	usleep(20000);
	kill(outer, SIGKILL);
	CHECK(waitpid(outer, NULL, 0) == outer);
	/* Both hold the pipe: at its end both are gone. */
	CHECK(read(fds[0], &inner, 1) == 0);
	close(fds[0]);
}

int
main(void)
{
	returns_the_answer();
	returns_long_answers_whole();
	reports_why_there_is_no_answer();
	takes_no_more_than_fits();
	ends_unasked();
	the_helper_ends_with_its_parent();
	return 0;
}
