/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of programs and ports that roles are told by. */
#include "core/role_kind.h"

#include <string.h>

#define TCP 6
#define EPHEMERAL 32768 /* UDP ports from here on are clients', where Linux takes them */

struct program {
	const char *name;
	enum role_kind kind;
};

/* As /proc/PID/comm has them: fifteen letters at most. */
static const struct program programs[] = {
	{ "sshd", KIND_SSH }, { "dropbear", KIND_SSH },
	{ "nginx", KIND_WEB }, { "apache2", KIND_WEB }, { "httpd", KIND_WEB }, { "caddy", KIND_WEB }, { "haproxy", KIND_WEB },
	{ "lighttpd", KIND_WEB }, { "traefik", KIND_WEB }, { "envoy", KIND_WEB }, { "varnishd", KIND_WEB },
	{ "openresty", KIND_WEB }, { "h2o", KIND_WEB }, { "squid", KIND_WEB }, { "litespeed", KIND_WEB },
	{ "postgres", KIND_DATABASE }, { "mysqld", KIND_DATABASE }, { "mariadbd", KIND_DATABASE }, { "mongod", KIND_DATABASE },
	{ "redis-server", KIND_DATABASE }, { "valkey-server", KIND_DATABASE }, { "memcached", KIND_DATABASE },
	{ "clickhouse-serv", KIND_DATABASE }, { "influxd", KIND_DATABASE }, { "etcd", KIND_DATABASE },
	{ "sqlservr", KIND_DATABASE }, { "tnslsnr", KIND_DATABASE },
	{ "cupsd", KIND_DESK }, { "cups-browsed", KIND_DESK }, { "avahi-daemon", KIND_DESK }, { "gnome-remote-de", KIND_DESK },
	{ "kdeconnectd", KIND_DESK }, { "steam", KIND_DESK }, { "spotify", KIND_DESK }, { "firefox", KIND_DESK },
	{ "chrome", KIND_DESK }, { "chromium", KIND_DESK },
	{ "dnsmasq", KIND_ROUTING }, { "dhcpd", KIND_ROUTING }, { "kea-dhcp4", KIND_ROUTING }, { "kea-dhcp6", KIND_ROUTING },
	{ "bird", KIND_ROUTING }, { "bgpd", KIND_ROUTING }, { "ospfd", KIND_ROUTING }, { "radvd", KIND_ROUTING },
	{ "miniupnpd", KIND_ROUTING },
	{ "chronyd", KIND_HOUSE }, { "ntpd", KIND_HOUSE }, { "systemd-timesyn", KIND_HOUSE }, { "systemd-network", KIND_HOUSE },
	{ "systemd-resolve", KIND_HOUSE }, { "dhclient", KIND_HOUSE }, { "dhcpcd", KIND_HOUSE }, { "NetworkManager", KIND_HOUSE },
	{ "node_exporter", KIND_HOUSE }, { "prometheus-node", KIND_HOUSE }, { "tidegate-export", KIND_HOUSE },
	{ "zabbix_agentd", KIND_HOUSE }, { "zabbix_agent2", KIND_HOUSE }, { "snmpd", KIND_HOUSE }, { "tailscaled", KIND_HOUSE },
	{ "rpcbind", KIND_HOUSE }, { "cockpit-tls", KIND_HOUSE },
};

struct known_port {
	uint8_t proto;
	uint16_t port;
	enum role_kind kind;
};

/* By IANA and by habit; asked where the program is not known, or runs whatever it is given (java, docker-proxy). */
static const struct known_port ports[] = {
	{ TCP, 22, KIND_SSH }, { TCP, 2222, KIND_SSH },
	{ TCP, 80, KIND_WEB }, { TCP, 443, KIND_WEB }, { 17, 443, KIND_WEB }, { TCP, 8443, KIND_WEB },
	{ TCP, 3000, KIND_DEVELOPER }, { TCP, 5000, KIND_DEVELOPER }, { TCP, 5173, KIND_DEVELOPER },
	{ TCP, 8000, KIND_DEVELOPER }, { TCP, 8080, KIND_DEVELOPER }, { TCP, 8888, KIND_DEVELOPER },
	{ TCP, 1433, KIND_DATABASE }, { TCP, 1521, KIND_DATABASE }, { TCP, 3306, KIND_DATABASE }, { TCP, 5432, KIND_DATABASE },
	{ TCP, 5984, KIND_DATABASE }, { TCP, 6379, KIND_DATABASE }, { TCP, 9042, KIND_DATABASE }, { TCP, 9200, KIND_DATABASE },
	{ TCP, 11211, KIND_DATABASE }, { TCP, 27017, KIND_DATABASE }, { TCP, 33060, KIND_DATABASE },
	{ TCP, 631, KIND_DESK }, { 17, 631, KIND_DESK }, { 17, 5353, KIND_DESK },
	{ 17, 67, KIND_ROUTING }, { 17, 547, KIND_ROUTING }, { TCP, 179, KIND_ROUTING },
	{ 17, 68, KIND_HOUSE }, { 17, 123, KIND_HOUSE }, { 17, 323, KIND_HOUSE }, { 17, 546, KIND_HOUSE },
	{ TCP, 9100, KIND_HOUSE }, { 17, 161, KIND_HOUSE }, { TCP, 111, KIND_HOUSE }, { 17, 111, KIND_HOUSE },
	{ TCP, 5355, KIND_HOUSE }, { 17, 5355, KIND_HOUSE }, { 17, 41641, KIND_HOUSE },
};

enum role_kind role_kind_of(const struct role_facts *f, const struct role_socket *s)
{
	for (size_t i = 0; s->who[0] && i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].name, s->who) == 0)
			return programs[i].kind;
	/* Somebody came in by it; systemd holds the socket where sshd is started for each session. */
	if (s->proto == TCP && !s->local && f->session_port && s->port == f->session_port)
		return KIND_SSH;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i].proto == s->proto && ports[i].port == s->port)
			return ports[i].kind;
	return s->proto != TCP && s->port >= EPHEMERAL ? KIND_HOUSE : KIND_OTHER;
}
