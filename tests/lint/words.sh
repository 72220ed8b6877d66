#!/bin/sh
# SPDX-License-Identifier: MIT
# words.sh: what no tracked file says: places of one machine, promises to do it later. (Brackets keep this file from finding itself.)
files() {
	git ls-files -z 2>/dev/null || find . -type f ! -path './build*' ! -path './.git/*' -print0
}
bad=0
places='[/]work/|[/]tmp/wt-|(^|[^[:alnum:]_./-])[s]hared/|[/]home/[a-z]+/|[/]root/'
places="$places|registry[.]npmjs|pypi[.]org|files[.]pythonhosted|crates[.]io|proxy[.]golang|[a]rtifactory|[.]internal[:/]"
later='(^|[^[:alnum:]_])([T]ODO|[F]IXME|[X]XX|[H]ACK)([^[:alnum:]_]|$)'
if files | xargs -0 grep -IHnE -e "$places"; then
	bad=1
fi
if files | grep -zv -e '^tests/data/' -e '^\./tests/data/' -e '^examples/.*/data/' | xargs -0 grep -IHnE -e "$later"; then
	bad=1
fi
[ $bad = 0 ] || echo "words.sh:1: the lines above name places of one machine, or promises"
exit $bad
