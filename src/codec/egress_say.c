/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of egress as members and as words. Names of processes were escaped where they were read, names of destinations are
 * what others put into the DNS: all of them go through the escaping writers once more.
 */
#include "codec/egress_say.h"

#include <inttypes.h>
#include <string.h>

#include "codec/json_put.h"

#define DAY_S (24 * 3600)

static void put_known(json_t *o, const char *name, const char *s)
{
	if (s[0])
		put_text(o, name, s);
}

static void put_blame(json_t *o, const struct blame *b)
{
	put_known(o, "process", b->comm);
	put_known(o, "executable", b->exe);
	if (b->pid)
		put_int(o, "pid", b->pid);
	put_known(o, "parent", b->parent);
	put_known(o, "user", b->user);
	if (b->owner.uid != OWNER_UNKNOWN)
		put_int(o, "uid", b->owner.uid);
	put_known(o, "unit", b->unit);
	if (b->owner.cgroup)
		put_count(o, "cgroup", b->owner.cgroup);
	if (b->level)
		put_int(o, "cgroup_level", b->level);
}

void put_egress(json_t *o, const struct egress_facts *f)
{
	json_t *facts;

	if (!f->any)
		return;
	facts = json_object();
	put_blame(facts, &f->blame);
	put_known(facts, "name", f->name);
	put_count(facts, "bytes_out", f->bytes[FLOW_THERE]);
	put_count(facts, "bytes_in", f->bytes[FLOW_BACK]);
	if (f->known_s >= 0)
		put_int(facts, "known_s", f->known_s);
	put_value(o, "egress", facts);
}

static void add_bytes(struct text *t, uint64_t n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned unit = 0;
	uint64_t tenths;

	if (n < 1024) {
		text_addf(t, "%" PRIu64 " B", n);
		return;
	}
	tenths = n > UINT64_MAX / 10 ? UINT64_MAX : n * 10;
	while (tenths >= 10240 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		tenths /= 1024;
		unit++;
	}
	text_addf(t, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
}

static void add_user(struct text *t, const struct blame *b)
{
	if (b->user[0])
		text_add_visible(t, b->user);
	else if (b->owner.uid != OWNER_UNKNOWN)
		text_addf(t, "uid %" PRIu32, b->owner.uid);
	else
		text_add(t, "user unknown");
	if (!b->unit[0])
		return;
	text_add(t, ", ");
	text_add_visible(t, b->unit);
}

static void add_blame(struct text *t, const struct blame *b)
{
	if (!b->pid && b->owner.uid == OWNER_UNKNOWN && !b->unit[0]) {
		text_add(t, "by nobody who could be named");
		return;
	}
	text_add(t, "by ");
	if (!b->pid) {
		add_user(t, b);
		return;
	}
	text_add_visible(t, b->comm[0] ? b->comm : "a process");
	text_addf(t, " (pid %" PRIu32 ", ", b->pid);
	add_user(t, b);
	text_add(t, ")");
}

/* To the day, the hour or the minute: nobody acts on more. */
static void add_known(struct text *t, int64_t known_s)
{
	if (known_s < 0)
		return;
	if (known_s < 60)
		text_add(t, ", first seen now");
	else if (known_s < 3600)
		text_addf(t, ", known for %" PRId64 " min", known_s / 60);
	else if (known_s < DAY_S)
		text_addf(t, ", known for %" PRId64 " h", known_s / 3600);
	else
		text_addf(t, ", known for %" PRId64 " d", known_s / DAY_S);
}

void egress_add_text(struct text *t, const struct egress_facts *f)
{
	if (!f->any)
		return;
	add_blame(t, &f->blame);
	if (f->name[0]) {
		text_add(t, " to ");
		text_add_visible(t, f->name);
	}
	if (f->bytes[FLOW_THERE]) {
		text_add(t, ", ");
		add_bytes(t, f->bytes[FLOW_THERE]);
		text_add(t, " out");
	}
	add_known(t, f->known_s);
}
