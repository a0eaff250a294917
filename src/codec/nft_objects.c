/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our sets and chains, as const tables. Sizes and times that options choose are filled in
 * by nft_ruleset.
 */
#include "codec/nft_objects.h"

#include <linux/netfilter.h>

#define SET_SIZE 65536
#define NET_SIZE 16384 /* an interval is two elements on kernels before 6.13 */
#define GUARD_SIZE 4096 /* GUARDS twice, and room */
#define ACTORS_SIZE 4096
#define HOUR_MS 3600000
#define SHARE_MS 60000 /* an idle meter has long been full again by then */

/* Every port of three protocols: a port that found no room would be shielded. */
#define LISTEN_SIZE (3 * 65536)

/* How a set is made, and by that its size where the row says 0. */
enum set_kind {
	SINGLE = 0,
	INTERVAL,
	DYNAMIC, /* filled by the packets */
	ALLOWED, /* intervals of several fields, each with or without an end of its own */
};

static const struct set_row {
	const char *name;
	enum nft_key key;
	enum set_kind kind;
	uint32_t size, timeout_ms;
	const char *why;
} set_rows[NFT_SETS] = {
	[NFT_SET_GUARD4] = { "guard4", NFT_KEY_SADDR4, INTERVAL, GUARD_SIZE, 0,
		"never acted on: own addresses, gateways, resolvers, administrators" },
	[NFT_SET_GUARD6] = { "guard6", NFT_KEY_SADDR6, INTERVAL, GUARD_SIZE, 0, "" },
	[NFT_SET_DROP4] = { "drop4", NFT_KEY_SADDR4, SINGLE, 0, HOUR_MS,
		"drop: nothing passes, live flows neither; IPv6 sources are /64s" },
	[NFT_SET_DROP6] = { "drop6", NFT_KEY_SNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_DROPNET4] = { "dropnet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS,
		"the same for prefixes of any other length" },
	[NFT_SET_DROPNET6] = { "dropnet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_REFUSE4] = { "refuse4", NFT_KEY_SADDR4, SINGLE, 0, HOUR_MS,
		"refuse: no new flow; limit: no more than the element's own rate" },
	[NFT_SET_REFUSE6] = { "refuse6", NFT_KEY_SNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_REFUSENET4] = { "refusenet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS,
		"refuse, for prefixes" },
	[NFT_SET_REFUSENET6] = { "refusenet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_LIMITNET4] = { "limitnet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS,
		"limit, for prefixes: one rate for the whole prefix" },
	[NFT_SET_LIMITNET6] = { "limitnet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_REFUSESVC4] = { "refusesvc4", NFT_KEY_SADDR4_SERVICE, SINGLE, 0, HOUR_MS,
		"refuse and limit, at one service only" },
	[NFT_SET_REFUSESVC6] = { "refusesvc6", NFT_KEY_SNET6_SERVICE, SINGLE, 0, HOUR_MS,
		"" },
	[NFT_SET_REFUSESVCNET4] = {
		"refusesvcnet4", NFT_KEY_SADDR4_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_REFUSESVCNET6] = {
		"refusesvcnet6", NFT_KEY_SADDR6_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_LIMITSVCNET4] = {
		"limitsvcnet4", NFT_KEY_SADDR4_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_LIMITSVCNET6] = {
		"limitsvcnet6", NFT_KEY_SADDR6_SERVICE, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_SHIELD4] = { "shield4", NFT_KEY_SADDR4, SINGLE, 0, HOUR_MS,
		"shield: no new flow to a port that nobody listens on" },
	[NFT_SET_SHIELD6] = { "shield6", NFT_KEY_SNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_SHIELDNET4] = { "shieldnet4", NFT_KEY_SADDR4, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_SHIELDNET6] = { "shieldnet6", NFT_KEY_SADDR6, INTERVAL, 0, HOUR_MS, "" },
	[NFT_SET_SHIELDALL] = { "shieldall", NFT_KEY_NFPROTO, SINGLE, 2, HOUR_MS,
		"the shield against everybody" },
	[NFT_SET_SVCLIMIT] = { "svclimit", NFT_KEY_SERVICE, SINGLE, 4096, HOUR_MS,
		"service-limit: services whose new flows are shared out fairly" },
	[NFT_SET_SHARE4] = { "share4", NFT_KEY_SNET4_SERVICE, DYNAMIC, 0, SHARE_MS,
		"their meters, one for each /24 or /64; filled by the packets" },
	[NFT_SET_SHARE6] = { "share6", NFT_KEY_SNET6_SERVICE, DYNAMIC, 0, SHARE_MS, "" },
	[NFT_SET_SERVED4] = { "served4", NFT_KEY_SADDR4, DYNAMIC, 0, HOUR_MS,
		"peers that were served over TCP lately; filled by the packets" },
	[NFT_SET_SERVED6] = { "served6", NFT_KEY_SNET6, DYNAMIC, 0, HOUR_MS, "" },
	[NFT_SET_LISTENING] = { "listening", NFT_KEY_SERVICE, SINGLE, LISTEN_SIZE, 0,
		"ports that somebody listens on, for strangers" },
	[NFT_SET_MAPPED] = { "mapped", NFT_KEY_L4PROTO, SINGLE, 8, 0,
		"protocols whose listening ports are known; shields see no other" },
	[NFT_SET_ALIVE] = { "alive", NFT_KEY_NFPROTO, SINGLE, 2, 0,
		"refreshed while the daemon works; nothing is diverted without" },
	[NFT_SET_EGRESS_REFUSE4] = { "egress_refuse4", NFT_KEY_DADDR4, SINGLE, 0, HOUR_MS,
		"egress-refuse: nobody here reaches them; IPv6 destinations are /64s" },
	[NFT_SET_EGRESS_REFUSE6] = { "egress_refuse6", NFT_KEY_DNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_REFUSESVC4] = { "egress_refusesvc4", NFT_KEY_DADDR4_SERVICE, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_REFUSESVC6] = { "egress_refusesvc6", NFT_KEY_DNET6_SERVICE, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_LIMIT4] = { "egress_limit4", NFT_KEY_DADDR4, SINGLE, 0, HOUR_MS,
		"egress-limit: no more new flows a second than the element's own rate" },
	[NFT_SET_EGRESS_LIMIT6] = { "egress_limit6", NFT_KEY_DNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_LIMITSVC4] = { "egress_limitsvc4", NFT_KEY_DADDR4_SERVICE, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_LIMITSVC6] = { "egress_limitsvc6", NFT_KEY_DNET6_SERVICE, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_LIMIT_USER] = { "egress_limit_user", NFT_KEY_USER, SINGLE, ACTORS_SIZE, HOUR_MS, "" },
	[NFT_SET_EGRESS_LIMIT_GROUP] = { "egress_limit_group", NFT_KEY_GROUP, SINGLE, ACTORS_SIZE, HOUR_MS, "" },
	[NFT_SET_EGRESS_BYTES4] = { "egress_bytes4", NFT_KEY_DADDR4, SINGLE, 0, HOUR_MS,
		"egress-limit: no more bytes a second, of live flows either" },
	[NFT_SET_EGRESS_BYTES6] = { "egress_bytes6", NFT_KEY_DNET6, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_BYTESSVC4] = { "egress_bytessvc4", NFT_KEY_DADDR4_SERVICE, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_BYTESSVC6] = { "egress_bytessvc6", NFT_KEY_DNET6_SERVICE, SINGLE, 0, HOUR_MS, "" },
	[NFT_SET_EGRESS_BYTES_USER] = { "egress_bytes_user", NFT_KEY_USER, SINGLE, ACTORS_SIZE, HOUR_MS, "" },
	[NFT_SET_EGRESS_BYTES_GROUP] = { "egress_bytes_group", NFT_KEY_GROUP, SINGLE, ACTORS_SIZE, HOUR_MS, "" },
	[NFT_SET_JAIL_USER] = { "jail_user", NFT_KEY_USER, SINGLE, ACTORS_SIZE, HOUR_MS,
		"egress-allowlist: they reach what is allowed to them, and guards" },
	[NFT_SET_JAIL_GROUP] = { "jail_group", NFT_KEY_GROUP, SINGLE, ACTORS_SIZE, HOUR_MS, "" },
	[NFT_SET_JAIL_HOST] = { "jail_host", NFT_KEY_NFPROTO, SINGLE, 2, HOUR_MS, "" },
	[NFT_SET_ALLOW_USER4] = { "allow_user4", NFT_KEY_USER_DADDR4_SERVICE, ALLOWED, 0, 0,
		"where they may go" },
	[NFT_SET_ALLOW_USER6] = { "allow_user6", NFT_KEY_USER_DADDR6_SERVICE, ALLOWED, 0, 0, "" },
	[NFT_SET_ALLOW_GROUP4] = { "allow_group4", NFT_KEY_GROUP_DADDR4_SERVICE, ALLOWED, 0, 0, "" },
	[NFT_SET_ALLOW_GROUP6] = { "allow_group6", NFT_KEY_GROUP_DADDR6_SERVICE, ALLOWED, 0, 0, "" },
	[NFT_SET_ALLOW_HOST4] = { "allow_host4", NFT_KEY_DADDR4_SERVICE, ALLOWED, 0, 0, "" },
	[NFT_SET_ALLOW_HOST6] = { "allow_host6", NFT_KEY_DADDR6_SERVICE, ALLOWED, 0, 0, "" },
	[NFT_SET_EGRESS_ON] = { "egress_on", NFT_KEY_NFPROTO, SINGLE, 2, HOUR_MS,
		"while these are empty nothing that leaves is looked up in the sets above" },
	[NFT_SET_LIMIT_ON] = { "limit_on", NFT_KEY_NFPROTO, SINGLE, 2, HOUR_MS, "" },
};

static const struct nft_chain_spec chains[NFT_CHAINS] = {
	[NFT_CHAIN_EARLY] = {
		"early", "before conntrack: a dropped source costs next to nothing",
		NF_INET_PRE_ROUTING, -450, "prerouting", "-450" },
	[NFT_CHAIN_STRIKE] = {
		"strike", "the one place that drops: loopback and guards come through",
		-1, 0, "", "" },
	[NFT_CHAIN_SHARE] = {
		"share", "strangers share a service; who was served lately does not",
		-1, 0, "", "" },
	[NFT_CHAIN_SERVED] = {
		"served", "data or a FIN of a socket of ours: who gets it is no forgery",
		-1, 0, "", "" },
	[NFT_CHAIN_MEASURES] = { "measures", "", -1, 0, "", "" },
	[NFT_CHAIN_SHIELDS] = { "shields", "", -1, 0, "", "" },
	[NFT_CHAIN_BEGIN] = {
		"begin", "only what would begin a flow, and odd packets, ever come here",
		-1, 0, "", "" },
	[NFT_CHAIN_ODD_INPUT] = {
		"odd_input", "TCP flags that no honest stack sends; conntrack: invalid",
		-1, 0, "", "" },
	[NFT_CHAIN_ODD_FORWARD] = { "odd_forward", "", -1, 0, "", "" },
	[NFT_CHAIN_COPY] = {
		"copy", "ICMP is never held: conntrack loses echo requests that were",
		-1, 0, "", "" },
	[NFT_CHAIN_CLOSED] = {
		"closed", "nobody watches: what would begin a flow ends here",
		-1, 0, "", "" },
	[NFT_CHAIN_DNS] = {
		"dns", "our own questions and the answers to them: copied", -1, 0, "", "" },
	[NFT_CHAIN_ANSWERS] = {
		"answers", "held while anybody may be jailed, till the addresses in them are allowed to him", -1, 0, "", "" },
	[NFT_CHAIN_DENY] = {
		"deny", "the one place that refuses what leaves, and says so at once", -1, 0, "", "" },
	[NFT_CHAIN_HOLD_BACK] = {
		"hold_back", "the one place that drops what leaves too fast", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_HOST] = { "jailed_host", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_USER] = { "jailed_user", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_GROUP1] = { "jailed_group1", "control groups, by how deep they lie", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_GROUP2] = { "jailed_group2", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_GROUP3] = { "jailed_group3", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_GROUP4] = { "jailed_group4", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_GROUP5] = { "jailed_group5", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILED_GROUP6] = { "jailed_group6", "", -1, 0, "", "" },
	[NFT_CHAIN_JAILS] = {
		"jails", "what this host began itself, live or new; never an answer to others", -1, 0, "", "" },
	[NFT_CHAIN_BYTES] = { "byte_rates", "", -1, 0, "", "" },
	[NFT_CHAIN_LIMITS] = { "flow_rates", "", -1, 0, "", "" },
	[NFT_CHAIN_COPY_OUT] = {
		"copy_out", "the first packet of a flow of ours; none of DNS is ever held", -1, 0, "", "" },
	[NFT_CHAIN_INPUT] = {
		"input", "", NF_INET_LOCAL_IN, -149, "input", "mangle + 1" },
	[NFT_CHAIN_FORWARD] = {
		"forward", "", NF_INET_FORWARD, -149, "forward", "mangle + 1" },
	[NFT_CHAIN_OUTPUT] = {
		"output", "what we end, and what we begin: remembered, so that late answers are known",
		NF_INET_LOCAL_OUT, -149, "output", "mangle + 1" },
};

struct nft_set_spec nft_objects_set(enum nft_set_id id, uint32_t size)
{
	const struct set_row *r = &set_rows[id];
	uint32_t room = size ? size : SET_SIZE;

	if (r->kind == INTERVAL || r->kind == ALLOWED)
		room = NET_SIZE;
	return (struct nft_set_spec){
		.name = r->name,
		.why = r->why,
		.key = r->key,
		.interval = r->kind == INTERVAL || r->kind == ALLOWED,
		.dynamic = r->kind == DYNAMIC,
		.ends = r->kind == ALLOWED,
		.size = r->size ? r->size : room,
		.timeout_ms = r->timeout_ms,
	};
}

struct nft_set_spec nft_set_spec(enum nft_set_id id)
{
	return nft_objects_set(id, 0);
}

struct nft_chain_spec nft_objects_chain(enum nft_chain_id id)
{
	return chains[id];
}
