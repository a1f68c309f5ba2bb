/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include <ctwatch/base/mem.h>
#include <ctwatch/store/sqlite_init.h>

/* SQLite's allocator, which can return the size of an allocation. */
static sqlite3_mem_methods own;

static void *
allocate(int n)
{
	void *p = own.xMalloc(n);

	if (p == NULL)
		mem_out();
	return p;
}

static void *
reallocate(void *p, int n)
{
	p = own.xRealloc(p, n);
	if (p == NULL)
		mem_out();
	return p;
}

void
sqlite_init_start(void)
{
	sqlite3_mem_methods m;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &own) != SQLITE_OK)
		return;
	m = own;
	m.xMalloc = allocate;
	m.xRealloc = reallocate;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &m);
}
