# SPDX-License-Identifier: MIT
# awk -v seed=N -f estate.awk blns.txt: an estate at random, the same for the same seed: all kinds, all types of fields, references, circles of
# references, strings that hurt. Names, and the definitions of fields, are the same for every seed.

function rnd(n) { x = (x * 16807) % 2147483647; return int(x / 2147483647 * n) }
function maybe() { return rnd(2) }
function quote(s,    i, c, out)
{
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		out = out (c in escaped ? escaped[c] : c)
	}
	return "\"" out "\""
}
function hurt() { return quote(naughty[rnd(n)]) }
function real() { return sprintf("%s%d.%d", maybe() ? "-" : "", rnd(1000000), 1 + rnd(999999)) }
function begin(name) { line = ""; head = quote(name) ": {" }
function put(key, value) { line = line (line == "" ? "" : ", ") quote(key) ": " value }
function some(key, value) { if (maybe()) put(key, value) }
function end() { body = body (body == "" ? "" : ",\n") head line "}" }
function kind(name) { printf "%s%s: {\n%s}", kinds++ ? ",\n" : "{\n", quote(name), body; body = "" }
function two(k) { return sprintf("%02d", k) }
# Of n things called PREFIX0 ... those that a coin chose, as a list.
function list(prefix, from, to,    i, out)
{
	for (i = from; i < to; i++)
		if (maybe())
			out = out (out == "" ? "" : ", ") quote(prefix two(i))
	return "[" out "]"
}
# A datapoint; what its type and kind are does not change from seed to seed, since devices override them.
function point(name, k,    out)
{
	line = ""
	some("title", hurt()); some("unit", quote("kW·h")); some("scale", "0." 1 + rnd(9)); some("offset", real()); some("key", hurt())
	some("precision", rnd(15)); some("expected_interval", quote(1 + rnd(50) "m")); some("category", quote("c" rnd(5)))
	if (maybe()) { put("min", "-" 1 + rnd(100)); put("max", rnd(100)) }
	some("required", "true"); some("aggregation", quote(maybe() ? "avg" : "delta"))
	put("type", quote(k % 4 == 3 ? "enum" : "float")); put("kind", quote(k % 4 == 3 ? "state" : "counter"))
	if (k % 4 == 3)
		put("words", quote("off,on,é"))
	return quote(name) ": {" line "}"
}
function points(prefix, m,    i, out, outer)
{
	outer = line
	for (i = 0; i < m; i++)
		if (maybe())
			out = out (out == "" ? "" : ", ") point(prefix two(i), i)
	line = outer
	if (out != "")
		put("datapoints", "{" out "}")
}
function custom()
{
	some("field.string", hurt()); some("field.text", hurt()); some("field.integer", rnd(2000000) - 1000000); some("field.float", real())
	some("field.boolean", maybe() ? "true" : "false"); some("field.date", quote("20" two(rnd(99)) "-02-" two(1 + rnd(28))))
	some("field.datetime", quote("20" two(rnd(99)) "-01-01T00:00:" two(rnd(60)) (maybe() ? "Z" : ".123456Z")))
	some("field.select", quote(maybe() ? "red" : "grün")); some("field.multiselect", quote(maybe() ? "a" : "c,a"))
	some("field.url", quote("https://example.com/" rnd(100))); some("field.email", quote("a" rnd(9) "@example.com"))
	some("field.phone", quote("+49 30 " rnd(1000000) + 100)); some("field.json", "{\"b\":[" rnd(100) ",null," hurt() "],\"a\":" hurt() "}")
	some("field.reference", quote("dev" two(rnd(30))))
	put("field.required", quote("there")); some("field.default", rnd(9))
}
function define(name, type, more) { head = quote("device:" name) ": {"; line = "\"type\": \"" type "\"" more; end() }

BEGIN {
	for (i = 1; i < 32; i++)
		escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
	escaped["\""] = "\\\""
	escaped["\\"] = "\\\\"
}
{ sub(/\r$/, "") }
!/^#/ && !/^[ \t]*$/ && length($0) < 60 { naughty[n++] = $0 }

END {
	x = seed * 7919 + 1
	for (i = 0; i < 20; i++)
		rnd(2)
	define("string", "string"); define("text", "text"); define("integer", "integer", ", \"min\": -1000000"); define("float", "float")
	define("boolean", "boolean"); define("date", "date"); define("datetime", "datetime"); define("select", "select", ", \"words\": \"red,grün\"")
	define("multiselect", "multiselect", ", \"words\": \"a,b,c\""); define("url", "url"); define("email", "email"); define("phone", "phone")
	define("json", "json", ", \"title\": " hurt()); define("reference", "reference", ", \"refers\": \"device\"")
	define("required", "string", ", \"required\": true, \"pattern\": \"^th\""); define("default", "integer", ", \"default\": \"7\"")
	begin("site:device"); put("type", quote("reference")); put("refers", quote("device")); end()
	kind("fields")
	for (i = 0; i < 6; i++) {
		begin("site" two(i)); some("title", hurt()); put("tz", quote(maybe() ? "Europe/Berlin" : "UTC")); some("address", hurt())
		if (maybe()) { put("latitude", rnd(90) "." rnd(100)); put("longitude", "-" 1 + rnd(179)) }
		some("field.device", quote("dev" two(rnd(30)))); end()
	}
	begin("Site00"); put("title", hurt()); end() # another one than site00
	kind("sites")
	for (i = 0; i < 3; i++) { begin("policy" two(i)); some("message_rate", 1 + rnd(1000)); some("commands", "true"); some("note", hurt()); end() }
	kind("policies")
	for (i = 0; i < 4; i++) {
		begin("model" two(i)); some("title", hurt()); some("note", hurt()); points("dp", 8); some("offline_after", quote(1 + rnd(59) "s"))
		some("propagate", "false"); end()
	}
	kind("models")
	for (i = 0; i < 4; i++) {
		of[i] = rnd(4)
		begin("product" two(i)); put("manufacturer", hurt()); put("model_number", quote("no " i)); put("model", quote("model" two(of[i])))
		some("config_schema", "{\"type\":\"object\",\"x\":" hurt() "}"); some("verified", "true"); some("category", quote("inverter")); end()
	}
	kind("products")
	for (i = 9; i >= 0; i--) { # parents come after their parts
		where[i] = i == 0 || maybe() ? rnd(6) : -1
		up[i] = where[i] < 0 ? rnd(i) : -1
	}
	for (i = 9; i >= 0; i--) {
		for (k = i; where[k] < 0; k = up[k])
			;
		begin("asset" two(i)); some("title", hurt()); some("kind", hurt()); put("site", quote("site" two(where[k])))
		if (up[i] >= 0) put("parent", quote("asset" two(up[i])))
		end()
	}
	kind("assets")
	for (i = 0; i < 30; i++) {
		begin("dev" two(i)); some("title", hurt()); some("note", hurt()); some("key", quote("k" i)); some("site", quote("site" two(rnd(6))))
		some("policy", quote("policy" two(rnd(3)))); some("asset", quote("asset" two(rnd(10)))); some("firmware", quote("1." rnd(20)))
		if (maybe()) { k = rnd(4); put("product", quote("product" two(k))); put("model", quote("model" two(of[k]))) }
		else some("model", quote("model" two(rnd(4))))
		if (i % 10 == 9) put("type", quote("gateway")) # behind which are those before it
		else if (maybe()) {
			put("type", quote("peripheral")); put("gateway", quote("dev" two(int(i / 10) * 10 + 9)))
			some("edge_key", quote("e" (i + seed) % 10))
		} else put("type", quote("api_endpoint"))
		custom(); points("own", 4); end()
	}
	begin("Dev00"); put("type", quote("smart_sensor")); put("field.required", quote("there")); end()
	kind("devices")
	for (i = 0; i < 6; i++) { # groups in groups, later ones in earlier
		begin("group" two(i)); some("title", hurt())
		if (maybe()) {
			put("devices", list("dev", 0, 30))
			if ((k = list("group", i + 1, 6)) != "[]")
				put("groups", k)
		}
		else put("select", quote(i < 5 ? "site=site00 or group:group" two(i + 1) : "field.integer>0"))
		end()
	}
	kind("groups")
	line = ""; some("title", hurt()); some("footer", hurt()); some("color", quote("#12ab" two(rnd(99))))
	printf ",\n\"org\": {%s}}\n", line
}
