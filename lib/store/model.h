/* SPDX-License-Identifier: MIT */
/* Versions of models, and what devices and assets take over from products, models and assets. Inside db_write(), but for reading. */
#ifndef SIT_STORE_MODEL_H
#define SIT_STORE_MODEL_H

#include "db/db.h"

/* Before db_write(). */
int model_ready(struct db *db, struct err *e);
/* The hash of the living model's text is appended to hash: 1, 0 when there is no such model, -1. */
int model_hash(struct db *db, int64_t id, struct sb *hash, struct err *e);
/* A new version with this text; devices follow where the model propagates. */
int model_bump(struct db *db, int64_t id, int64_t now, struct str hash, struct str text, struct err *e);
/* The device is on its model's newest version. */
int model_bring(struct db *db, int64_t device, struct err *e);
/* Bring the model's devices that are behind; *n of them. */
int model_sync(struct db *db, int64_t id, int64_t *n, struct err *e);
/* Versions from the newest on: fn gets each with how many living devices are on it; -1 stops. */
struct model_version {
	int64_t version, at, devices;
	struct str hash, text;
};
int model_history(struct db *db, int64_t id, int (*fn)(const struct model_version *v, void *arg, struct err *e), void *arg, struct err *e);
/* Name of the product's model appended, nothing when it has none. */
int product_model(struct db *db, int64_t product, struct sb *name, struct err *e);
/* The product's devices get its model. */
int product_propagate(struct db *db, int64_t product, struct err *e);
/* Name of the asset's site appended. */
int asset_site(struct db *db, int64_t asset, struct sb *name, struct err *e);
/* All assets below get the asset's site. */
int asset_move(struct db *db, int64_t asset, struct err *e);
/* The policies that every organisation begins with, for those made since then that have none; on an unscoped connection. */
int policy_ship(struct db *db, int64_t since, struct err *e);

#endif
