/* SPDX-License-Identifier: MIT */
/* Units of measurement as devices and people usually write them: which are the same, and how a value of one becomes one of another. Pure. */
#ifndef SIT_MODEL_UNIT_H
#define SIT_MODEL_UNIT_H

#include "base/base.h"

/* The two are one unit: byte for byte, or by usual spellings (degC and °C, m3 and m³). Upper and lower case differ: mW is not MW. */
bool unit_same(struct str a, struct str b);
/*
 * *v, in `from`, becomes what it is in `to`; false where one of them is not known or they measure different things. Factors are those of the SI brochure (9th ed.),
 * of its Table 8 for bar, hour and litre; °F by its definition.
 */
bool unit_convert(double *v, struct str from, struct str to);

#endif
