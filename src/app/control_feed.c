/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs about lists of bad addresses: what is in force of each, and to take one anew. */
#include <string.h>

#include "app/control_verbs.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"

static void put_wall(json_t *o, const char *name, wall_t at)
{
	char text[48];

	wall_format(at, text, sizeof(text));
	if (at.ns)
		put_text(o, name, text);
}

static json_t *told_value(const struct feed_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_told; i++) {
		json_t *o = json_object();

		put_count(o, "line", r->told[i].line);
		put_text(o, "why", feed_refusal_text(r->told[i].why));
		put_text(o, "text", r->told[i].text);
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *feed_value(const struct feed_info *i)
{
	json_t *o = json_object();

	put_text(o, "feed", i->conf.name);
	put_text(o, "file", i->conf.file);
	put_text(o, "format", feed_format_name(i->last.format));
	put_bool(o, "refuse", i->conf.refuse);
	put_count(o, "entries", i->entries);
	put_count(o, "guarded", i->guarded);
	put_wall(o, "accepted", i->accepted);
	put_bool(o, "kept", i->kept);
	put_seconds(o, "took_s", i->took_ns);
	put_count(o, "lines_refused", i->last.refused);
	put_value(o, "told", told_value(&i->last));
	if (i->error[0]) {
		put_text(o, "error", i->error);
		put_wall(o, "failed", i->failed);
	}
	return o;
}

json_t *control_feeds_value(const struct control *c)
{
	struct feeds_stats s = { .feeds = 0 };
	json_t *o = json_object();

	if (c->feeds)
		feeds_stats(c->feeds, &s);
	put_count(o, "configured", s.feeds);
	put_count(o, "failing", s.failing);
	put_count(o, "prefixes", s.prefixes);
	put_count(o, "handed_over", s.handed);
	put_count(o, "missed", s.missed);
	put_seconds(o, "made_in_s", s.made_ns);
	return o;
}

static int send_feeds(struct control_call *k, const char *name)
{
	struct feed_info info;
	int code = CTL_OK;

	for (size_t i = 0; !code && feeds_info(k->control->feeds, i, &info); i++)
		if (!name || strcmp(info.conf.name, name) == 0)
			code = control_send(k, feed_value(&info));
	return code;
}

int control_feeds(struct control_call *k)
{
	struct feed_info first;

	if (!k->control->feeds || !feeds_info(k->control->feeds, 0, &first))
		return control_fail(k, CTL_NONE, "no feed is configured");
	return send_feeds(k, NULL);
}

/* Which feeds list an address: of a prefix its first one. */
int control_feed_find(struct control_call *k)
{
	json_t *o, *list;
	struct feed_info info;
	char told[LISTED_NAME];
	struct prefix p;
	uint16_t lists;
	int code = control_prefix(k, "address", &p);

	if (code)
		return code;
	lists = k->control->feeds ? feeds_find(k->control->feeds, &p.addr, told) : 0;
	if (!lists)
		return control_fail(k, CTL_NONE, "no feed lists it");
	o = json_object();
	list = json_array();
	put_addr(o, "address", &p.addr);
	put_text(o, "feed", told);
	for (size_t i = 0; feeds_info(k->control->feeds, i, &info); i++)
		if (lists & 1U << i)
			json_array_append_new(list, json_string(info.conf.name));
	put_value(o, "feeds", list);
	return control_send(k, o);
}

/* What a file says is told of its first lines: whoever is not root may not have just any file read by the daemon. */
static bool may_name_files(const struct control_call *k)
{
	const uid_t uid = ctl_conn_cred(k->conn)->uid;

	return uid == 0 || uid == k->control->own_uid;
}

int control_feed_load(struct control_call *k)
{
	const char *name = ctl_request_text(k->request, "name"), *file = ctl_request_text(k->request, "file");
	const bool force = ctl_request_true(k->request, "force");
	char why[FEEDS_WHY];
	int err;

	if (!name)
		return control_fail(k, CTL_USAGE, "which feed?");
	if (file && file[0] != '/')
		return control_fail(k, CTL_USAGE, "the file needs its whole path");
	if (file && !may_name_files(k))
		return control_fail(k, CTL_PERMISSION, "another file than the configured one is for root to name");
	if (!k->control->feeds)
		return control_fail(k, CTL_NONE, "there is no such feed");
	err = feeds_load(k->control->feeds, name, file, force, why);
	if (err == ERR_ABSENT)
		return control_fail(k, CTL_NONE, "%s", why);
	if (err)
		return control_fail(k, err == ERR_AGAIN ? CTL_AGAIN : CTL_DATA, "feed %s: refused: %s", name, why);
	control_notice(k, "feed %s loaded%s%s%s", name, file ? " from " : "", file ? file : "", force ? ", by force" : "");
	return send_feeds(k, name);
}

int control_feed_refresh(struct control_call *k)
{
	struct feed_info first;
	size_t refused;
	int code;

	if (!k->control->feeds || !feeds_info(k->control->feeds, 0, &first))
		return control_fail(k, CTL_NONE, "no feed is configured");
	refused = feeds_refresh(k->control->feeds);
	code = send_feeds(k, NULL);
	if (code || !refused)
		return code;
	return control_fail(k, CTL_DATA, "%zu feed%s refused: what was accepted before stays", refused,
		refused == 1 ? " was" : "s were");
}
