/* SPDX-License-Identifier: MIT */
/* Backends that most programs do without: each is a library of its own, with what it links. */
#include "db/backend.h"

#include <dlfcn.h>

static void *load(const char *folder, const char *tail, struct sb *path)
{
	sb_clear(path);
	if (sb_addf(path, "%s%s", folder, tail) < 0)
		return NULL;
	return access(sb_cstr(path), R_OK) == 0 ? dlopen(sb_cstr(path), RTLD_NOW | RTLD_LOCAL) : NULL;
}

/* Where programs are in PREFIX/bin (or build/bin) libraries are in PREFIX/lib/sit; never where an environment variable says. */
static void *find(const char *name, struct sb *path)
{
	char self[PATH_MAX], tail[64], below[80];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *lib = NULL;

	(void)snprintf(tail, sizeof(tail), "/sit-%s.so", name);
	(void)snprintf(below, sizeof(below), "/../lib/sit%s", tail);
	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		lib = load(self, below, path);
		if (!lib)
			lib = load(self, tail, path);
	}
	return lib ? lib : load(SIT_PREFIX "/lib/sit", tail, path);
}

int db_plugin(const char *name, const struct db_backend **be, struct err *e)
{
	AUTO(sb_done) struct sb path = SB_INIT(PATH_MAX + 128);
	void *lib = find(name, &path);
	const char *why = lib ? NULL : dlerror();

	if (!lib)
		return err_set(e, E_CONFLICT, "the library for stores of this kind, sit-%s.so, is not installed%s%s", name, why ? ": " : "",
			       why ? why : "");
	*be = dlsym(lib, DB_PLUGIN_SYMBOL);
	if (!*be || (*be)->abi != DB_ABI)
		return err_set(e, E_CONFLICT, "%s: belongs to another version of sit", sb_cstr(&path));
	return 0;
}
