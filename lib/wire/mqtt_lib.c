/* SPDX-License-Identifier: MIT */
#include "wire/mqtt_lib.h"

#include <dlfcn.h>

#define NAME(name) #name,

static const char *const names[] = { MQTT_CALLS(NAME) };

int mqtt_lib_load(struct mqtt_lib *lib, struct err *e)
{
	char *at = (char *)lib + offsetof(struct mqtt_lib, mosquitto_lib_version);

	lib->handle = dlopen("libmosquitto.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!lib->handle)
		return err_set(e, E_CONFLICT, "MQTT needs libmosquitto (Debian: libmosquitto1): %s", dlerror());
	/* POSIX promises that a function's address fits; C has no cast for it. Those of OpenSSL are found in what it links. */
	for (size_t i = 0; i < COUNT(names); i++) {
		void *found = dlsym(lib->handle, names[i]);

		if (!found) {
			(void)dlclose(lib->handle);
			lib->handle = NULL;
			return err_set(e, E_CONFLICT, "libmosquitto.so.1 has no %s: version 2.0 with TLS is needed", names[i]);
		}
		memcpy(at + i * sizeof(found), &found, sizeof(found));
	}
	if (lib->mosquitto_lib_init() == MOSQ_ERR_SUCCESS)
		return 0;
	(void)dlclose(lib->handle);
	lib->handle = NULL;
	return err_set(e, E_IO, "libmosquitto does not start");
}

void mqtt_lib_drop(struct mqtt_lib *lib)
{
	if (!lib->handle)
		return;
	(void)lib->mosquitto_lib_cleanup();
	(void)dlclose(lib->handle);
	lib->handle = NULL;
}
