/* SPDX-License-Identifier: MIT */
#include "task/rule_form.h"

#include "base/sb.h"
#include "codec/hash.h"
#include "model/rule.h"
#include "rec/out.h"

int rule_form(const struct row *row, char out[RULE_FORM + 1], struct err *e)
{
	static const char *const beside[] = { "name", "title", "model", "device", "overrides", "message", "enabled", "note", "created" };
	AUTO(sb_done) struct sb text = SB_INIT((size_t)1 << 20);
	char hex[SHA256_HEX + 1];

	for (size_t i = 0; i < rule_entity.n; i++) {
		const struct field *f = rule_entity.field + i;
		bool skip = false;

		for (size_t k = 0; k < COUNT(beside); k++)
			skip = skip || strcmp(f->name, beside[k]) == 0;
		if (skip || row->cell[i].type == CELL_NULL)
			continue;
		sb_addf(&text, "%s=", f->name);
		(void)cell_text(&text, f, row->cell + i, NULL);
		sb_addc(&text, '\n');
	}
	if (text.bad)
		return err_nomem(e);
	if (hash_sha256(sb_str(&text), hex, e) < 0)
		return -1;
	memcpy(out, hex, RULE_FORM);
	out[RULE_FORM] = '\0';
	return 0;
}
