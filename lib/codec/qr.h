/* SPDX-License-Identifier: MIT */
/* QR codes (ISO/IEC 18004): made by libqrencode, drawn here as text and as SVG. */
#ifndef SIT_CODEC_QR_H
#define SIT_CODEC_QR_H

#include "base/err.h"
#include "base/sb.h"

#define QR_TEXT_MAX 1000 /* bytes: what still reads from a label */

/* A square of modules; qr_done() frees it. */
struct qr {
	int width;
	unsigned char *dark; /* width * width, by rows: 1 dark, 0 light */
};

/* The text in the smallest code, 8-bit, level M (15 % may be damaged). E_INPUT when it is too long. */
int qr_make(struct str text, struct qr *qr, struct err *e);
void qr_done(struct qr *qr);
/*
 * Append it as lines of UTF-8 half blocks with two light modules around, light modules drawn: right on a dark background; with `color` on white
 * by ANSI sequences, right on any.
 */
int qr_blocks(const struct qr *qr, bool color, struct sb *sb);
/* Append it as one SVG <path> of unit squares, its upper left corner at x, y; the quiet zone of four modules is the caller's. */
int qr_path(const struct qr *qr, int x, int y, struct sb *sb);

#endif
