/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp: the system calls that sandbox_enter gives up.
 */
#ifndef CTWATCH_BASE_SECCOMP_H
#define CTWATCH_BASE_SECCOMP_H

#include <stdbool.h>

/*
 * Refuse them from now on, in this thread and those it will start; sockets of
 * the family AF_UNIX too unless local_sockets.  False, with errno set, when the
 * kernel does not do it or the architecture is none of those known here.
 */
bool seccomp_refuse(bool local_sockets);

#endif
