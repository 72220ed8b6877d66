/* SPDX-License-Identifier: MIT */
#include "judge/message.h"

#include "base/num.h"
#include "base/template.h"

enum { M_RULE, M_TITLE, M_DEVICE, M_DATAPOINT, M_VALUE, M_THRESHOLD, M_SEVERITY, M_CHANGE, M_COUNT };
static const char *const names[] = { "rule", "title", "device", "datapoint", "value", "threshold", "severity", "change", NULL };

/* What condition a rule without a template speaks of. */
static const char *const said[] = { "{datapoint} {value} is above {threshold}",	 "{datapoint} {value} is below {threshold}",
				    "{datapoint} is {threshold}",		 "{datapoint} is {value}, not {threshold}",
				    "{datapoint} {value} is at or above {threshold}", "{datapoint} {value} is at or below {threshold}",
				    "{datapoint} {value} is within {threshold}", "{datapoint} {value} is outside {threshold}",
				    "{datapoint} has changed to {value}",	 "{datapoint}: nothing for {threshold}",
				    "{datapoint} {value} changes too fast",	 "{datapoint} has been {value} for {threshold}",
				    "{title}" };
/* And of its end, by a value; else that it is over. */
static const char *const ended[] = { "{datapoint} {value} is no longer above {threshold}", "{datapoint} {value} is no longer below {threshold}",
				     "{datapoint} is {value}, no longer {threshold}", "{datapoint} is {threshold} again",
				     "{datapoint} {value} is below {threshold} again", "{datapoint} {value} is above {threshold} again",
				     "{datapoint} {value} is no longer within {threshold}", "{datapoint} {value} is within {threshold} again",
				     "{datapoint} stays {value}",		 "{datapoint}: there is data again",
				     "{datapoint} {value} no longer changes too fast", "{datapoint} changes again, to {value}",
				     "{title}: over" };

int message_check(struct str pattern, struct err *e)
{
	return template_check(pattern, names, e);
}

int message_value(const struct value *v, struct sb *sb)
{
	char digits[32];

	switch (v->type) {
	case VALUE_NULL:
		return sb_adds(sb, "unknown");
	case VALUE_NUMBER:
		return sb_add(sb, digits, num_print(v->num, digits));
	case VALUE_BOOL:
		return sb_adds(sb, v->num != 0 ? "true" : "false");
	case VALUE_STRING:
	case VALUE_LOCATION:
		return sb_add(sb, v->txt.ptr, v->txt.len);
	}
	return 0;
}

static struct str title_of(const struct rule *r)
{
	return r->title.len ? r->title : r->name;
}

static const char *default_of(const struct rule *r, const struct change_of *c)
{
	if (c->change != CHANGE_CLEARED)
		return said[r->condition];
	return c->why && strcmp(c->why, "value") == 0 ? ended[r->condition] : "{title}: over";
}

int message_print(const struct rule *r, struct str device, const struct change_of *c, struct sb *sb)
{
	struct str s = r->message.len ? r->message : str_of(default_of(r, c)), text;
	int which;

	while (template_piece(&s, names, &text, &which) > 0) {
		const struct str of[M_COUNT] = { [M_RULE] = r->name, [M_TITLE] = title_of(r), [M_DEVICE] = device, [M_DATAPOINT] = r->datapoint,
						 [M_THRESHOLD] = r->threshold_text, [M_SEVERITY] = str_of(severity_words[c->severity]),
						 [M_CHANGE] = str_of(change_words[c->change]) };

		if (which == M_VALUE)
			message_value(&c->value, sb);
		else
			sb_add(sb, which < 0 ? text.ptr : of[which].ptr, which < 0 ? text.len : of[which].len);
	}
	return sb->bad ? -1 : 0;
}
