/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/opts.h"
#include "cli/pins/passphrase.h"
#include <ctwatch/base/limits.h>
#include <ctwatch/base/msg.h>

static int
from_file(const char *file, char *buf, int size)
{
	struct blob text;
	size_t line = 0;
	int got = -1;

	if (!opts_read_secret(file, LIMIT_SMALL_BODY, &text))
		return -1;
	while (line < text.n && text.p[line] != '\n' && text.p[line] != '\r')
		line++;
	if (line <= (size_t)size) {
		memcpy(buf, text.p, line);
		got = (int)line;
	} else
		msg_error("%s: the passphrase is too long", file);
	explicit_bzero(text.p, text.n);
	blob_fini(&text);
	return got;
}

static int
from_terminal(char *buf, int size)
{
	static const char prompt[] = "passphrase of the private key: ";
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), got = 0;
	struct termios old, quiet;
	ssize_t n = 1;
	char c = 0;

	if (fd < 0 || tcgetattr(fd, &old) != 0) {
		msg_error(
		    "the private key is encrypted, but there is no terminal "
		    "for its passphrase: give --passphrase-file FILE");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	quiet = old;
	quiet.c_lflag &= (tcflag_t)~ECHO;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	if (write(fd, prompt, sizeof prompt - 1) < 0)
		got = -1;
	while (
	    got >= 0 && got < size && (n = read(fd, &c, 1)) == 1 && c != '\n')
		buf[got++] = c;
	tcsetattr(fd, TCSAFLUSH, &old);
	n = write(fd, "\n", 1) == 1 ? n : -1;
	close(fd);
	return n < 0 ? -1 : got;
}

int
pins_passphrase_ask(char *buf, int size, int rwflag, void *arg)
{
	(void)rwflag;
	return arg != NULL ? from_file(arg, buf, size)
	                   : from_terminal(buf, size);
}
