/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of options: the command line, the help, the completion of shells and the manual are held to this one.
 */
#include "app/ctl.h"

static const struct ctl_option_row options[] = {
	{ CTL_FOR, "for", 0, "TIME", "how long: 10m, 4h, 2d (1h)" },
	{ CTL_REASON, "reason", 0, "TEXT", "kept with it, at most 63 characters" },
	{ CTL_RESPONSE, "response", 0, "NAME", "shield, limit, refuse or drop (drop)" },
	{ CTL_RATE, "rate", 0, "N", "of limit: new connections a second (10)" },
	{ CTL_ALL, "all", 0, NULL, "everything that stands, against everybody; all rows of egress show" },
	{ CTL_FALSE_POSITIVE, "false-positive", 0, NULL,
		"it was innocent: more proof is asked of it from now on" },
	{ CTL_FOLLOW, "follow", 'f', NULL, "go on with new ones until Ctrl-C" },
	{ CTL_ME, "me", 0, NULL, "the address that this SSH session comes from" },
	{ CTL_TRY, "try", 0, "TIME", "all goes back by itself without tidegate confirm" },
	{ CTL_WIDE, "wide", 0, NULL, "also wider than /8 (IPv6: /16)" },
	{ CTL_CONF_FILE, "config", 'c', "FILE", "the configuration (/etc/tidegate/tidegate.conf)" },
	{ CTL_POLICY, "policy", 0, "NAME", "instead of the one that it names" },
	{ CTL_MODE, "mode", 0, "detect|enforce", "instead of the one that it names" },
	{ CTL_HOME, "home", 0, "ADDRESS,...",
		"whose capture it is: addresses, 192.0.2.1/24 with its neighbours, or networks taken for one host (guessed)" },
	{ CTL_FILTER, "filter", 0, "BPF", "only these packets, as tcpdump writes it" },
	{ CTL_LISTENING, "listening", 0, "LIST",
		"what was served: tcp/22,udp/53 or none (guessed from answers)" },
	{ CTL_ROUTER, "router", 0, NULL, "what passes between others was forwarded by this host" },
	{ CTL_FRESH, "fresh", 0, NULL, "as a daemon that was started with the capture" },
	{ CTL_SINCE, "since", 0, "TIME", "how far back: 90s, 10m, 4h, 7d" },
	{ CTL_BY, "by", 0, "PERIOD", "5min, hour, day, month or year" },
	{ CTL_TOP, "top", 0, NULL, "the ten busiest of them" },
	{ CTL_STATE_DIR, "state-dir", 0, "DIR", "where the daemon (notify: where notify) keeps its state" },
	{ CTL_PRESENT, "present", 0, "FILE",
		"the configuration that the daemon ran with (/etc/tidegate/tidegate.conf)" },
	{ CTL_PCAP, "pcap", 0, "FILE", "a capture of them; - is standard output" },
	{ CTL_FRAMES, "frames", 0, "N", "end after so many (go on)" },
	{ CTL_INTERVAL, "interval", 0, "TIME", "between two of them: 1s to 1m (1s)" },
	{ CTL_USER, "user", 0, "NAME", "what this user's programs reach, or those of a uid" },
	{ CTL_UNIT, "unit", 0, "NAME",
		"what a systemd unit reaches: backup.service, or the path of its control group" },
	{ CTL_HOST, "host", 0, NULL, "what all of this host reaches" },
	{ CTL_FORCE, "force", 0, NULL, "however short, strange or different it is" },
	{ CTL_DRY_RUN, "dry-run", 0, NULL, "show it, and change nothing" },
	{ CTL_YES, "yes", 'y', NULL, "do not ask" },
	{ CTL_TEST, "test", 0, NULL, "one message to each hook, now and with your rights; how each went" },
	{ CTL_AS_IT_IS, "plain", 0, NULL, "with addresses, hosts and users as they are" },
	{ CTL_TEXT, "text", 0, NULL, "for people, also where another form is wished for" },
	{ CTL_HTML, "html", 0, "FILE", "as one page that needs no other; - is standard output" },
	{ CTL_OUT, "out", 0, "DIR", "into report-DATE.json and .html there, and latest.json and .html" },
	{ CTL_KEEP, "keep", 0, "DAYS", "how many of these days stay in DIR (30)" },
	{ CTL_EVE, "eve", 0, "FILE", "Suricata's eve.json; - is standard input" },
	{ CTL_SEED, "seed", 0, "N", "of all that is keyed (0): same seed, same bytes" },
	{ 0, "output", 'o', "table|json|plain", "for people, one object a line, or tabs" },
	{ 0, "socket", 0, "PATH", "of the daemon (" CTL_SOCKET ")" },
	{ 0, "no-color", 0, NULL, "as NO_COLOR in the environment" },
	{ 0, "quiet", 'q', NULL, "only the exit code, and errors" },
	{ 0, "help", 'h', NULL, "also of one verb: tidegate ban --help" },
	{ 0, "version", 'V', NULL, "of this tool" },
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

const struct ctl_option_row *ctl_option_at(size_t i)
{
	return i < OPTIONS ? &options[i] : NULL;
}

unsigned ctl_option_number(ctl_option bit)
{
	return (unsigned)__builtin_ctzll(bit);
}

const char *ctl_value(const struct ctl_tool *t, ctl_option o)
{
	return t->values[ctl_option_number(o)];
}
