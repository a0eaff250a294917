/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts as they are met, and the policy that each of them gets. */
#include "core/role.h"

#include <check.h>
#include <string.h>

#include "base/text.h"

static struct role_facts host;
static struct role_found found;

static void begin(void)
{
	host = (struct role_facts){ .networks = 1, .default_route = true };
}

static void serve(uint8_t proto, uint16_t port, const char *who, bool local)
{
	struct role_socket s = { .proto = proto, .port = port, .local = local };

	text_copy(s.who, sizeof(s.who), who);
	role_add(&host, &s);
}

static void tcp(uint16_t port, const char *who)
{
	serve(6, port, who, false);
}

static void is(enum role r, enum role_sure s)
{
	role_judge(&host, &found);
	ck_assert_msg(found.role == r, "%s: %s", role_policy(found.role), found.why);
	ck_assert_str_eq(role_sure_name(found.sure), role_sure_name(s));
	ck_assert_int_gt(strlen(found.why), 0);
}

static bool noted(const char *words)
{
	for (size_t i = 0; i < found.n_notes; i++)
		if (strstr(found.notes[i], words))
			return true;
	return false;
}

START_TEST(an_empty_host_is_only_watched)
{
	is(ROLE_WORKSTATION, ROLE_GUESS);
	ck_assert_uint_eq(found.n_admin_ports, 0);
	ck_assert_str_eq(found.why, "nothing is served that strangers reach");
}
END_TEST

START_TEST(a_web_server_says_by_what_it_is_known)
{
	tcp(22, "sshd");
	tcp(443, "nginx");
	is(ROLE_WEB, ROLE_CERTAIN);
	ck_assert_str_eq(found.why, "tcp/443 by nginx, tcp/22 by sshd");
	ck_assert_uint_eq(found.also, 0);
}
END_TEST

START_TEST(sshd_alone_is_a_bastion_and_its_port_the_administrators)
{
	tcp(2022, "sshd");
	serve(17, 123, "chronyd", false);
	serve(17, 68, "dhclient", false);
	serve(6, 6010, "sshd", true);
	is(ROLE_BASTION, ROLE_CERTAIN);
	ck_assert_uint_eq(found.n_admin_ports, 1);
	ck_assert_uint_eq(found.admin_ports[0], 2022);
	ck_assert_str_eq(found.why, "tcp/2022 by sshd, and nothing else that strangers reach");
}
END_TEST

START_TEST(each_port_of_sshd_is_told_once_and_in_order)
{
	tcp(2222, "sshd");
	tcp(22, "sshd");
	tcp(22, "sshd");
	host.session_port = 2222;
	role_judge(&host, &found);
	ck_assert_uint_eq(found.n_admin_ports, 2);
	ck_assert_uint_eq(found.admin_ports[0], 22);
	ck_assert_uint_eq(found.admin_ports[1], 2222);
}
END_TEST

START_TEST(a_port_that_systemd_holds_is_sshs_where_the_session_came_in_by_it)
{
	tcp(7022, "systemd");
	host.session_port = 7022;
	is(ROLE_BASTION, ROLE_CERTAIN);
	ck_assert_uint_eq(found.admin_ports[0], 7022);
}
END_TEST

START_TEST(without_names_ports_tell_and_it_is_less_sure)
{
	tcp(22, "");
	tcp(443, "");
	is(ROLE_WEB, ROLE_LIKELY);
	ck_assert(noted("2 sockets show no program"));
	ck_assert_uint_eq(found.admin_ports[0], 22);
}
END_TEST

START_TEST(a_desktop_with_printer_and_neighbours_is_a_workstation)
{
	text_copy(host.desktop, sizeof(host.desktop), "gnome-shell");
	serve(6, 631, "cupsd", true);
	serve(17, 5353, "avahi-daemon", false);
	serve(17, 41234, "avahi-daemon", false);
	is(ROLE_WORKSTATION, ROLE_CERTAIN);
	ck_assert(strstr(found.why, "gnome-shell") != NULL);
}
END_TEST

START_TEST(a_developers_desktop_stays_a_workstation)
{
	text_copy(host.desktop, sizeof(host.desktop), "Xorg");
	tcp(8080, "java");
	tcp(22, "sshd");
	is(ROLE_WORKSTATION, ROLE_CERTAIN);
}
END_TEST

START_TEST(a_web_server_with_a_desktop_is_a_guess)
{
	text_copy(host.desktop, sizeof(host.desktop), "Xorg");
	tcp(443, "apache2");
	is(ROLE_WEB, ROLE_GUESS);
	ck_assert_uint_eq(found.also, 1u << ROLE_WORKSTATION);
}
END_TEST

START_TEST(a_database_beside_the_web_takes_the_milder_policy_and_says_so)
{
	tcp(443, "nginx");
	tcp(5432, "postgres");
	is(ROLE_WEB, ROLE_LIKELY);
	ck_assert_uint_eq(found.also, 1u << ROLE_DATABASE);
	ck_assert(noted("tcp/5432 by postgres is open to strangers"));
}
END_TEST

START_TEST(a_database_on_loopback_decides_nothing)
{
	tcp(443, "nginx");
	serve(6, 5432, "postgres", true);
	is(ROLE_WEB, ROLE_CERTAIN);
	ck_assert(noted("on loopback alone"));
	ck_assert(strstr(found.why, "postgres") == NULL);
}
END_TEST

START_TEST(a_database_server_is_told_to_name_its_clients)
{
	tcp(22, "sshd");
	tcp(3306, "mariadbd");
	is(ROLE_DATABASE, ROLE_CERTAIN);
	ck_assert(noted("name its clients"));
}
END_TEST

START_TEST(a_socket_is_of_both_families_and_of_loopback_only_where_both_are)
{
	serve(6, 5432, "", true);
	serve(6, 5432, "postgres", false);
	serve(6, 5432, "", true);
	ck_assert_uint_eq(host.n_sockets, 1);
	is(ROLE_DATABASE, ROLE_CERTAIN);
}
END_TEST

START_TEST(a_docker_host_is_no_router)
{
	host.forwards = true;
	host.networks = 2;
	text_copy(host.containers, sizeof(host.containers), "docker0");
	tcp(80, "docker-proxy");
	tcp(22, "sshd");
	is(ROLE_WEB, ROLE_CERTAIN);
	ck_assert(!found.forward);
	ck_assert(noted("docker0"));
}
END_TEST

START_TEST(forwarding_between_networks_is_a_router)
{
	host.forwards = true;
	host.networks = 2;
	tcp(22, "sshd");
	is(ROLE_ROUTER, ROLE_LIKELY);
	ck_assert(found.forward);
	serve(17, 67, "dnsmasq", false);
	is(ROLE_ROUTER, ROLE_CERTAIN);
	ck_assert(strstr(found.why, "udp/67 by dnsmasq") != NULL);
}
END_TEST

START_TEST(forwarding_with_one_network_is_no_router)
{
	host.forwards = true;
	tcp(22, "sshd");
	is(ROLE_BASTION, ROLE_CERTAIN);
	ck_assert(noted("one network only"));
}
END_TEST

START_TEST(a_router_with_containers_needs_a_program_that_routes)
{
	host.forwards = true;
	host.networks = 2;
	text_copy(host.containers, sizeof(host.containers), "virbr0");
	tcp(22, "sshd");
	is(ROLE_BASTION, ROLE_CERTAIN);
	tcp(179, "bird");
	is(ROLE_ROUTER, ROLE_CERTAIN);
}
END_TEST

START_TEST(a_mail_server_gets_the_mildest_and_is_told_that_it_is_a_guess)
{
	tcp(25, "master");
	tcp(993, "dovecot");
	tcp(22, "sshd");
	is(ROLE_WEB, ROLE_GUESS);
	ck_assert(noted("tcp/25 by master"));
}
END_TEST

START_TEST(a_name_of_a_program_cannot_write_on_the_terminal)
{
	tcp(4444, "\033[2Jx\n");
	is(ROLE_WEB, ROLE_GUESS);
	ck_assert(strchr(found.why, '\033') == NULL && strchr(found.why, '\n') == NULL);
}
END_TEST

START_TEST(more_sockets_than_there_is_room_for_are_counted)
{
	for (unsigned p = 1; p <= ROLE_SOCKETS + 10; p++)
		tcp((uint16_t)(10000 + p), "server-of-long-n");
	ck_assert_uint_eq(host.n_sockets, ROLE_SOCKETS);
	ck_assert_uint_eq(host.cut, 10);
	is(ROLE_WEB, ROLE_GUESS);
	ck_assert(noted("10 more sockets"));
	ck_assert(strstr(found.why, "and 252 more") != NULL);
}
END_TEST

START_TEST(admin_ports_have_a_bound)
{
	for (uint16_t p = 0; p < 40; p++)
		tcp((uint16_t)(9000 - p), "sshd");
	role_judge(&host, &found);
	ck_assert_uint_eq(found.n_admin_ports, ROLE_ADMIN_PORTS);
	for (size_t i = 1; i < found.n_admin_ports; i++)
		ck_assert_uint_lt(found.admin_ports[i - 1], found.admin_ports[i]);
}
END_TEST

START_TEST(no_role_is_a_honeypot)
{
	for (int r = 0; r < ROLES; r++)
		ck_assert_str_ne(role_policy((enum role)r), "honeypot");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("role");
	TCase *c = tcase_create("role");

	tcase_add_checked_fixture(c, begin, NULL);
	tcase_add_test(c, an_empty_host_is_only_watched);
	tcase_add_test(c, a_web_server_says_by_what_it_is_known);
	tcase_add_test(c, sshd_alone_is_a_bastion_and_its_port_the_administrators);
	tcase_add_test(c, each_port_of_sshd_is_told_once_and_in_order);
	tcase_add_test(c, a_port_that_systemd_holds_is_sshs_where_the_session_came_in_by_it);
	tcase_add_test(c, without_names_ports_tell_and_it_is_less_sure);
	tcase_add_test(c, a_desktop_with_printer_and_neighbours_is_a_workstation);
	tcase_add_test(c, a_developers_desktop_stays_a_workstation);
	tcase_add_test(c, a_web_server_with_a_desktop_is_a_guess);
	tcase_add_test(c, a_database_beside_the_web_takes_the_milder_policy_and_says_so);
	tcase_add_test(c, a_database_on_loopback_decides_nothing);
	tcase_add_test(c, a_database_server_is_told_to_name_its_clients);
	tcase_add_test(c, a_socket_is_of_both_families_and_of_loopback_only_where_both_are);
	tcase_add_test(c, a_docker_host_is_no_router);
	tcase_add_test(c, forwarding_between_networks_is_a_router);
	tcase_add_test(c, forwarding_with_one_network_is_no_router);
	tcase_add_test(c, a_router_with_containers_needs_a_program_that_routes);
	tcase_add_test(c, a_mail_server_gets_the_mildest_and_is_told_that_it_is_a_guess);
	tcase_add_test(c, a_name_of_a_program_cannot_write_on_the_terminal);
	tcase_add_test(c, more_sockets_than_there_is_room_for_are_counted);
	tcase_add_test(c, admin_ports_have_a_bound);
	tcase_add_test(c, no_role_is_a_honeypot);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
