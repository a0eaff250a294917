/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each socket has a kind (core/role_kind.h); those that strangers reach are weighed. What decides between two is what a
 * wrong choice does: a web server under the policy for bastions would drop its visitors, a bastion under the one for web
 * servers is only more patient with guessers.
 */
#include "core/role.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/role_kind.h"

#define TCP 6

/* The first socket of a kind, and how many: n those that strangers reach, local the others. */
struct tally {
	size_t n[KINDS], local[KINDS], unnamed;
	const struct role_socket *first[KINDS], *first_local[KINDS];
};

static void count(const struct role_facts *f, struct tally *t)
{
	*t = (struct tally){ .unnamed = 0 };
	for (size_t i = 0; i < f->n_sockets; i++) {
		const struct role_socket *s = &f->sockets[i];
		enum role_kind k = role_kind_of(f, s);

		if (s->local) {
			t->first_local[k] = t->local[k]++ ? t->first_local[k] : s;
			continue;
		}
		t->first[k] = t->n[k]++ ? t->first[k] : s;
		t->unnamed += !s->who[0] && k != KIND_HOUSE;
	}
}

static void say_socket(struct text *t, const struct role_socket *s)
{
	struct slice who = { (const uint8_t *)s->who, strnlen(s->who, sizeof(s->who)) };

	text_addf(t, "%s%s/%u", t->len ? ", " : "", s->proto == TCP ? "tcp" : "udp", (unsigned)s->port);
	if (who.len) {
		text_add(t, " by ");
		text_add_escaped(t, who);
	}
}

#define SHOWN 4 /* sockets of one kind */

static void say_kind(struct text *t, const struct role_facts *f, enum role_kind k)
{
	size_t shown = 0;

	for (size_t i = 0; i < f->n_sockets; i++) {
		if (f->sockets[i].local || role_kind_of(f, &f->sockets[i]) != k)
			continue;
		if (shown++ < SHOWN)
			say_socket(t, &f->sockets[i]);
	}
	if (shown > SHOWN)
		text_addf(t, " and %zu more", shown - SHOWN);
}

static void say_why(const struct role_facts *f, struct role_found *out, const enum role_kind *kinds, size_t n)
{
	struct text t = text_over(out->why, sizeof(out->why));

	for (size_t i = 0; i < n; i++)
		say_kind(&t, f, kinds[i]);
}

static void note(struct role_found *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct role_found *out, const char *format, ...)
{
	va_list args;

	if (out->n_notes == ROLE_NOTES)
		return;
	va_start(args, format);
	vsnprintf(out->notes[out->n_notes++], ROLE_TEXT, format, args);
	va_end(args);
}

static const char *name_socket(const struct role_socket *s, char out[64])
{
	struct text t = text_over(out, 64);

	say_socket(&t, s);
	return out;
}

static void add_port(struct role_found *out, uint16_t port)
{
	size_t at = 0;

	while (at < out->n_admin_ports && out->admin_ports[at] < port)
		at++;
	if (!port || out->n_admin_ports == ROLE_ADMIN_PORTS ||
		(at < out->n_admin_ports && out->admin_ports[at] == port))
		return;
	memmove(&out->admin_ports[at + 1], &out->admin_ports[at], (out->n_admin_ports++ - at) * sizeof(port));
	out->admin_ports[at] = port;
}

/* The session's own port counts even where the program is not known: somebody came in by it. */
static void find_admin_ports(const struct role_facts *f, struct role_found *out)
{
	for (size_t i = 0; i < f->n_sockets; i++)
		if (f->sockets[i].proto == TCP && !f->sockets[i].local && role_kind_of(f, &f->sockets[i]) == KIND_SSH)
			add_port(out, f->sockets[i].port);
	add_port(out, f->session_port);
}

static bool is_router(const struct role_facts *f, const struct tally *t)
{
	/* Containers need forwarding on a host that routes nothing; a program that routes makes the difference. */
	return f->forwards && f->networks >= 2 && (!f->containers[0] || t->n[KIND_ROUTING]);
}

static enum role_sure less(enum role_sure a, enum role_sure b)
{
	return a < b ? a : b;
}

/* Of a host that serves what strangers reach: certain where nothing else is there, and programs are known. */
static enum role_sure sure_of(const struct tally *t, size_t foreign)
{
	enum role_sure s = foreign ? ROLE_LIKELY : ROLE_CERTAIN;

	return t->unnamed ? less(s, ROLE_LIKELY) : s;
}

static void choose_router(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	static const enum role_kind kinds[] = { KIND_ROUTING, KIND_SSH };
	char rest[ROLE_TEXT];
	struct text line = text_over(rest, sizeof(rest)), why;

	for (size_t i = 0; i < 2; i++)
		say_kind(&line, f, kinds[i]);
	why = text_over(out->why, sizeof(out->why));
	text_addf(&why, "forwarding is on, between %zu networks%s%s", f->networks, rest[0] ? ", " : "", rest);
	out->role = ROLE_ROUTER;
	out->forward = true;
	out->sure = t->n[KIND_ROUTING] && f->default_route ? ROLE_CERTAIN : ROLE_LIKELY;
	out->also = (t->n[KIND_WEB] ? 1u << ROLE_WEB : 0) | (t->n[KIND_DATABASE] ? 1u << ROLE_DATABASE : 0);
}

static void choose_web(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	static const enum role_kind kinds[] = { KIND_WEB, KIND_DEVELOPER, KIND_SSH, KIND_DATABASE };

	out->role = ROLE_WEB;
	out->also = t->n[KIND_DATABASE] ? 1u << ROLE_DATABASE : 0;
	out->sure = t->n[KIND_WEB] ? sure_of(t, t->n[KIND_DATABASE] + t->n[KIND_OTHER]) : ROLE_GUESS;
	if (f->desktop[0]) {
		out->also |= 1u << ROLE_WORKSTATION;
		out->sure = ROLE_GUESS;
	}
	say_why(f, out, kinds, 4);
}

static void choose_database(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	static const enum role_kind kinds[] = { KIND_DATABASE, KIND_SSH, KIND_OTHER };

	out->role = ROLE_DATABASE;
	out->sure = sure_of(t, t->n[KIND_OTHER] + t->n[KIND_DEVELOPER]);
	if (f->desktop[0]) {
		out->also |= 1u << ROLE_WORKSTATION;
		out->sure = ROLE_GUESS;
	}
	say_why(f, out, kinds, 3);
	note(out, "the policy database drops whoever is in no never_block and connects three times: name its clients there "
		"before mode enforce");
}

/* No policy is made for it (mail, DNS, games): the one that limits first and drops last hurts its users least. */
static void choose_other(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	static const enum role_kind kinds[] = { KIND_OTHER, KIND_DEVELOPER, KIND_SSH };
	char room[64];

	out->role = ROLE_WEB;
	out->sure = ROLE_GUESS;
	say_why(f, out, kinds, 3);
	note(out, "no shipped policy is made for %s: web-server limits first and drops last, which hurts users least",
		name_socket(t->first[KIND_OTHER] ? t->first[KIND_OTHER] : t->first[KIND_DEVELOPER], room));
}

static void choose_desk(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	static const enum role_kind kinds[] = { KIND_DESK, KIND_SSH, KIND_DEVELOPER, KIND_OTHER };
	char sockets[ROLE_TEXT];
	struct text s = text_over(sockets, sizeof(sockets)), why = text_over(out->why, sizeof(out->why));

	for (size_t i = 0; i < 4; i++)
		say_kind(&s, f, kinds[i]);
	text_add(&why, "a graphical session: ");
	text_add_escaped(&why, (struct slice){ (const uint8_t *)f->desktop, strnlen(f->desktop, sizeof(f->desktop)) });
	text_addf(&why, "%s%s", sockets[0] ? ", " : "", sockets);
	out->role = ROLE_WORKSTATION;
	out->sure = t->n[KIND_OTHER] ? ROLE_LIKELY : ROLE_CERTAIN;
}

static void choose_bastion(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	static const enum role_kind kinds[] = { KIND_SSH };

	out->role = ROLE_BASTION;
	out->sure = sure_of(t, t->n[KIND_DESK]);
	say_why(f, out, kinds, 1);
	text_copy(out->why + strlen(out->why), sizeof(out->why) - strlen(out->why), ", and nothing else that strangers reach");
}

static void choose(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	if (is_router(f, t))
		choose_router(f, t, out);
	else if (t->n[KIND_WEB])
		choose_web(f, t, out);
	else if (t->n[KIND_DATABASE])
		choose_database(f, t, out);
	else if (f->desktop[0])
		choose_desk(f, t, out);
	else if (t->n[KIND_OTHER] || t->n[KIND_DEVELOPER])
		choose_other(f, t, out);
	else if (t->n[KIND_SSH])
		choose_bastion(f, t, out);
	else
		text_copy(out->why, sizeof(out->why), "nothing is served that strangers reach");
}

static void note_databases(const struct tally *t, struct role_found *out)
{
	char room[64];

	if (t->n[KIND_DATABASE] && out->role != ROLE_DATABASE)
		note(out, "%s is open to strangers, too: bind it to loopback, or say --policy database and name its clients in "
			"never_block", name_socket(t->first[KIND_DATABASE], room));
	else if (t->local[KIND_DATABASE] && !t->n[KIND_DATABASE])
		note(out, "%s is on loopback alone: strangers do not reach it, so it decides nothing",
			name_socket(t->first_local[KIND_DATABASE], room));
}

static void note_more(const struct role_facts *f, const struct tally *t, struct role_found *out)
{
	note_databases(t, out);
	if (out->role == ROLE_ROUTER && t->n[KIND_WEB])
		note(out, "it serves the web, too: the policy router-gateway knows that traffic");
	if (f->forwards && out->role != ROLE_ROUTER && f->containers[0])
		note(out, "what is forwarded to containers (%.15s) is not judged unless divert.forward is \"queue\"", f->containers);
	else if (f->forwards && out->role != ROLE_ROUTER)
		note(out, "forwarding is on, but there is one network only: --policy router-gateway if it does route");
	if (t->unnamed)
		note(out, "%zu sockets show no program (root sees more): they were told by their ports", t->unnamed);
	if (f->cut)
		note(out, "%zu more sockets were not looked at", f->cut);
}

void role_judge(const struct role_facts *f, struct role_found *out)
{
	struct tally t;

	*out = (struct role_found){ .role = ROLE_WORKSTATION };
	count(f, &t);
	find_admin_ports(f, out);
	choose(f, &t, out);
	note_more(f, &t, out);
}

bool role_add(struct role_facts *f, const struct role_socket *s)
{
	for (size_t i = 0; i < f->n_sockets; i++) {
		struct role_socket *o = &f->sockets[i];

		if (o->proto != s->proto || o->port != s->port)
			continue;
		if (o->local && !s->local)
			*o = *s;
		else if (o->local == s->local && !o->who[0])
			memcpy(o->who, s->who, sizeof(o->who));
		return true;
	}
	if (f->n_sockets == ROLE_SOCKETS) {
		f->cut++;
		return false;
	}
	f->sockets[f->n_sockets++] = *s;
	return true;
}

const char *role_policy(enum role r)
{
	switch (r) {
	case ROLE_WORKSTATION:
		return "workstation";
	case ROLE_WEB:
		return "web-server";
	case ROLE_BASTION:
		return "ssh-bastion";
	case ROLE_DATABASE:
		return "database";
	case ROLE_ROUTER:
		return "router-gateway";
	case ROLES:
		break;
	}
	return "workstation";
}

const char *role_sure_name(enum role_sure s)
{
	switch (s) {
	case ROLE_GUESS:
		return "a guess";
	case ROLE_LIKELY:
		return "likely";
	case ROLE_CERTAIN:
		return "certain";
	}
	return "a guess";
}
