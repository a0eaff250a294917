/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an allowlist lets go: names and prefixes with ports. One entry of a file becomes one for each port range; ranges
 * that touch or overlap become one, for the kernel's sets take no overlaps.
 */
#include "conf/allow.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "conf/read.h"
#include "core/packet.h"

#define MOST_PORT UINT16_MAX

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = {
	{ "tcp", PROTO_TCP }, { "udp", PROTO_UDP }, { "sctp", PROTO_SCTP }, { "icmp", PROTO_ICMP },
};

#define PROTOS (sizeof(protos) / sizeof(protos[0]))

static bool read_port(const char **at, uint16_t *port)
{
	unsigned value = 0, digits = 0;

	for (; **at >= '0' && **at <= '9' && digits < 6; (*at)++, digits++)
		value = value * 10 + (unsigned)(**at - '0');
	*port = (uint16_t)value;
	return digits && value <= MOST_PORT;
}

/* "443" or "8000-8100". */
static bool read_range(const char *text, struct allow_entry *e)
{
	if (!read_port(&text, &e->port_first))
		return false;
	e->port_last = e->port_first;
	if (*text == '-' && (text++, !read_port(&text, &e->port_last)))
		return false;
	return *text == '\0' && e->port_first <= e->port_last;
}

static bool parse_ports(const char *text, struct allow_entry *e)
{
	size_t len = strcspn(text, "/");

	e->port_first = 0;
	e->port_last = MOST_PORT;
	for (size_t i = 0; i < PROTOS; i++) {
		if (strlen(protos[i].name) != len || strncmp(protos[i].name, text, len) != 0)
			continue;
		e->proto = protos[i].proto;
		return text[len] == '\0' || (e->proto != PROTO_ICMP && read_range(text + len + 1, e));
	}
	e->proto = 0;
	return read_range(text, e);
}

static bool label_ends(const char *name, size_t at)
{
	return name[at] == '.' || name[at] == '\0';
}

/* Letters, digits, '-' and '_', no label empty, no address; into lower case, without a last dot. */
static bool tidy_name(char *name)
{
	size_t at = strncmp(name, "*.", 2) == 0 ? 2 : 0, start = at, len = strlen(name);

	if (len > at && name[len - 1] == '.')
		name[len - 1] = '\0';
	for (;; at++) {
		char c = name[at];

		if (label_ends(name, at)) {
			if (at == start)
				return false;
			start = at + 1;
			if (c == '\0')
				return true;
		} else if (c >= 'A' && c <= 'Z') {
			name[at] = (char)(c - 'A' + 'a');
		} else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
			return false;
		}
	}
}

static int by_port(const void *a, const void *b)
{
	const struct allow_entry *x = a, *y = b;

	if (x->proto != y->proto)
		return x->proto < y->proto ? -1 : 1;
	if (x->port_first != y->port_first)
		return x->port_first < y->port_first ? -1 : 1;
	return 0;
}

static size_t merge(struct allow_entry *e, size_t n)
{
	size_t kept = 0;

	qsort(e, n, sizeof(*e), by_port);
	for (size_t i = 1; i < n; i++) {
		struct allow_entry *last = &e[kept];

		if (last->proto != e[i].proto || (uint32_t)last->port_last + 1 < e[i].port_first)
			e[++kept] = e[i];
		else if (e[i].port_last > last->port_last)
			last->port_last = e[i].port_last;
	}
	return n ? kept + 1 : 0;
}

/* All that is wrong with the ports is said; false then. */
static bool read_ports(const struct value_reader *r, const config_setting_t *group, const struct allow_to *to,
	struct allow_entry *e, size_t *n)
{
	const config_setting_t *s = config_setting_get_member(group, "ports");
	bool good = true;

	for (size_t i = 0; i < to->n_ports; i++) {
		char show[4 * ALLOW_PORT];
		struct text t = text_over(show, sizeof(show));

		if (parse_ports(to->ports[i], &e[i]))
			continue;
		text_add_escaped(&t, (struct slice){ (const uint8_t *)to->ports[i], strlen(to->ports[i]) });
		conf_error(r->report, value_place(r, s), "'ports' has \"%s\", must be like \"tcp/443\", \"udp/8000-8100\", "
			"\"tcp\", \"53\" or \"icmp\"", show);
		good = false;
	}
	if (!s)
		e[0] = (struct allow_entry){ .port_last = MOST_PORT };
	*n = merge(e, s ? to->n_ports : 1);
	return good;
}

/* Either a name or an address, and a good one. */
static bool read_place(const struct value_reader *r, const config_setting_t *group, struct allow_to *to)
{
	const config_setting_t *name = config_setting_get_member(group, "name");
	const config_setting_t *address = config_setting_get_member(group, "address");

	if (!name == !address) {
		conf_error(r->report, value_place(r, group), "an entry of 'to' has either a 'name' or an 'address'");
		return false;
	}
	if (!name)
		return true;
	if (addr_parse(to->name, &(struct addr){ 0 }) && tidy_name(to->name))
		return true;
	conf_error(r->report, value_place(r, name), "'name' must be one like \"deb.debian.org\" or \"*.example.net\"; "
		"for an address there is 'address'");
	return false;
}

static void warn_wide(const struct value_reader *r, const config_setting_t *group, const struct allow_to *to)
{
	if (strncmp(to->name, "*.", 2) == 0 && !strchr(to->name + 2, '.'))
		conf_warn(r->report, value_place(r, group), "\"%s\" holds every name below a top-level domain: anybody can "
			"register one there", to->name);
	if (!to->name[0] && to->address.len == 0)
		conf_warn(r->report, value_place(r, group), "this holds every address of a family");
}

static bool read_entry(const struct value_reader *r, const config_setting_t *group, struct allowlists *lists, size_t list)
{
	struct allow_entry e[ALLOW_PORTS];
	struct allow_to to = { .n_ports = 0 };
	struct read_into into = { &schema_allow_to, &to };
	size_t errors = r->report->errors, n;

	if (!config_setting_is_group(group)) {
		conf_error(r->report, value_place(r, group), "an entry of 'to' must be a group: { name = \"...\"; ... }");
		return true;
	}
	memset(e, 0, sizeof(e));
	read_group(r, group, "an allowlist's entry", &into, 1);
	if (r->report->errors > errors || !read_place(r, group, &to) || !read_ports(r, group, &to, e, &n))
		return true;
	warn_wide(r, group, &to);
	for (size_t i = 0; i < n; i++) {
		memcpy(e[i].name, to.name, sizeof(e[i].name));
		e[i].prefix = to.address;
		if (allowlist_add(lists, list, &e[i]) == 0)
			continue;
		conf_error(r->report, value_place(r, group), "there are more than %d entries in all allowlists, each port "
			"range counted", ALLOWLIST_ENTRIES);
		return false;
	}
	return true;
}

void allow_read_to(const struct value_reader *r, const config_setting_t *to, struct allowlists *lists, size_t list)
{
	if (!config_setting_is_list(to)) {
		conf_error(r->report, value_place(r, to), "'to' must be a list of groups: ( { name = \"...\"; }, ... )");
		return;
	}
	allowlist_clear(lists, list);
	for (int i = 0; i < config_setting_length(to); i++)
		if (!read_entry(r, config_setting_get_elem(to, (unsigned)i), lists, list))
			return;
}
