#compdef tidegate
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of tidegate for zsh. What there is to offer is asked of tidegate itself: verbs, options, and what the daemon has
# now. It answers at once, and with plain words alone.

_tidegate()
{
	local line word
	local -a given offers shown
	given=("${(@Q)words[2,CURRENT-1]}")
	while IFS= read -r line; do
		case $line in
		:files) _files ;;
		:folders) _files -/ ;;
		:users) _users ;;
		*)
			word=${line%%$'\t'*}
			offers+=("$word")
			line=${line#*$'\t'}
			shown+=("$word${line:+  -- $line}")
			;;
		esac
	done < <(command tidegate __complete -- "${given[@]}" "${(Q)PREFIX}" 2>/dev/null)
	(( ! $#offers )) || compadd -l -d shown -- "${offers[@]}"
}

if [[ $funcstack[1] = _tidegate ]]; then
	_tidegate "$@"
else
	compdef _tidegate tidegate
fi
