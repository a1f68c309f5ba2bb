/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: HTTP on loopback for a site.
 */
#ifndef LOGD_SERVER_H
#define LOGD_SERVER_H

#include "options.h"

struct MHD_Daemon;

/*
 * A socket bound to *port of 127.0.0.1, or to a free one that is then put
 * there; -1 after a message.  No client can connect before server_start.
 */
int server_bind(uint64_t *port);

/* Begin to serve s on fd, in threads; NULL after a message. */
struct MHD_Daemon *server_start(
    struct site *s, const struct options *o, int fd);

/* End it, answers that still wait included. */
void server_stop(struct MHD_Daemon *d);

#endif
