/* SPDX-License-Identifier: Apache-2.0 */
#include <ctwatch/base/limits.h>
#include <ctwatch/notify/mail_address.h>

bool
mail_address_is_valid(struct bytes s)
{
	if (s.n == 0 || s.p[0] == '-' || s.n > LIMIT_ADDRESS)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ',')
			return false;
	return true;
}
