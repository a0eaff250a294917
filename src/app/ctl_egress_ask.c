/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tidegate egress asks the daemon, page by page, into values. */
#include <stdlib.h>
#include <string.h>

#include "app/ctl_egress.h"
#include "codec/egress_json.h"

#define MOST_MET (4 * REACH_RECORDS) /* of a daemon in its right mind, in whatever order its table moves meanwhile */

/* What is under way; t->work points to it. */
struct asking {
	struct egress_met *met;
	struct allowlist *lists;
	size_t *n_lists;
	struct allowlists *entries;
};

void ctl_egress_met_free(struct egress_met *m)
{
	free(m->list);
	*m = (struct egress_met){ .n = 0 };
}

static bool grow(struct egress_met *m)
{
	size_t room = m->room ? 2 * m->room : 256;
	struct reach_record *list;

	if (m->n < m->room)
		return true;
	list = room <= MOST_MET ? realloc(m->list, room * sizeof(*list)) : NULL;
	if (!list)
		return false;
	m->list = list;
	m->room = room;
	return true;
}

static void take_met(struct ctl_tool *t, json_t *o)
{
	struct egress_met *m = ((struct asking *)t->work)->met;

	if (!grow(m))
		m->memory = true;
	else
		m->n += egress_json_take_met(o, &m->list[m->n]);
}

static void take_list(struct ctl_tool *t, json_t *o)
{
	struct asking *a = t->work;

	if (*a->n_lists < EGRESS_LISTS)
		*a->n_lists += egress_json_take_list(o, &a->lists[*a->n_lists]);
}

static void take_entry(struct ctl_tool *t, json_t *o)
{
	struct asking *a = t->work;
	struct allow_entry e;

	if (egress_json_take_entry(o, &e))
		(void)allowlist_add(a->entries, 0, &e); /* full: the daemon's could not be longer */
}

static int ask_all(struct ctl_tool *t, const struct ctl_request *base, ctl_print_fn print)
{
	int64_t from = 0;
	int code;

	do {
		struct ctl_request r = *base;

		ctl_request_add_number(&r, "from", from);
		code = ctl_ask(t, &r, print);
		/* A page that does not move would be asked for ever. */
		if (t->next <= from)
			break;
		from = t->next;
	} while (code == CTL_OK);
	return code;
}

/* All go through print, whatever is printed of it in the end. */
static int ask_quietly(struct ctl_tool *t, const struct ctl_request *r, ctl_print_fn print, struct asking *a)
{
	enum ctl_output output = t->output;
	bool quiet = t->quiet;
	int code;

	t->output = CTL_TABLE;
	t->quiet = false;
	t->work = a;
	code = ask_all(t, r, print);
	t->work = NULL;
	t->output = output;
	t->quiet = quiet;
	return code;
}

int ctl_egress_pages(struct ctl_tool *t, const char *what, const char *list, ctl_print_fn print)
{
	struct ctl_request r = { .verb = "egress" };

	if (ctl_request_add_text(&r, "what", what) || (list && ctl_request_add_text(&r, "list", list)))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	return ask_all(t, &r, print);
}

int ctl_egress_ask_met(struct ctl_tool *t, int64_t uid, const char *unit, struct egress_met *out)
{
	struct ctl_request r = { .verb = "egress" };
	struct asking a = { .met = out };
	int code;

	*out = (struct egress_met){ .n = 0 };
	ctl_request_add_text(&r, "what", "met");
	if (uid >= 0)
		ctl_request_add_number(&r, "uid", uid);
	if (unit && ctl_request_add_text(&r, "unit", unit))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	code = ask_quietly(t, &r, take_met, &a);
	if (code == CTL_OK && out->memory)
		code = ctl_complain(CTL_INTERNAL, "no memory for all that was met");
	return code;
}

int ctl_egress_ask_lists(struct ctl_tool *t, struct allowlist out[EGRESS_LISTS], size_t *n)
{
	struct ctl_request r = { .verb = "egress" };
	struct asking a = { .lists = out, .n_lists = n };

	*n = 0;
	ctl_request_add_text(&r, "what", "lists");
	return ask_quietly(t, &r, take_list, &a);
}

int ctl_egress_ask_entries(struct ctl_tool *t, const struct allowlist *list, struct allowlists *out)
{
	struct ctl_request r = { .verb = "egress" };
	struct asking a = { .entries = out };
	size_t index;

	memset(out, 0, sizeof(*out));
	(void)allowlist_begin(out, list->title, &index); /* the first */
	ctl_request_add_text(&r, "what", "entries");
	ctl_request_add_text(&r, "list", list->title);
	return ask_quietly(t, &r, take_entry, &a);
}
