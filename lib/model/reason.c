/* SPDX-License-Identifier: MIT */
#include "model/reason.h"

enum reason reason_of(struct str text)
{
	static const struct {
		const char *begins;
		enum reason is;
	} all[] = {
		{ REASON_DEVICE, REASON_IS_NAME },	   { REASON_EDGE, REASON_IS_NAME },	  { REASON_DATAPOINT, REASON_IS_DATAPOINT },
		{ REASON_DISABLED, REASON_IS_DISABLED },   { REASON_TIME, REASON_IS_TIME },	  { REASON_TYPE, REASON_IS_TYPE },
		{ REASON_FOREIGN, REASON_IS_FOREIGN },	   { REASON_EXPIRED, REASON_IS_EXPIRED }, { REASON_LIMIT, REASON_IS_LIMIT },
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (str_starts(text, all[i].begins))
			return all[i].is;
	return REASON_IS_VALUE;
}
