/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "base/time.h"
#include "rec/out_impl.h"

static int put_time(struct sb *sb, int64_t t, const struct zone *zone, struct time_day *day)
{
	char *p = sb_room(sb, 40);

	if (!p)
		return -1;
	sb_took(sb, zone || !day ? time_print(t, zone, p) : time_print_day(t, day, p));
	return 0;
}

static int put_number(struct sb *sb, const struct cell *c)
{
	char *p = sb_room(sb, 32);

	if (!p)
		return -1;
	sb_took(sb, c->type == CELL_REAL ? num_print(c->r, p) : num_print_int(c->i, p));
	return 0;
}

/* Instants, durations and numbers as text; nothing for what is text already. */
static int scalar(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone, struct time_day *day)
{
	char buf[48];

	switch (c->type) {
	case CELL_INT:
		if (f->kind == FIELD_DUR)
			return sb_add(sb, buf, dur_print(c->i, buf));
		return put_number(sb, c);
	case CELL_REAL:
		return put_number(sb, c);
	case CELL_BOOL:
		return sb_adds(sb, c->i ? "true" : "false");
	case CELL_TIME:
		return put_time(sb, c->i, zone, day);
	case CELL_NULL:
	case CELL_TEXT:
	case CELL_JSON:
		break;
	}
	return 0;
}

static int put_text(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone, struct time_day *day)
{
	if (c->type == CELL_TEXT || c->type == CELL_JSON)
		return sb_add(sb, c->s.ptr, c->s.len);
	return scalar(sb, f, c, zone, day);
}

static int put_json(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone, struct time_day *day)
{
	if (c->type == CELL_NULL)
		return sb_add(sb, "null", 4);
	if (c->type == CELL_TEXT)
		return sb_json(sb, c->s);
	if (c->type == CELL_JSON)
		return sb_add(sb, c->s.ptr, c->s.len);
	if (c->type != CELL_TIME && (c->type != CELL_INT || f->kind != FIELD_DUR))
		return scalar(sb, f, c, zone, day);
	sb_addc(sb, '"');
	scalar(sb, f, c, zone, day);
	return sb_addc(sb, '"');
}

int cell_text(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone)
{
	return put_text(sb, f, c, zone, NULL);
}

int cell_json(struct sb *sb, const struct field *f, const struct cell *c, const struct zone *zone)
{
	return put_json(sb, f, c, zone, NULL);
}

void out_put_text(struct out *o, size_t field, const struct cell *c)
{
	put_text(&o->line, o->field + field, c, o->opt.zone, &o->day);
}

void out_put_json(struct out *o, size_t field, const struct cell *c)
{
	put_json(&o->line, o->field + field, c, o->opt.zone, &o->day);
}
