# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of tidegate for bash. What there is to offer is asked of tidegate itself: verbs, options, and what the daemon has
# now. It answers at once, and with plain words alone.

# Into words: they as they were typed. Bash takes them apart at colons and equals signs; what had no blank between is one.
_tidegate_words()
{
	local rest=${COMP_LINE:0:COMP_POINT} piece i
	words=()
	for ((i = 0; i < COMP_CWORD; i++)); do
		piece=${COMP_WORDS[i]}
		if [[ $rest == [[:space:]]* || $i -eq 0 ]]; then
			rest=${rest#"${rest%%[![:space:]]*}"}
			words+=("$piece")
		else
			words[${#words[@]} - 1]+=$piece
		fi
		rest=${rest#"$piece"}
	done
	if [[ $rest == [[:space:]]* ]]; then
		words+=("${rest#"${rest%%[![:space:]]*}"}")
	else
		words[${#words[@]} - 1]+=$rest
	fi
}

# _tidegate_names -f|-d|-u PREFIX: files, folders or users
_tidegate_names()
{
	local name
	[[ $1 == -u ]] || compopt -o filenames 2>/dev/null
	while IFS= read -r name; do
		COMPREPLY+=("$name")
	done < <(compgen "$1" -- "$2")
}

_tidegate()
{
	local words=() word before='' line
	COMPREPLY=()
	_tidegate_words
	((${#words[@]} > 1)) || return 0
	word=${words[${#words[@]} - 1]}
	# Bash replaces what stands behind the last colon or equals sign, where it took the word apart.
	[[ $word != *[$COMP_WORDBREAKS]* ]] || before=${word%"${word##*[$COMP_WORDBREAKS]}"}
	while IFS= read -r line; do
		case $line in
		:files) _tidegate_names -f "${word#"$before"}" ;;
		:folders) _tidegate_names -d "${word#"$before"}" ;;
		:users) _tidegate_names -u "${word#"$before"}" ;;
		*)
			line=${line%%$'\t'*}
			COMPREPLY+=("${line#"$before"}")
			;;
		esac
	done < <(command tidegate __complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _tidegate tidegate
