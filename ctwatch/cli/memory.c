/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include <jansson.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/cli/cli.h>
#include <ctwatch/store/libsqlite.h>
#include <ctwatch/wire/libcrypto.h>

void
cli_memory(void)
{
	json_set_alloc_funcs(mem_malloc, free);
	libcrypto_start();
	libsqlite_start();
}
