# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of tidegate for fish. What there is to offer is asked of tidegate itself: verbs, options, and what the daemon has
# now. It answers at once, and with plain words alone.

function __tidegate_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    for line in (command tidegate __complete -- $words[2..-1] "$word" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$word"
            case :folders
                __fish_complete_directories "$word"
            case :users
                __fish_complete_users
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c tidegate -f -a '(__tidegate_complete)'
