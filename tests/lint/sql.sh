#!/bin/sh
# SPDX-License-Identifier: MIT
# sql.sh: hand the literals of lib/ and cmd/ to sql.awk, which knows where SQL may be.
here=$(dirname "$0")
set --
[ -f lib/store/schema.c ] && set -- lib/store/schema.c
find lib cmd -name '*.[ch]' | sort | xargs awk -v literals=1 -f "$here/c.awk" | awk -f "$here/sql.awk" "$@" -
