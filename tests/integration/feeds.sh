#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lab: patient 70
# Lists of bad addresses, from files: a hundred thousand prefixes in seconds, guards cut out; a broken or shrunk file
# changes nothing until it is forced; a reload and a change of the file are met; a kill and a file that is gone keep the
# last good list. The daemon that reads them has no socket that could fetch one.
# shellcheck disable=SC2317 # its functions are called by check, is and wait_for
. "$(dirname "$0")/lib.sh"
needs jq python3 setpriv
lab_up
own_conf
mkdir "$D/lists" "$D/etc/policies/conf.d"
chmod 755 "$D" "$D/etc" # somebody else talks to the daemon later

# drop N: Spamhaus' form, N prefixes of 11.0.0.0/8 and on, then the host's own network and what nobody may list.
drop()
{
	python3 - "$1" <<-'END' >"$D/lists/new"
		import sys
		for i in range(int(sys.argv[1]) - 4):
		    print('{"cidr":"%d.%d.%d.0/24","sblid":"SBL%d"}' % (11 + i // 65536, i // 256 % 256, i % 256, i))
		for wide in "192.0.2.0/24", "2001:db8:1::/48", "0.0.0.0/0", "10.0.0.0/8":
		    print('{"cidr":"%s","sblid":"SBL"}' % wide)
		print('{"type":"metadata","timestamp":1,"records":%d}' % int(sys.argv[1]))
	END
	touch -d '1 minute ago' "$D/lists/new" # what is younger than two seconds may still be on its way
	mv "$D/lists/new" "$D/lists/drop.json"
}

# feed NAME FILTER: of what the daemon says of it.
feed()
{
	ctl feed list -o json | jq -r "select(.feed == \"$1\") | $2"
}

has()
{
	[ "$(feed "$1" .entries)" = "$2" ]
}

complains()
{
	[ -n "$(feed "$1" '.error // empty')" ]
}

# listed_by ADDRESS FEEDS
listed_by()
{
	is "$1 is listed by" "$(ctl feed find "$1" -o plain | cut -f 2- | tr '\t' ' ')" "$2"
}

unlisted()
{
	code "$1 is not listed" 1 feed find "$1"
}

cat >"$D/etc/policies/conf.d/feeds.conf" <<END
feeds = ( { name = "drop"; file = "$D/lists/drop.json"; refuse = true; } );
control = { group = "$(id -gn 65534 2>/dev/null || echo nogroup)"; };
END
drop 100000
FROM=$(date +%s%N)
daemon_start detect web-server
check "100,000 lines are taken" wait_for 20 has drop 99998
note "$((($(date +%s%N) - FROM) / 1000000)) ms from the start of the daemon until they are in force"
at_most "seconds that reading, judging and keeping them took" "$(feed drop .took_s)" 3
note "memory of the daemon: $(awk '/^VmRSS/ { print $2 " " $3 }' "/proc/$DAEMON/status")"
is "refused: everything at once, and a private network" "$(feed drop .lines_refused)" 2
is "known as" "$(feed drop .format)" spamhaus
listed_by 11.0.0.1 drop
listed_by 12.134.155.9 drop
unlisted 12.134.156.1

# ---- guards ----

is "entries that hold guards" "$(feed drop .guarded)" 2
listed_by 192.0.2.77 drop
unlisted $HOST
unlisted 192.0.2.254
unlisted 2001:db8:1::fe
listed_by 2001:db8:1::77 drop
ctl allow add 11.0.0.1 >/dev/null
ctl feed refresh >/dev/null
unlisted 11.0.0.1
listed_by 11.0.0.2 drop

# ---- what is refused changes nothing ----

echo '<html><h1>503 Service Unavailable</h1></html>' >"$D/lists/drop.json"
code "a page of an error is refused" 65 feed refresh
says "and why" 'lines that are none; line 1'
is "what was there stays" "$(feed drop .entries)" 99998
drop 100000
head -n 80000 "$D/lists/drop.json" >"$D/lists/cut"
cp "$D/lists/cut" "$D/lists/part"
tail -n 1 "$D/lists/drop.json" >>"$D/lists/part"
mv "$D/lists/cut" "$D/lists/drop.json"
code "a list whose end is missing is refused" 65 feed load drop
says "and says so" 'its last line, the metadata, is missing'
mv "$D/lists/part" "$D/lists/drop.json"
code "one that is shorter than it says is refused" 65 feed load drop
says "and says so" 'cut off: it says that it has 100000 entries, and has 80000'
drop 40000
code "one that has shrunk by more than a half is refused" 65 feed load drop
says "and says how to take it" 'feed load drop --force'
is "what was there stays" "$(feed drop .entries)" 99998
listed_by 12.134.155.9 drop
code "unless it is forced" 0 feed load drop --force
is "then it is in force" "$(feed drop .entries)" 39998
unlisted 12.134.155.9
rm "$D/lists/drop.json"
code "a file that is gone is said to be" 65 feed refresh
is "what was there stays" "$(feed drop .entries)" 39998

# ---- who may ----

# as_nobody VERB...: a member of the daemon's group.
as_nobody()
{
	setpriv --reuid 65534 --regid 65534 --clear-groups -- "$B/tidegate" --socket "$D/control.sock" "$@" >"$D/out" 2>"$D/err"
}

drop 40000
if [ "$(id -u)" = 0 ] && as_nobody status; then
	as_nobody feed load drop
	is "a member of the group loads what is configured" $? 0
	as_nobody feed load drop /etc/hostname
	is "but has no other file read by root" $? 77
fi

# ---- a reload, and a file that changes ----

printf '%s\n' "# mine" 203.0.113.66 "11.0.0.0/16 ; twice" 203.0.113.67/24 nonsense nonsense >"$D/lists/mine.txt"
touch -d '1 minute ago' "$D/lists/mine.txt"
echo "feeds = ( { name = \"mine\"; file = \"$D/lists/mine.txt\"; max_change = 0; } );" >"$D/etc/policies/conf.d/more.conf"
code "a feed more, and a reload" 0 reload
check "it is loaded" wait_for 5 complains mine
is "a list of mostly nonsense is none" "$(feed mine .entries)" 0
sed -i /nonsense/d "$D/lists/mine.txt"
code "mended, it is one" 0 feed load mine
listed_by 203.0.113.66 mine
listed_by 11.0.0.2 "drop mine"
code "the table of feeds" 0 feed list
says "tells the line that was refused" 'line 4: bits are set behind the prefix length: 203.0.113.67/24'
echo 203.0.113.99 >>"$D/lists/mine.txt"
kill -HUP "$DAEMON"
check "SIGHUP reads what has changed" wait_for 8 has mine 3
drop 50000
check "a file that changes is read within a minute" wait_for 63 has drop 49998

# ---- nothing is fetched ----

# Inodes of its sockets that are of no other family than netlink and unix.
networked()
{
	local inodes
	inodes=$(find "/proc/$DAEMON/fd" -lname 'socket:*' -printf '%l\n' | tr -dc '0-9\n')
	[ -n "$inodes" ] || echo none
	cat "/proc/$DAEMON/net/"{tcp,tcp6,udp,udp6,raw,raw6,packet} | grep -wF "$inodes"
}

is "sockets of the daemon that reach a network" "$(networked | wc -l)" 0

# ---- kill -9, and the files are gone ----

daemon_stop KILL
rm -r "$D/lists"
daemon_start detect web-server
check "what was accepted last is in force" wait_for 10 has drop 49998
is "and said to be what was kept" "$(feed drop .kept) $(feed mine .kept)" "true true"
listed_by 11.0.0.2 "drop mine"
unlisted 192.0.2.254
check "the missing file is told" complains drop
code "status is asked" 0 status
says "and tells of it, too" '^Feeds .*2 with 50,001 prefixes, 2 refused'
code "an address of no list" 1 feed find 8.8.8.8
code "a feed that there is not" 1 feed load nosuch
code "a word that there is not" 64 feed lode
finish
