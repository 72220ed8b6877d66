# SPDX-License-Identifier: MIT
# complete.zsh FOLDER LINE...: what zsh offers for a TAB after each LINE, with the completion FOLDER/_sit: lines "WORD<tab>HELP", then
# an empty one. zle needs a terminal, so an interactive zsh on a pseudo-terminal reads this file too, with FOLDER alone.
if [[ ! -o interactive ]]; then
	zmodload zsh/zpty
	zpty shell 'TERM=dumb PS1= PS2= zsh -f -i'
	zpty -w shell "source ${(q)0:A} ${(q)1:A}"
	zpty -r shell out $'*\x03' || exit
	for line in "${@:2}"; do
		zpty -w -n shell "$line"$'\t'
		zpty -r shell out $'*\x02' || exit
		print -r -- "${${${out##*$'\x01'}%$'\x02'}//$'\r'}"
	done
	zpty -d shell
	exit
fi

# compinit reads each file on fpath; the base of the completion system and ours will do, the rest is loaded when it is called.
setopt extendedglob
all=("$1" $fpath)
fpath=("$1" ${(M)fpath:#*/Completion(/Base)#})
autoload -Uz compinit
compinit -D -u
fpath=($all)
autoload -Uz $^fpath/_*(N-.:t)

# What is added is noted: whole words, as they would stand on the line.
compadd() {
	local -a hits help before behind with
	if [[ ${@[1,(i)(-|--)]} != *-[OAD]' '* ]]; then
		(( $@[(I)-d] )) && help=("${(@P)${@[${@[(i)-d]} + 1]}}")
		builtin compadd -A hits -D help "$@"
		(( $@[(I)-*Q*] )) && hits=("${(@Q)hits}")
		with=("$@")
		zparseopts -E -a with p:=before S:=behind
		for (( i = 1; i <= $#hits; i++ )); do
			caught+=("$IPREFIX$before[2]$hits[i]$behind[2]"$'\t'"${${(M)help[i]:#*-- *}#*-- }")
		done
	fi
	builtin compadd "$@"
}
offer() {
	caught=()
	_main_complete
	compstate[list]= compstate[insert]=
}
answer() {
	zle offer
	print -rn -- $'\x01'
	(( $#caught )) && print -rl -- $caught
	print -rn -- $'\x02'
	BUFFER=
}
zle -C offer complete-word offer
zle -N answer
bindkey '^I' answer
print -rn -- $'\x03'
