/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "notify/subprocess.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/time.h>

#include "../support/test.h"

/* Run a shell script; the error, which the caller frees, "" if it was well. */
static char *
run(const char *script, struct bytes input, int64_t limit)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script,
		NULL };
	char *envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"A=b", NULL };
	struct buf error;
	bool ok;

	buf_init(&error, 10000);
	ok = subprocess_run(&(struct subprocess){ .argv = argv,
	                        .envp = envp,
	                        .input = input,
	                        .time_limit = limit },
	    &error);
	CHECK(ok == (error.n == 0));
	return buf_detach(&error);
}

static void
says(const char *script, const char *want)
{
	char *error = run(script, bytes_of("in"), 5 * TIME_SECOND);

	if (strcmp(error, want) != 0)
		fprintf(stderr, "%s: %s\n", script, error);
	CHECK(strcmp(error, want) == 0);
	free(error);
}

static void
passes_input_and_environment_and_nothing_else(void)
{
	says("test \"$(cat)\" = in", "");
	says("test \"$(cat /dev/stdin)\" = in", "");
	says("test \"$A\" = b && test -z \"$HOME\"", "");
	says("test \"$(ls /proc/self/fd | wc -l)\" -le 4", "");
}

static void
reports_how_a_program_ended(void)
{
	says("exit 3", "exit status 3");
	says("echo no >&2; exit 75", "exit status 75: no");
	says("printf '\\n one\\r\\n\\n two\\t\\n'; exit 1",
	    "exit status 1: one two");
	says("echo; exit 1", "exit status 1");
	says("printf '\\033[2J'; exit 1", "exit status 1: \\x1b[2J");
	says("kill -11 $$", "ended by signal 11");
}

static void
reports_a_program_that_cannot_start(void)
{
	char *argv[] = { (char *)"/nowhere/at/all", NULL };
	struct buf error;

	buf_init(&error, 1000);
	CHECK(!subprocess_run(
	    &(struct subprocess){
	        .argv = argv, .envp = argv + 1, .time_limit = TIME_SECOND },
	    &error));
	CHECK(strstr(buf_text(&error), "No such file") != NULL);
	buf_fini(&error);
}

/* Input that is not read, and output that is more than is kept. */
static void
does_not_block(void)
{
	struct bytes big = { mem_alloc(1 << 20, 1), 1 << 20 };
	char *error = run("exit 0", big, 5 * TIME_SECOND);

	CHECK(*error == '\0');
	free(error);
	free((void *)big.p);
	says("head -c 20000000 /dev/zero", "");
	error = run("head -c 17000 /dev/zero | tr '\\0' x; exit 1",
	    bytes_of(""), 5 * TIME_SECOND);
	CHECK(strlen(error) < 400);
	free(error);
}

static void
ends_in_time(const char *script, int64_t least)
{
	int64_t began = time_mono(), took;
	char *error = run(script, bytes_of(""), 200);

	took = time_mono() - began;
	CHECK(strncmp(error, "did not end within", 18) == 0);
	CHECK(took >= least && took < TEST_SOON);
	free(error);
}

static void
kills_a_program_at_its_time_limit(void)
{
	ends_in_time("sleep 60", 200);
	ends_in_time("sleep 60 & sleep 60", 200);
	ends_in_time("trap '' TERM; while :; do sleep 0.1; done", 2000);
}

/* What it leaves in its group is ended with it, though it holds the output. */
static void
ends_every_process_of_the_program(void)
{
	int64_t began = time_mono();
	char pid[32] = "", path[] = "/tmp/ctwatch-test-child-XXXXXX", *script;
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	script = mem_printf("sleep 60 & echo $! >%s", path);
	says(script, "");
	CHECK(time_mono() - began < TEST_SOON);
	CHECK(read(fd, pid, sizeof pid - 1) > 0);
	/* It is dead, perhaps not yet collected by init. */
	for (int i = 0; i < 100; i++) {
		char state[64] = "", *stat;
		FILE *f;

		stat = mem_printf("/proc/%ld/stat", strtol(pid, NULL, 10));
		f = fopen(stat, "r");
		free(stat);
		if (f == NULL)
			break;
		CHECK(fscanf(f, "%*d %*s %63s", state) <= 1);
		fclose(f);
		if (*state == 'Z' || *state == 'X')
			break;
		CHECK(i < 99);
		usleep(10000);
	}
	close(fd);
	unlink(path);
	free(script);
}

int
main(void)
{
	passes_input_and_environment_and_nothing_else();
	reports_how_a_program_ended();
	reports_a_program_that_cannot_start();
	does_not_block();
	kills_a_program_at_its_time_limit();
	ends_every_process_of_the_program();
	return 0;
}
