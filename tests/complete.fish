# SPDX-License-Identifier: MIT
# complete.fish FILE LINE...: what fish offers after each LINE, with the completion FILE: lines "WORD<tab>HELP", then an empty one.
source $argv[1]
for line in $argv[2..]
	complete -C $line
	echo
end
