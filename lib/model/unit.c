/* SPDX-License-Identifier: MIT */
#include "model/unit.h"

enum dimension {
	VOLTAGE, CURRENT, POWER, APPARENT, REACTIVE, ENERGY, APPARENT_ENERGY, REACTIVE_ENERGY, CHARGE, RESISTANCE, FREQUENCY, TIME, LENGTH, SPEED,
	TEMPERATURE, PRESSURE, MASS, VOLUME, FLOW, SHARE
};

/* (v - zero) * num / den is the value in the unit of the dimension that has neither; whole numbers, so that kV to V and back is exact where doubles are. */
struct unit {
	const char *names; /* spellings, a blank between them */
	enum dimension what;
	double num, den, zero;
};

/* clang-format off */
static const struct unit units[] = {
	{ "V volt Volt volts", VOLTAGE, 1, 1, 0 }, { "mV", VOLTAGE, 1, 1e3, 0 }, { "kV", VOLTAGE, 1e3, 1, 0 }, { "MV", VOLTAGE, 1e6, 1, 0 },
	{ "A amp ampere Ampere amps", CURRENT, 1, 1, 0 }, { "mA", CURRENT, 1, 1e3, 0 }, { "kA", CURRENT, 1e3, 1, 0 },
	{ "W watt Watt watts", POWER, 1, 1, 0 }, { "mW", POWER, 1, 1e3, 0 }, { "kW", POWER, 1e3, 1, 0 }, { "MW", POWER, 1e6, 1, 0 }, { "GW", POWER, 1e9, 1, 0 },
	{ "VA", APPARENT, 1, 1, 0 }, { "kVA", APPARENT, 1e3, 1, 0 }, { "MVA", APPARENT, 1e6, 1, 0 },
	{ "var VAr VAR", REACTIVE, 1, 1, 0 }, { "kvar kVAr kVAR", REACTIVE, 1e3, 1, 0 }, { "Mvar MVAr MVAR", REACTIVE, 1e6, 1, 0 },
	{ "Wh", ENERGY, 1, 1, 0 }, { "kWh", ENERGY, 1e3, 1, 0 }, { "MWh", ENERGY, 1e6, 1, 0 }, { "GWh", ENERGY, 1e9, 1, 0 },
	{ "J", ENERGY, 1, 3600, 0 }, { "kJ", ENERGY, 1e3, 3600, 0 }, { "MJ", ENERGY, 1e6, 3600, 0 }, { "GJ", ENERGY, 1e9, 3600, 0 },
	{ "VAh", APPARENT_ENERGY, 1, 1, 0 }, { "kVAh", APPARENT_ENERGY, 1e3, 1, 0 }, { "MVAh", APPARENT_ENERGY, 1e6, 1, 0 },
	{ "varh VArh VARh", REACTIVE_ENERGY, 1, 1, 0 }, { "kvarh kVArh kVARh", REACTIVE_ENERGY, 1e3, 1, 0 }, { "Mvarh MVArh MVARh", REACTIVE_ENERGY, 1e6, 1, 0 },
	{ "Ah", CHARGE, 1, 1, 0 }, { "mAh", CHARGE, 1, 1e3, 0 },
	{ "\xce\xa9 \xe2\x84\xa6 ohm Ohm", RESISTANCE, 1, 1, 0 }, { "k\xce\xa9 k\xe2\x84\xa6 kohm kOhm", RESISTANCE, 1e3, 1, 0 },
	{ "M\xce\xa9 M\xe2\x84\xa6 Mohm MOhm", RESISTANCE, 1e6, 1, 0 },
	{ "Hz", FREQUENCY, 1, 1, 0 }, { "mHz", FREQUENCY, 1, 1e3, 0 }, { "kHz", FREQUENCY, 1e3, 1, 0 }, { "MHz", FREQUENCY, 1e6, 1, 0 },
	{ "s sec", TIME, 1, 1, 0 }, { "ms", TIME, 1, 1e3, 0 }, { "min", TIME, 60, 1, 0 }, { "h hour hours", TIME, 3600, 1, 0 }, { "d day days", TIME, 86400, 1, 0 },
	{ "m", LENGTH, 1, 1, 0 }, { "mm", LENGTH, 1, 1e3, 0 }, { "cm", LENGTH, 1, 100, 0 }, { "km", LENGTH, 1e3, 1, 0 },
	{ "m/s", SPEED, 1, 1, 0 }, { "km/h", SPEED, 1e3, 3600, 0 },
	{ "\xc2\xb0" "C \xe2\x84\x83 degC celsius Celsius", TEMPERATURE, 1, 1, 0 }, { "K kelvin Kelvin", TEMPERATURE, 1, 1, 273.15 },
	{ "\xc2\xb0" "F \xe2\x84\x89 degF fahrenheit Fahrenheit", TEMPERATURE, 5, 9, 32 },
	{ "Pa", PRESSURE, 1, 1, 0 }, { "hPa mbar", PRESSURE, 100, 1, 0 }, { "kPa", PRESSURE, 1e3, 1, 0 }, { "MPa", PRESSURE, 1e6, 1, 0 }, { "bar", PRESSURE, 1e5, 1, 0 },
	{ "g", MASS, 1, 1, 0 }, { "mg", MASS, 1, 1e3, 0 }, { "kg", MASS, 1e3, 1, 0 }, { "t", MASS, 1e6, 1, 0 },
	{ "l L litre liter", VOLUME, 1, 1, 0 }, { "ml mL", VOLUME, 1, 1e3, 0 }, { "m\xc2\xb3 m3", VOLUME, 1e3, 1, 0 },
	{ "l/h L/h", FLOW, 1, 1, 0 }, { "l/min L/min", FLOW, 60, 1, 0 }, { "l/s L/s", FLOW, 3600, 1, 0 }, { "m\xc2\xb3/h m3/h", FLOW, 1e3, 1, 0 },
	{ "% percent", SHARE, 1, 100, 0 }, { "ppm", SHARE, 1, 1e6, 0 }, { "ppb", SHARE, 1, 1e9, 0 },
};
/* clang-format on */

static const struct unit *find(struct str name)
{
	if (!name.len || memchr(name.ptr, ' ', name.len))
		return NULL;
	for (const struct unit *u = units; u < units + COUNT(units); u++)
		for (const char *p = u->names; *p;) {
			size_t n = strcspn(p, " ");

			if (str_eq(name, (struct str){ p, n }))
				return u;
			p += n;
			p += *p == ' ';
		}
	return NULL;
}

bool unit_same(struct str a, struct str b)
{
	const struct unit *u;

	if (str_eq(a, b))
		return true;
	u = find(a);
	return u && u == find(b);
}

bool unit_convert(double *v, struct str from, struct str to)
{
	const struct unit *a = find(from), *b = find(to);

	if (!a || !b || a->what != b->what)
		return false;
	if (a != b)
		*v = (*v - a->zero) * (a->num * b->den) / (a->den * b->num) + b->zero;
	return true;
}
