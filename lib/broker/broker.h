/* SPDX-License-Identifier: MIT */
/*
 * A mosquitto 2.0 that lets in whom the store says, and no one else. Everything lies in one folder, which only its user can read:
 *
 *	mosquitto.conf	written once; may be edited, broker_check() tells what is unsafe
 *	passwd, acl	made of the store by broker_sync()
 *	services/	a file for each program that reads or commands all devices, NAME.ingest or NAME.command, with its password
 *	probe		password of the users by which each sync proves itself
 *	data/		what the broker keeps: sessions, queued and retained messages
 */
#ifndef SIT_BROKER_BROKER_H
#define SIT_BROKER_BROKER_H

#include <sys/types.h>

#include "codec/hash.h"
#include "db/db.h"
#include "rec/out.h"
#include "wire/mqtt.h"

/* Settings of the store: where devices reach the broker, the CA that they trust (PEM), the folder. */
#define BROKER_URL "broker_url"
#define BROKER_CA "broker_ca"
#define BROKER_DIR "broker_dir"

/* mqtt://HOST[:PORT] or mqtts://HOST[:PORT]: where devices reach a broker. E_USAGE. */
int broker_url_read(const char *url, struct mqtt_url *out, struct err *e);
/* The folder's name, appended: `given`, else the store's; E_USAGE when neither says. */
int broker_folder(struct db *db, const char *given, struct sb *dir, struct err *e);

/* ---- making the folder ---- */

struct broker_init {
	const char *dir;
	const char *listen;	    /* [ADDRESS:]PORT; NULL: 8883 with a certificate, else none */
	const char *websocket;	    /* the same for WebSockets, of IPv4; NULL: none */
	const char *cert, *key, *ca; /* PEM files; NULL: without TLS, which only a loopback address may be */
	const char *socket;	    /* path of the Unix socket; NULL: DIR/mqtt.sock */
	const char *url;	    /* kept in the store; NULL: it keeps what it has */
};
/*
 * Make the folder, its configuration and its services. Settings of the store are kept. Of a folder that has a
 * configuration already url and ca alone can be said: E_CONFLICT for more.
 */
int broker_init(struct db *db, const struct broker_init *how, struct err *e);
/* The folder is there: E_CONFLICT unless its configuration has the listeners that are given; url and ca are kept. */
int broker_again(struct db *db, const struct broker_init *how, struct err *e);

/* The folder has a configuration. */
bool broker_is_made(const char *dir);

/* ---- what the store says ---- */

struct compiled {
	struct sb passwd, acl; /* without what proves them */
	int64_t logins, refused;
	unsigned profiles; /* 1 << enum topic_profile: devices use it */
	char digest[SHA256_HEX + 1]; /* of both */
	struct str example;	     /* a topic of the first device, for the proof; in `text` */
	struct sb text;
};
/*
 * Compile what may log in at the instant `now`, of every organisation, and the folder's services. What has names that a line cannot hold safely is left
 * out, and counted as refused. compiled_done() in any case.
 */
int broker_compile(struct db *db, const char *dir, int64_t now, struct compiled *c, struct err *e);
void compiled_done(struct compiled *c);
/* The texts are those of the files that lie in the folder. */
int broker_is_current(const char *dir, const struct compiled *c, bool *current, struct err *e);

/* ---- keeping it so ---- */

struct broker_synced {
	bool wrote;  /* the files were not what the store says */
	bool proved; /* a broker runs, and does what they say */
	int64_t logins, refused;
};
/*
 * Bring the files to what the store says, have the broker read them, and prove that it does: by logging in, publishing and subscribing where that is
 * allowed and where it is not. E_IO when the proof fails, whatever the reason: then devices may not be let in, or others may. `dry` writes nothing.
 */
int broker_sync(struct db *db, const char *dir, int64_t now, bool dry, struct broker_synced *out, struct err *e);
/* A new password for the service NAME; then sync. E_NOTFOUND. */
int broker_rotate(const char *dir, const char *service, struct err *e);
/* The broker of the folder runs: its process, else 0. */
pid_t broker_pid(const char *dir);
/* Prove what runs on the folder; the example is a topic that a stranger must not publish to (empty: none). */
int broker_prove(const char *dir, struct str example, struct err *e);
/* Just log in, as the users of the last sync: 1 when the running broker has read it, 0, -1. */
int broker_loaded(const char *dir, struct err *e);

/* ---- questions ---- */

extern const struct field broker_status_fields[];
extern const size_t broker_status_count;
/* Print one record. */
int broker_status(struct db *db, const char *dir, int64_t now, struct out *out, struct err *e);

extern const struct field broker_check_fields[];
extern const size_t broker_check_count;
/* Print what is stale or unsafe, a record each; *findings counts. A certificate is warned of `within` microseconds before its end. */
int broker_check(struct db *db, const char *dir, int64_t now, int64_t within, struct out *out, size_t *findings, struct err *e);

#endif
