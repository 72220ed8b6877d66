/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "base/time.h"
#include "rec/out.h"

/* Instants, durations and numbers as text; false for what is text already. */
static bool scalar(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone)
{
	char buf[48];

	switch (c->type) {
	case CELL_INT:
		if (f->kind == FIELD_DUR)
			sb_add(sb, buf, dur_print(c->i, buf));
		else
			sb_addf(sb, "%" PRId64, c->i);
		return true;
	case CELL_REAL:
		sb_add(sb, buf, num_print(c->r, buf));
		return true;
	case CELL_BOOL:
		sb_adds(sb, c->i ? "true" : "false");
		return true;
	case CELL_TIME:
		sb_add(sb, buf, time_print(c->i, zone, buf));
		return true;
	case CELL_NULL:
	case CELL_TEXT:
	case CELL_JSON:
		break;
	}
	return false;
}

int cell_text(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone)
{
	if (!scalar(sb, f, c, zone) && c->type != CELL_NULL)
		sb_add(sb, c->s.ptr, c->s.len);
	return sb->bad ? -1 : 0;
}

int cell_json(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone)
{
	bool quote = c->type == CELL_TIME || (c->type == CELL_INT && f->kind == FIELD_DUR);

	if (c->type == CELL_NULL)
		return sb_adds(sb, "null");
	if (c->type == CELL_TEXT)
		return sb_json(sb, c->s);
	if (c->type == CELL_JSON)
		return sb_add(sb, c->s.ptr, c->s.len);
	if (quote)
		sb_addc(sb, '"');
	scalar(sb, f, c, zone);
	return quote ? sb_addc(sb, '"') : sb->bad ? -1 : 0;
}
