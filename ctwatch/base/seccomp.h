/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp: the system calls that sandbox_enter refuses.
 */
#ifndef CTWATCH_BASE_SECCOMP_H
#define CTWATCH_BASE_SECCOMP_H

#include <stdbool.h>

/*
 * Refuse these calls from now on, in this thread and in the threads that it
 * starts; also sockets of the family AF_UNIX unless local_sockets.  The name
 * begins with base_ because those of libseccomp begin with seccomp_.
 * False with errno set when the kernel or libseccomp cannot do it.
 */
bool base_seccomp_refuse(bool local_sockets);

#endif
