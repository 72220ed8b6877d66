/* SPDX-License-Identifier: MIT */
#include "os/plugin.h"

#include <dlfcn.h>

static void *load(const char *folder, const char *tail, struct sb *path)
{
	sb_clear(path);
	if (sb_addf(path, "%s%s", folder, tail) < 0)
		return NULL;
	return access(sb_cstr(path), R_OK) == 0 ? dlopen(sb_cstr(path), RTLD_NOW | RTLD_LOCAL) : NULL;
}

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

const void *plugin_symbol(const char *name, const char *symbol, struct sb *path, struct err *e)
{
	void *lib = find(name, path), *found;
	const char *why = lib ? NULL : dlerror();

	if (!lib) {
		err_set(e, E_CONFLICT, "the library sit-%s.so is not installed%s%s", name, why ? ": " : "", why ? why : "");
		return NULL;
	}
	found = dlsym(lib, symbol);
	if (!found)
		err_set(e, E_CONFLICT, "%s: belongs to another version of sit", sb_cstr(path));
	return found;
}
