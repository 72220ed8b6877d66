/* SPDX-License-Identifier: MIT */
/* Labels of devices: a QR code that names the device. */
#ifndef SIT_TASK_LABEL_H
#define SIT_TASK_LABEL_H

#include "rec/out.h"
#include "task/devices.h"

#define LABEL_MOST 500 /* on one sheet */

extern const struct field label_fields[];
extern const size_t label_count;

/*
 * What the code of a device says: sit:ORG/NAME, and behind it, where they are set, ?serial=...&key=... The parts are percent-encoded UTF-8
 * (RFC 3986).
 */
int label_text(const struct work *w, const struct device *d, struct sb *sb);
/* A record per device: name, serial, key, code. */
int label_records(struct work *w, const struct which *which, struct out *out, struct err *e);
/* Each as lines of half blocks under its name; color as in qr_blocks(). */
int label_blocks(struct work *w, const struct which *which, bool color, struct sb *sb, struct err *e);
/* A sheet of all of them as SVG into the file, which is whole or not there: each with its name and title. E_USAGE for more than LABEL_MOST. */
int label_svg(struct work *w, const struct which *which, const char *file, struct err *e);

#endif
