/* SPDX-License-Identifier: MIT */
/* Versions of a model, and the devices that have it. */
#ifndef SIT_TASK_BLUEPRINT_H
#define SIT_TASK_BLUEPRINT_H

#include "rec/out.h"
#include "task/entity.h"

extern const struct field blueprint_device_fields[], blueprint_version_fields[];
extern const size_t blueprint_device_count, blueprint_version_count;

/* The model's devices with the version they are on. E_NOTFOUND. */
int blueprint_devices(struct work *w, const char *model, struct out *out, struct err *e);
/* Its versions, newest first. E_NOTFOUND. */
int blueprint_history(struct work *w, const char *model, struct out *out, struct err *e);
/* A target_fn: devices that are behind are brought to the model's newest version; arg: int64_t that their number is added to, or NULL. */
int blueprint_sync(struct work *w, const struct target *t, void *arg, enum did *did, struct err *e);

#endif
