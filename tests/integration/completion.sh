#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 15
# What shells offer behind "tidegate": verbs, options and words out of the tool's own tables, addresses, incidents and names
# that the daemon knows; nothing, and soon, where no daemon answers or one hangs; and no word that a shell would run.
# shellcheck disable=SC2317 # its functions are called by check and wait_for
. "$(dirname "$0")/lib.sh"
needs jq python3
lab_up
own_conf
FILES=$TOP/packaging/completion
export PATH=$B:$PATH

# offered WORD...: what may stand for the last one, without what it means.
offered()
{
	"$B/tidegate" __complete -- --socket "$D/control.sock" "$@" | cut -f 1 | tr '\n' ' ' | sed 's/ $//'
}

# quick COMMAND...: by a bound of its own, of a quarter of a second, and not by that of the protocol, 15 s.
quick()
{
	timeout 2 "$@"
}

is "verbs" "$(offered e)" "explain evidence events egress"
is "words of an operand" "$(offered mode '')" "detect enforce"
is "options of the verb alone" "$(offered unban --a)" "--all"
is "not those that are there" "$(offered unban --all --a)" ""
is "values of an option" "$(offered ban --response d)" "drop"
is "joined with it" "$(offered replay --mode=e)" "--mode=enforce"
is "files" "$(offered replay '')" ":files"
is "behind an operand that is there" "$(offered feed load drop '')" ":files"
is "series" "$(offered history hos)" "host"
is "interfaces" "$(offered history l)" "$(printf '%s\n' /sys/class/net/l* links | sed 's,.*/,,' | tr '\n' ' ' | sed 's/ $//')"
printf 'forget = "1d";\nreactions = ();\n' >"$D/etc/policies/my-own.conf"
cp "$D/etc/policies/my-own.conf" "$D/etc/policies/\$(touch $(basename "$D")).conf"
is "policies, with one's own" "$(offered -c "$CONF" what-if --policy my)" "my-own"
is "but none that a shell would run" "$(offered -c "$CONF" what-if --policy "\$")" ""
check "without a daemon it is quick" quick "$B/tidegate" __complete -- --socket "$D/control.sock" unban ''
is "and says nothing" "$(offered unban '' 2>&1)" ""

mkdir "$D/lists"
echo 198.18.3.0/24 >"$D/lists/bad"
mkdir -p "$D/etc/policies/conf.d"
echo "feeds = ( { name = \"bad-ones\"; file = \"$D/lists/bad\"; } );
	allowlists = ( { name = \"backup\"; uid = 34; mode = \"shadow\"; to = ( { address = \"198.18.4.0/24\"; } ); } );" \
	>"$D/etc/policies/conf.d/own.conf"
daemon_start detect web-server
ctl ban 203.0.113.77 >/dev/null
ctl ban 2001:db8:7::7 >/dev/null
ctl allow add 192.0.2.99 >/dev/null
is "addresses that stand" "$(offered unban 203)" "203.0.113.77"
is "IPv6" "$(offered check-ip 2001)" "2001:db8:7::7"
is "addresses that are allowed" "$(offered allow remove '')" "192.0.2.99"
is "names of feeds" "$(offered feed load b)" "bad-ones"
is "of allowlists" "$(offered egress apply '')" "backup"

# typed SHELL LINE...: what a person gets who types it and a tab.
typed()
{
	timeout 60 python3 "$HERE/typed.py" "$1" "$FILES/tidegate.$1" "${@:2}"
}

S="tidegate --socket $D/control.sock"
for shell in bash zsh; do
	if ! command -v $shell >/dev/null; then
		note "skipped $shell: it is not installed"
		continue
	fi
	mapfile -t lines < <(typed $shell "tidegate sup" "tidegate unban --fal" "$S unban 203" "$S unban 2001:d" "tidegate mode e" "$S feed load b")
	is "$shell: a verb" "${lines[0]}" "tidegate support-dump"
	is "$shell: an option" "${lines[1]}" "tidegate unban --false-positive"
	is "$shell: an address" "${lines[2]}" "$S unban 203.0.113.77"
	is "$shell: IPv6, with its colons" "${lines[3]}" "$S unban 2001:db8:7::7"
	is "$shell: a word" "${lines[4]}" "tidegate mode enforce"
	is "$shell: a name" "${lines[5]}" "$S feed load bad-ones"
done
if command -v fish >/dev/null; then
	fished()
	{
		HOME=$D fish --no-config -c "source $FILES/tidegate.fish; complete -C '$1'" | cut -f 1 | tr '\n' ' ' | sed 's/ $//'
	}
	is "fish: a verb" "$(fished 'tidegate sup')" "support-dump"
	is "fish: an option" "$(fished 'tidegate unban --fal')" "--false-positive"
	is "fish: addresses" "$(fished "$S unban 2")" "2001:db8:7::7 203.0.113.77"
	is "fish: words" "$(fished 'tidegate mode ')" "detect enforce"
else
	note "skipped fish: it is not installed"
fi
daemon_stop

# Another one on the socket: words that are no plain words, and then none at all.
python3 - "$D/control.sock" "$D" <<'END' &
import json, os, socket, sys, threading, time
if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
def answer(c):
    c.recv(65536)
    for word in "$(touch %s/ran)" % sys.argv[2], "`touch %s/ran`" % sys.argv[2], "203.0.113.1;reboot", "203.0.113.2\nreboot", "203.0.113.3":
        c.sendall(json.dumps({"v": 1, "subject": word, "response": "drop"}).encode() + b"\n")
    time.sleep(20)
while True:
    threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()
END
LIAR=$!
check "another answers" wait_for 5 test -S "$D/control.sock"
sleep 0.3
is "plain words alone are offered" "$(offered unban '')" "203.0.113.3"
check "who hangs is not waited for" quick "$B/tidegate" __complete -- --socket "$D/control.sock" unban ''
is "bash: nothing is run" "$(typed bash "$S unban 203")" "$S unban 203.0.113.3"
check "by any of them" not test -e "$D/ran"
kill $LIAR
finish
