/* SPDX-License-Identifier: MIT */
/*
 * A field is described once: its name, kind, limits and meaning. From tables of fields follow JSON, CSV, tables and
 * columns, the verbs of entities, validation, completion and sit-records(5).
 */
#ifndef SIT_BASE_FIELD_H
#define SIT_BASE_FIELD_H

#include "base/base.h"

enum cell_type { CELL_NULL, CELL_INT, CELL_REAL, CELL_BOOL, CELL_TEXT, CELL_TIME, CELL_JSON };

/* One value of a record. Text and JSON point to bytes that somebody else owns. */
struct cell {
	enum cell_type type;
	unsigned char decimals; /* CELL_REAL: 1 + decimals shown in tables (never in data), 0: as it is */
	union {
		int64_t i; /* CELL_INT, CELL_BOOL (0, 1), CELL_TIME (microseconds UTC) */
		double r;
		struct str s; /* CELL_TEXT (UTF-8), CELL_JSON (one JSON value, compact) */
	};
};

#define CELL_OF_INT(v) ((struct cell){ .type = CELL_INT, .i = (v) })
#define CELL_OF_REAL(v) ((struct cell){ .type = CELL_REAL, .r = (v) })
#define CELL_OF_BOOL(v) ((struct cell){ .type = CELL_BOOL, .i = (v) ? 1 : 0 })
#define CELL_OF_TIME(v) ((struct cell){ .type = CELL_TIME, .i = (v) })
#define CELL_OF_TEXT(slice) ((struct cell){ .type = CELL_TEXT, .s = (slice) })
#define CELL_OF_JSON(slice) ((struct cell){ .type = CELL_JSON, .s = (slice) })
#define CELL_OF_NULL ((struct cell){ .type = CELL_NULL })

enum field_kind {
	FIELD_TEXT,  /* free UTF-8 text */
	FIELD_NAME,  /* [A-Za-z0-9][A-Za-z0-9._-]{0,62} */
	FIELD_IDENT, /* [A-Za-z][A-Za-z0-9_]{0,62}: usable in formulas */
	FIELD_INT,
	FIELD_REAL,
	FIELD_BOOL,
	FIELD_ENUM, /* one of words */
	FIELD_VERSION, /* text in which runs of digits compare as numbers: 1.9 < 1.10 */
	FIELD_TIME, /* an instant */
	FIELD_DATE, /* a day, 2026-01-31, kept as text */
	FIELD_DUR,  /* a duration, kept as microseconds */
	FIELD_TZ,   /* an IANA zone name */
	FIELD_REF,  /* the name of a thing of noun ref */
	FIELD_WORDS, /* a list of words separated by commas; of `words` when there are any */
	FIELD_URL,
	FIELD_EMAIL,
	FIELD_VALUE, /* the value of a point: number, text, boolean or location */
	FIELD_JSON, /* any JSON */
};

enum field_flag {
	FIELD_KEY = 1,	    /* names the thing */
	FIELD_REQUIRED = 2, /* add refuses without it */
	FIELD_READONLY = 4, /* list writes it, add --file ignores it */
	FIELD_FIXED = 8,    /* set once by add, never changed */
	FIELD_LIST = 16,    /* a column of list without --columns */
	FIELD_HIDDEN = 32,  /* printed only when asked for by name */
	FIELD_STATE = 64,   /* kept in the noun's table of states, written by what happens */
	FIELD_CUSTOM = 128, /* an organisation's own, kept in field_value */
	FIELD_SPARSE = 256, /* left out of JSON where it is empty; not the first of a record */
	FIELD_RANKED = 512, /* FIELD_ENUM: its words go from the least to the most, and compare so */
	FIELD_MIXED = 1024, /* FIELD_CUSTOM: of several organisations, which may have given it other words */
};

struct field {
	const char *name;
	enum field_kind kind;
	unsigned flags;
	const char *ref;	  /* FIELD_REF: the noun */
	const char *const *words; /* FIELD_ENUM: the words, NULL ends */
	double min, max;	  /* numbers: limits when max > min; FIELD_TEXT: max is the longest length in bytes */
	const char *def;	  /* default of add, as text; NULL: empty */
	const char *help;	  /* one phrase for --help, completion and the manual */
};

/* Index of the field called name, -1 when there is none. */
int field_find(const struct field *f, size_t n, struct str name);
/* The kind as a word of the manual: "text", "name", "integer", … */
const char *field_kind_word(enum field_kind k);

#endif
