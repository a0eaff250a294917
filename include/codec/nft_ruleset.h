/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one description of our kernel table `inet tidegate`, as data: sets, chains, and
 * rules as lists of small operations. The netlink messages (nft_encode) and the text for
 * people (nft_text) are two readings of it, so what is shown is what is installed. Pure;
 * built anew from the options whenever it is needed.
 *
 *   early   prerouting -450  guards, then everything of dropped sources ends
 *   input   input -149       shields and measures on what would begin a flow; then the
 *                            diversion
 *   forward forward -149     the same without the shields: what others listen on is not known
 *   output  output -149      what may not leave is refused, what leaves too fast is held back;
 *                            then new flows of our own are held or copied
 *
 * Of what leaves nothing but two empty sets is looked into while no response to it stands: egress_on and
 * limit_on hold an element as long as a measure does that the chain behind them is for.
 */
#ifndef TIDEGATE_CODEC_NFT_RULESET_H
#define TIDEGATE_CODEC_NFT_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFT_TABLE "tidegate"

/*
 * Bits of a flow's conntrack label, far from where administrators begin to count.
 * SEEN: a flow without an answer stays "new" for conntrack, packet for packet (syslog,
 * statsd); this says that its first one was seen.
 * ENDED: the one who was called has sent a FIN. Only a socket does, and only the exact
 * initial sequence number makes one of a SYN; all else that conntrack knows of a flow can
 * be brought about from afar by 65,000 guesses.
 */
#define NFT_LABEL_SEEN 120
#define NFT_LABEL_ENDED 121
/* A TCP connection that conntrack first saw in its middle, by a segment of ours: who began it is not known. */
#define NFT_LABEL_PICKED 122
/* What a jail has let begin; one for each chain of jails, NFT_CHAIN_JAILED_HOST first. */
#define NFT_LABEL_ALLOWED 112

/* How deep a control group may lie that a response is about. */
#define NFT_LEVELS 6

/* Log groups: log_group and those behind it. */
enum nft_group {
	NFT_GROUP_PLAIN = 0, /* ICMP, what this host begins, what is only copied */
	NFT_GROUP_DNS,
	NFT_GROUP_REFUSED, /* what of ours was refused to leave */
	NFT_GROUPS,
};

/* What a kernel may do without: bits of nft_opts.lacks. */
enum nft_lack {
	NFT_LACKS_REJECT = 1,      /* what is refused is dropped, and programs wait */
	NFT_LACKS_GROUPS = 2,      /* no response is about a control group */
	NFT_LACKS_ADDRESS_KIND = 4, /* groups and broadcasts are known by the engine alone: nothing of ours is held */
};

/* How new flows of a hook reach us. */
enum divert {
	DIVERT_OFF = 0,
	DIVERT_COPY,  /* NFLOG: nothing is ever held */
	DIVERT_QUEUE, /* NFQUEUE with bypass; ICMP is copied all the same */
};

struct nft_opts {
	enum divert input, forward, output;
	bool native_queue;  /* nftables' own expression; else the xt NFQUEUE target,
			       revision 3 */
	uint16_t queue_num; /* first of five: new TCP, other new flows, packets no honest
			       stack sends, new flows of our own, answers to our DNS queries */
	uint16_t log_group; /* first of NFT_GROUPS */
	uint16_t copy_bytes; /* of each copied packet: 128 holds every header that is read
			      */
	uint32_t icmp_rate;     /* copies of ICMP, a second at most: 1000 */
	uint32_t outgoing_rate; /* of our own new flows, held or copied: 10000; beyond it they pass unseen */
	bool dns;               /* copy our own DNS queries and the answers to them */
	uint32_t dns_rate;      /* such copies: 2000 */
	bool hold_answers;      /* with dns: while anybody may be jailed, answers wait for us instead of being copied */
	unsigned lacks;         /* enum nft_lack: built without these; nft_install finds out */
	uint32_t service_rate; /* service-limit: new connections a second for each /24 and
				  /64 ... */
	uint32_t service_burst; /* ... and how many at once */
	uint32_t alive_ms;      /* the dead-man element ends after that: 2000 */
	/* Input and forward, where they are DIVERT_QUEUE: without the dead-man element, or
	 * with nobody at the queue, what would begin a flow is dropped, but for guards,
	 * loopback, ICMP and multicast; live flows go on. Output always passes: guards
	 * are known by where packets come from. */
	bool fail_closed;
	bool owned; /* the table belongs to the socket that installs it; see nft_owned */
	uint32_t set_size;      /* elements in each set of single sources; 0 = 65536 */
};

/* The defaults above, with input DIVERT_QUEUE, the others off, queue 4100, group 4100. */
struct nft_opts nft_opts_default(void);

/* What a set is looked up with, which is also its type. */
enum nft_key {
	NFT_KEY_NONE = 0,
	NFT_KEY_SADDR4,  /* ip saddr */
	NFT_KEY_SADDR6,  /* ip6 saddr */
	NFT_KEY_SNET6,   /* ip6 saddr & ffff:ffff:ffff:ffff:: */
	NFT_KEY_DADDR4,  /* ip daddr */
	NFT_KEY_DADDR6,
	NFT_KEY_DNET6,   /* ip6 daddr & ffff:ffff:ffff:ffff:: */
	NFT_KEY_SERVICE, /* meta l4proto . th dport */
	NFT_KEY_SADDR4_SERVICE,
	NFT_KEY_SADDR6_SERVICE,
	NFT_KEY_SNET6_SERVICE,
	NFT_KEY_SNET4_SERVICE, /* ip saddr & 255.255.255.0 . meta l4proto . th dport */
	NFT_KEY_DADDR4_SERVICE,
	NFT_KEY_DADDR6_SERVICE,
	NFT_KEY_DNET6_SERVICE,
	NFT_KEY_OWN_SERVICE, /* meta l4proto . th sport: no set's own */
	NFT_KEY_NFPROTO,     /* meta nfproto */
	NFT_KEY_L4PROTO,     /* meta l4proto */
	NFT_KEY_USER,        /* meta skuid */
	NFT_KEY_GROUP,       /* socket cgroupv2 level N */
	NFT_KEY_USER_DADDR4_SERVICE,
	NFT_KEY_USER_DADDR6_SERVICE,
	NFT_KEY_GROUP_DADDR4_SERVICE,
	NFT_KEY_GROUP_DADDR6_SERVICE,
	NFT_KEYS,
};

enum nft_set_id {
	NFT_SET_GUARD4 = 0, /* never acted on */
	NFT_SET_GUARD6,
	NFT_SET_DROP4, /* response drop */
	NFT_SET_DROP6,
	NFT_SET_DROPNET4,
	NFT_SET_DROPNET6,
	NFT_SET_REFUSE4, /* responses refuse and limit: an element without a limit of its
			    own, or with one */
	NFT_SET_REFUSE6,
	NFT_SET_REFUSENET4, /* for prefixes these are two sets: intervals of one set may
			       not overlap, */
	NFT_SET_REFUSENET6, /* and a limited /8 may hold a refused /24 */
	NFT_SET_LIMITNET4,
	NFT_SET_LIMITNET6,
	NFT_SET_REFUSESVC4, /* refuse and limit, scope service */
	NFT_SET_REFUSESVC6,
	NFT_SET_REFUSESVCNET4,
	NFT_SET_REFUSESVCNET6,
	NFT_SET_LIMITSVCNET4,
	NFT_SET_LIMITSVCNET6,
	NFT_SET_SHIELD4, /* response shield */
	NFT_SET_SHIELD6,
	NFT_SET_SHIELDNET4,
	NFT_SET_SHIELDNET6,
	NFT_SET_SHIELDALL, /* the host-wide shield: both families, or none */
	NFT_SET_SVCLIMIT,  /* response service-limit */
	NFT_SET_SHARE4,    /* its meters, filled by the packet path */
	NFT_SET_SHARE6,
	NFT_SET_SERVED4, /* peers that a TCP socket has answered lately: nft_ruleset.c */
	NFT_SET_SERVED6,
	NFT_SET_LISTENING, /* what we serve */
	NFT_SET_MAPPED,    /* protocols whose listening ports are known; shields leave all
			      others alone */
	NFT_SET_ALIVE,     /* the dead-man element, one for each family */
	NFT_SET_EGRESS_REFUSE4, /* response egress-refuse of a destination */
	NFT_SET_EGRESS_REFUSE6,
	NFT_SET_EGRESS_REFUSESVC4, /* scope service */
	NFT_SET_EGRESS_REFUSESVC6,
	NFT_SET_EGRESS_LIMIT4, /* response egress-limit: new flows a second; each element has its own limit */
	NFT_SET_EGRESS_LIMIT6,
	NFT_SET_EGRESS_LIMITSVC4,
	NFT_SET_EGRESS_LIMITSVC6,
	NFT_SET_EGRESS_LIMIT_USER,
	NFT_SET_EGRESS_LIMIT_GROUP,
	NFT_SET_EGRESS_BYTES4, /* and its bytes a second, likewise */
	NFT_SET_EGRESS_BYTES6,
	NFT_SET_EGRESS_BYTESSVC4,
	NFT_SET_EGRESS_BYTESSVC6,
	NFT_SET_EGRESS_BYTES_USER,
	NFT_SET_EGRESS_BYTES_GROUP,
	NFT_SET_JAIL_USER, /* response egress-allowlist */
	NFT_SET_JAIL_GROUP,
	NFT_SET_JAIL_HOST,   /* both families, or none */
	NFT_SET_ALLOW_USER4, /* where a jailed actor may go */
	NFT_SET_ALLOW_USER6,
	NFT_SET_ALLOW_GROUP4,
	NFT_SET_ALLOW_GROUP6,
	NFT_SET_ALLOW_HOST4,
	NFT_SET_ALLOW_HOST6,
	NFT_SET_EGRESS_ON, /* switches, one element for each family: something may stand in the sets of jails, refusals, bytes */
	NFT_SET_LIMIT_ON,  /* ... of limits of new flows */
	NFT_SETS,
};

struct nft_set_spec {
	const char *name;
	const char *why; /* "" or one line for people */
	enum nft_key key;
	bool interval;
	bool dynamic; /* filled by the packet path */
	bool ends;    /* elements may have a timeout, though none is given to those that name none */
	uint32_t size;
	uint32_t timeout_ms; /* of an element that names none: nothing of ours stays for
				ever; 0 = stays */
};

enum nft_chain_id {
	NFT_CHAIN_EARLY = 0,
	NFT_CHAIN_STRIKE,   /* the one place that drops: loopback and guards come through */
	NFT_CHAIN_SHARE,
	NFT_CHAIN_SERVED, /* remembers whom the packet goes to */
	NFT_CHAIN_MEASURES,
	NFT_CHAIN_SHIELDS,
	NFT_CHAIN_BEGIN,
	NFT_CHAIN_ODD_INPUT,
	NFT_CHAIN_ODD_FORWARD,
	NFT_CHAIN_COPY,
	NFT_CHAIN_CLOSED,
	NFT_CHAIN_DNS,
	NFT_CHAIN_ANSWERS,
	NFT_CHAIN_DENY,      /* the one place that refuses what leaves: loopback and guards come through */
	NFT_CHAIN_HOLD_BACK, /* the one that drops what leaves too fast: likewise */
	NFT_CHAIN_JAILED_HOST,
	NFT_CHAIN_JAILED_USER,
	NFT_CHAIN_JAILED_GROUP1, /* one for each level, NFT_LEVELS of them */
	NFT_CHAIN_JAILED_GROUP2,
	NFT_CHAIN_JAILED_GROUP3,
	NFT_CHAIN_JAILED_GROUP4,
	NFT_CHAIN_JAILED_GROUP5,
	NFT_CHAIN_JAILED_GROUP6,
	NFT_CHAIN_JAILS,
	NFT_CHAIN_BYTES,
	NFT_CHAIN_LIMITS,
	NFT_CHAIN_COPY_OUT,
	NFT_CHAIN_INPUT,
	NFT_CHAIN_FORWARD,
	NFT_CHAIN_OUTPUT,
	NFT_CHAINS,
};

struct nft_chain_spec {
	const char *name;
	const char *why; /* "" or one line for people */
	int hook;        /* NF_INET_*, or -1: a chain that others jump to */
	int priority;
	const char *hook_text;
	const char *priority_text; /* as the nft tool prints it */
};

enum nft_op_kind {
	NFT_OP_END = 0,
	NFT_OP_IIF_LO, /* iif "lo" */
	NFT_OP_OIF_LO,
	NFT_OP_CT_STATE, /* a = mask of conntrack states, any of them */
	NFT_OP_CT_NOT,   /* a = one state that it must not be */
	NFT_OP_CT_LABEL, /* a = bit: set already */
	NFT_OP_CT_LABEL_SET,
	NFT_OP_CT_REPLY, /* of the one who was called */
	NFT_OP_CT_ORIGINAL, /* of the one who called */
	NFT_OP_L4PROTO_NOT,
	NFT_OP_L4PROTO,   /* a = protocol */
	NFT_OP_TCP_FLAGS, /* (flags & a) == b, TCP only */
	NFT_OP_TCP_FLAGS_NOT, /* (flags & a) != b, TCP only */
	NFT_OP_SPORT,         /* a = protocol, b = port */
	NFT_OP_DPORT,
	NFT_OP_PORTS,         /* a = protocol, b = source port << 16 | destination port */
	NFT_OP_ICMP6_NOT,     /* ICMPv6 of any other type than a */
	NFT_OP_ADDRESS_KIND,  /* a = kind of the destination: RTN_BROADCAST, RTN_MULTICAST */
	NFT_OP_NOT_TO_US, /* pkttype is not host */
	NFT_OP_IN,     /* set: the set's own key is in it (and the element's own limit is
			  passed); a = enum nft_key instead of its own, b = level of a control group */
	NFT_OP_NOT_IN, /* set */
	NFT_OP_METER,  /* set: over a packets a second, b at once, for this key of the set
			*/
	NFT_OP_UPDATE, /* set: a = enum nft_key of the packet is in it from now on, for the
			  set's whole timeout; where it is full, nothing */
	NFT_OP_LIMIT,  /* a packets a second at most, b at once */
	NFT_OP_COUNTER,
	NFT_OP_LOG,   /* a = group, b = bytes copied */
	NFT_OP_QUEUE, /* a = queue number; where nobody listens, b = 0 passes, 1 drops */
	NFT_OP_DROP,
	NFT_OP_REJECT, /* a = 1: TCP reset; 0: ICMP, prohibited by an administrator */
	NFT_OP_RETURN,
	NFT_OP_JUMP, /* chain */
	NFT_OP_GOTO, /* chain */
	NFT_OPS,
};

struct nft_op {
	enum nft_op_kind kind;
	uint32_t a, b;
	enum nft_set_id set;
	enum nft_chain_id chain;
};

#define NFT_RULE_OPS 6
#define NFT_RULES 224

struct nft_rule {
	enum nft_chain_id chain;
	const char *why;                 /* "" or one line for people */
	struct nft_op ops[NFT_RULE_OPS]; /* up to the first NFT_OP_END */
};

struct nft_ruleset {
	struct nft_set_spec sets[NFT_SETS];
	struct nft_chain_spec chains[NFT_CHAINS];
	bool chain_used[NFT_CHAINS];      /* chains of hooks that are off are left out */
	struct nft_rule rules[NFT_RULES]; /* those of a chain in their order */
	size_t n_rules;
	bool native_queue;
	bool owned;
};

/* One set, as default options size it. */
struct nft_set_spec nft_set_spec(enum nft_set_id id);

/* Builds the description; never fails. */
void nft_ruleset_build(const struct nft_opts *o, struct nft_ruleset *out);

/* The kernel option without which this operation cannot be installed; "" where every
 * kernel with nftables has it. */
const char *nft_op_kernel_option(enum nft_op_kind k, bool native_queue);

/* What is given up where the kernel has no such operation: a bit of enum nft_lack; 0 for what cannot be done
 * without. key: of the set that is looked into, where it is that. */
unsigned nft_op_lack(enum nft_op_kind k, enum nft_key key);

/* The kernel option without which that is given up. */
const char *nft_lack_kernel_option(enum nft_lack lack);

#endif
