#!/bin/sh
# SPDX-License-Identifier: MIT
# complete.sh SHELL: from what programs say of themselves (--describe objects on stdin) to a completion script of SHELL (bash, zsh,
# fish) on stdout. How a line is completed is written in share/complete/SHELL; what there is to offer comes from the programs.
set -eu
here=${0%/*}/complete
exec jq -sj --arg shell "$1" --rawfile frame "$here/$1" -f "$here/interface.jq"
