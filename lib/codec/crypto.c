/* SPDX-License-Identifier: MIT */
#include "codec/crypto.h"

#include <dlfcn.h>

void *crypto_load(const char *const *name, size_t n, void *calls)
{
	void *lib = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
	char *at = calls;

	/* POSIX promises that a function's address fits; C has no cast for it. */
	for (size_t i = 0; lib && i < n; i++) {
		void *found = dlsym(lib, name[i]);

		if (!found) {
			crypto_unload(lib);
			return NULL;
		}
		memcpy(at + i * sizeof(found), &found, sizeof(found));
	}
	return lib;
}

void crypto_unload(void *lib)
{
	if (lib)
		(void)dlclose(lib);
}
