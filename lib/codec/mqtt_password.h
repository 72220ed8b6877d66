/* SPDX-License-Identifier: MIT */
/*
 * Passwords as mosquitto 2 keeps them in its password file (mosquitto_passwd(1)): "$7$ITERATIONS$SALT$DIGEST", PBKDF2 (RFC 8018) with HMAC-SHA-512, salt
 * and digest of 64 bytes in base64 (RFC 4648).
 */
#ifndef SIT_CODEC_MQTT_PASSWORD_H
#define SIT_CODEC_MQTT_PASSWORD_H

#include "base/err.h"
#include "base/sb.h"

#define MQTT_SALT 12 /* bytes */
/*
 * As mosquitto_passwd makes them: what is protected are 256 random bits, which no number of iterations makes harder to guess, and a broker derives once for
 * each connection, all in one thread: 10,000 devices that come back at once must not wait for it.
 */
#define MQTT_ITERATIONS 101

/* Append what is kept of the password. E_IO when there is no OpenSSL 3. */
int mqtt_password_hash(struct str password, const unsigned char salt[MQTT_SALT], struct sb *out, struct err *e);
/* 1: the text is that password's, 0: it is another's or no such text. The time does not tell how much is right. */
int mqtt_password_check(struct str password, struct str kept, struct err *e);

#endif
