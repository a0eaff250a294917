# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A real sshd in the lab's host, as a distribution sets it up but for PAM, with an account of the lab's own. For scripts
# that sourced lib.sh; sshd_up comes after lab_up.
PATH=$PATH:/usr/sbin
needs sshd ssh ssh-keygen sshpass openssl
SSH_PORT=2222

sshd_down()
{
	kill "$(cat "$D/sshd.pid")" 2>/dev/null
	lab_down
}

sshd_up()
{
	local key type
	mkdir -p /run/sshd "$D/home/.ssh"
	cp /etc/passwd "$D/passwd"
	cp /etc/shadow "$D/shadow"
	echo "tglab:x:54321:54321::$D/home:/bin/sh" >>"$D/passwd"
	echo "tglab:$(openssl passwd -6 right):19000:0:99999:7:::" >>"$D/shadow"
	for key in host_ed25519 host_rsa host_ecdsa automation; do
		type=${key#host_}
		[ "$type" != automation ] || type=ed25519
		ssh-keygen -q -t "$type" -N '' -f "$D/$key"
	done
	cp "$D/automation.pub" "$D/home/.ssh/authorized_keys"
	chmod 755 "$D" "$D/home"
	chown -R 54321:54321 "$D/home"
	if ! mount --bind "$D/passwd" /etc/passwd || ! mount --bind "$D/shadow" /etc/shadow; then
		bail "no accounts of the lab's own"
	fi
	cat >"$D/sshd_config" <<-CONF
		Port $SSH_PORT
		HostKey $D/host_ed25519
		HostKey $D/host_rsa
		HostKey $D/host_ecdsa
		UsePAM no
		StrictModes no
		PidFile $D/sshd.pid
		PrintMotd no
		MaxStartups 200
	CONF
	in_ns host "$(command -v sshd)" -f "$D/sshd_config" -E "$D/sshd.log" || bail "sshd does not start"
	trap sshd_down EXIT
	SSH=(ssh -F none -p "$SSH_PORT" -o StrictHostKeyChecking=no -o "UserKnownHostsFile=$D/known" -o LogLevel=ERROR
		-o ConnectTimeout=3)
	wait_for 5 automation || bail "nobody can log in"
}

# automation [COMMAND]: the innocent's key gets in.
automation()
{
	in_ns innocent "${SSH[@]}" -i "$D/automation" -o BatchMode=yes "tglab@$HOST" "${1:-true}" </dev/null
}

# guess WHO WORD [OPTION...]: one wrong password.
guess()
{
	in_ns "$1" sshpass -p "wrong-$2" "${SSH[@]}" "${@:3}" -o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 \
		"tglab@$HOST" true </dev/null >/dev/null 2>&1
}
