/* SPDX-License-Identifier: MIT */
/* Backends that most programs do without. */
#include "db/backend.h"
#include "os/plugin.h"

int db_plugin(const char *name, const struct db_backend **be, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX + 128);

	*be = plugin_symbol(name, DB_PLUGIN_SYMBOL, &path, e);
	if (!*be)
		return err_wrap(e, "stores of this kind");
	if ((*be)->abi != DB_ABI)
		return err_set(e, E_CONFLICT, "%s: belongs to another version of sit", sb_cstr(&path));
	return 0;
}
