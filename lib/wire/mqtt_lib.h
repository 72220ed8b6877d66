/* SPDX-License-Identifier: MIT */
/* Inside of the client: libmosquitto and what it brings of OpenSSL, loaded when a client is made, because most programs make none. */
#ifndef SIT_WIRE_MQTT_LIB_H
#define SIT_WIRE_MQTT_LIB_H

#include "base/base.h"
#include "base/err.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

/* What is called, by its own names. */
#define MQTT_CALLS(F)                                                                                                                    \
	F(mosquitto_lib_version) F(mosquitto_lib_init) F(mosquitto_lib_cleanup) F(mosquitto_new) F(mosquitto_destroy)                    \
	F(mosquitto_int_option) F(mosquitto_void_option) F(mosquitto_threaded_set) F(mosquitto_username_pw_set) F(mosquitto_tls_set)     \
	F(mosquitto_will_set) F(mosquitto_connect_bind_v5) F(mosquitto_reconnect) F(mosquitto_disconnect) F(mosquitto_socket)            \
	F(mosquitto_want_write) F(mosquitto_loop_read) F(mosquitto_loop_write) F(mosquitto_loop_misc) F(mosquitto_subscribe_v5)          \
	F(mosquitto_publish_v5) F(mosquitto_strerror) F(mosquitto_reason_string) F(mosquitto_ssl_get) F(mosquitto_property_add_int32)    \
	F(mosquitto_property_free_all) F(mosquitto_connect_v5_callback_set) F(mosquitto_disconnect_v5_callback_set)                      \
	F(mosquitto_message_callback_set) F(mosquitto_publish_v5_callback_set) F(mosquitto_subscribe_callback_set)                       \
	F(mosquitto_log_callback_set) F(SSL_pending) F(SSL_CTX_new) F(SSL_CTX_free) F(TLS_client_method)                                 \
	F(SSL_CTX_set_cert_verify_callback) F(X509_verify_cert) F(X509_STORE_CTX_get_error) F(X509_verify_cert_error_string)   \
	F(X509_STORE_CTX_get0_param) F(X509_STORE_CTX_set_verify_cb) F(X509_VERIFY_PARAM_set1_ip_asc) F(X509_VERIFY_PARAM_set1_host)    \
	F(SSL_CTX_ctrl) F(SSL_CTX_load_verify_file) F(SSL_CTX_load_verify_dir) F(SSL_CTX_use_certificate_chain_file)                     \
	F(SSL_CTX_use_PrivateKey_file) F(ERR_clear_error) F(ERR_peek_error) F(ERR_reason_error_string)
#define MQTT_MEMBER(name) __typeof__(name) *name;

struct mqtt_lib {
	void *handle;
	MQTT_CALLS(MQTT_MEMBER)
};

/* E_CONFLICT when it is not installed, or is older than MQTT 5. */
int mqtt_lib_load(struct mqtt_lib *lib, struct err *e);
/* Fine when it was not loaded. */
void mqtt_lib_drop(struct mqtt_lib *lib);

#endif
