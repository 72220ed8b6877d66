/* SPDX-License-Identifier: MIT */
/* What changes of rules, devices and sites mean for alarms: those of a rule that is no more, or is another, end; the rest is judged anew. */
#include "store/alarm.h"
#include "task/rule_form.h"
#include "task/work.h"

static bool differs(const struct work *w, const struct row *old, const struct row *now, const char *field)
{
	return !cell_same(row_cell(w->ent, old, field), row_cell(w->ent, now, field));
}

/* It is another rule from now on, or one for others. */
static int begins_anew(struct work *w, const struct row *old, const struct row *now, bool *ends, struct err *e)
{
	char was[RULE_FORM + 1] = "", is[RULE_FORM + 1] = "";

	if (rule_form(old, was, e) < 0 || (now && rule_form(now, is, e) < 0))
		return -1;
	*ends = strcmp(was, is) != 0 || differs(w, old, now, "enabled");
	if (!now || !(*ends || differs(w, old, now, "model") || differs(w, old, now, "device")))
		return 0;
	return alarm_rule_since(w->db, old->id, w->when.now, e);
}

static int of_rule(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	int64_t stands_for = now ? now->ref[entity_field(w->ent, STR("overrides"))] : 0;
	bool ends = false;

	if (old && (begins_anew(w, old, now, &ends, e) < 0 || (ends && alarm_settle(w->db, 0, old->id, w->when.now, e) < 0)))
		return -1;
	if (old && !now)
		return alarm_override_over(w->db, old->id, w->when.now, e);
	return stands_for ? alarm_settle(w->db, now->ref[entity_field(w->ent, STR("device"))], stands_for, w->when.now, e) : 0;
}

static int of_device(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	if (!old || (now && !differs(w, old, now, "model") && !differs(w, old, now, "enabled")))
		return 0;
	if (now && alarm_device_since(w->db, old->id, w->when.now, e) < 0)
		return -1;
	return alarm_settle(w->db, old->id, 0, w->when.now, e);
}

int work_alarms(struct work *w, const struct row *old, const struct row *now, struct err *e)
{
	int rc;

	if (strcmp(w->ent->table, "rule") == 0)
		rc = of_rule(w, old, now, e);
	else if (strcmp(w->ent->table, "device") == 0)
		rc = of_device(w, old, now, e);
	else if (strcmp(w->ent->table, "site") == 0 && old && now)
		rc = 0;
	else
		return 0;
	w->judged = true;
	return rc;
}

int work_alarms_settle(struct work *w, struct err *e)
{
	bool judged = w->judged;

	w->judged = false;
	return judged ? alarm_head_rules(w->db, e) : 0;
}
