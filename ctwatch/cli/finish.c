/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <ctwatch/base/msg.h>
#include <ctwatch/cli/cli.h>

int
cli_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if ((status & CLI_UNDELIVERED) == 0)
		msg_error("standard output could not be written");
	return status | CLI_UNDELIVERED;
}
