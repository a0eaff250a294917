/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filter, as classic BPF: number against list, the first argument of socket() against two families. Refused with an
 * error and not with a signal: a library that tries something else then (glibc does) goes on, an attacker does not.
 */
#include "edge/sandbox_seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define NUMBERS_END 0x40000000 /* x32's begin here: the same calls by other numbers */
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define NATIVE AUDIT_ARCH_I386
#elif defined(__arm__)
#define NATIVE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE AUDIT_ARCH_RISCV64
#else
#define NATIVE 0
#endif
#ifndef NUMBERS_END
#define NUMBERS_END UINT32_MAX
#endif
#define SKIPPED UINT32_MAX /* by a tracer: the kernel does nothing, and the tracer says with what result */

/* The low half of a 64-bit argument: a family is an int. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FAMILY_AT (offsetof(struct seccomp_data, args) + 4)
#else
#define FAMILY_AT offsetof(struct seccomp_data, args)
#endif

/* At the end of a process LeakSanitizer traces its own threads. */
#ifdef TIDEGATE_LEAK_CHECK
#define REFUSED_PTRACE
#else
#define REFUSED_PTRACE __NR_ptrace,
#endif

/*
 * Where i386 still has socketcall(2), its argument lies in memory, which a filter cannot read: families are then
 * left to the rights that we do not have.
 */
static const uint16_t refused[] = {
	__NR_execve, __NR_execveat,
	REFUSED_PTRACE __NR_process_vm_readv, __NR_process_vm_writev, __NR_kcmp,
	__NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare, __NR_setns, __NR_open_by_handle_at,
	__NR_init_module, __NR_finit_module, __NR_delete_module, __NR_kexec_load, __NR_reboot, __NR_bpf,
	__NR_perf_event_open, __NR_userfaultfd, __NR_add_key, __NR_request_key, __NR_keyctl,
	__NR_swapon, __NR_swapoff, __NR_acct, __NR_quotactl, __NR_personality, __NR_syslog,
	__NR_settimeofday, __NR_clock_settime, __NR_adjtimex, __NR_clock_adjtime, __NR_sethostname, __NR_setdomainname,
	__NR_mknodat, __NR_fanotify_init,
	/* By number, for headers older than the kernel; the same on every architecture from 424 on. */
	425, 426, 427,                /* io_uring_setup, _enter, _register */
	428, 429, 430, 431, 432, 433, /* open_tree, move_mount, fsopen, fsconfig, fsmount, fspick */
	438, 442,                     /* pidfd_getfd, mount_setattr */
#ifdef __NR_kexec_file_load
	__NR_kexec_file_load,
#endif
#ifdef __NR_iopl
	__NR_iopl, __NR_ioperm,
#endif
#ifdef __NR_modify_ldt
	__NR_modify_ldt,
#endif
#ifdef __NR_umount
	__NR_umount,
#endif
#ifdef __NR_mknod
	__NR_mknod,
#endif
};

#define COUNT (sizeof(refused) / sizeof(refused[0]))
#define HEAD 6
#define TAIL 6
#define STEPS (HEAD + COUNT + TAIL)

static struct sock_filter load(size_t at)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at);
}

static struct sock_filter end(uint32_t what)
{
	return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, what);
}

/* Jumps count from the step behind. */
static struct sock_filter jump(uint16_t how, uint32_t value, size_t yes, size_t no)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | how | BPF_K, value, (uint8_t)yes, (uint8_t)no);
}

/* Head, one step for each number, then: allow; family, unix, netlink; refuse. Jumps reach 255 steps. */
static void build(struct sock_filter f[STEPS])
{
	enum { ALLOW = HEAD + COUNT, FAMILY, IS_UNIX, IS_NETLINK, REFUSE };
	size_t n = 0;

	_Static_assert(STEPS < 255, "a jump in classic BPF has eight bits");
	f[n++] = load(offsetof(struct seccomp_data, arch));
	f[n++] = jump(BPF_JEQ, NATIVE, 0, REFUSE - 2);
	f[n++] = load(offsetof(struct seccomp_data, nr));
	f[n++] = jump(BPF_JEQ, SKIPPED, ALLOW - 4, 0);
	f[n++] = jump(BPF_JGE, NUMBERS_END, REFUSE - 5, 0);
	f[n++] = jump(BPF_JEQ, __NR_socket, FAMILY - 6, 0);
	for (size_t i = 0; i < COUNT; i++, n++)
		f[n] = jump(BPF_JEQ, refused[i], REFUSE - n - 1, 0);
	f[n++] = end(SECCOMP_RET_ALLOW);
	f[n++] = load(FAMILY_AT);
	f[n++] = jump(BPF_JEQ, AF_UNIX, (size_t)2, 0);
	f[n++] = jump(BPF_JEQ, AF_NETLINK, 1, 0);
	f[n++] = end(SECCOMP_RET_ERRNO | EPERM);
	f[n++] = end(SECCOMP_RET_ALLOW);
}

int sandbox_confine(void)
{
	struct sock_filter steps[STEPS];
	struct sock_fprog program = { .len = STEPS, .filter = steps };

	if (!NATIVE)
		return ERR_UNSUPPORTED;
	build(steps);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return ERR_UNSUPPORTED;
	if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG, &program))
		return ERR_UNSUPPORTED;
	return 0;
}

bool sandbox_is_confined(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}
