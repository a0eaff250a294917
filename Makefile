# SPDX-License-Identifier: GPL-2.0-or-later
# tidegate: one plain GNU make file. B chooses the build folder; clang, asan, tsan and fuzz run this same file again
# with other flags and another B. Sources come by wildcard. What a packager sets is set with ?=.
ifeq ($(origin CC),default)
CC      := gcc
endif
B       ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CFLAGS  ?= -O3 -g
WERROR  ?= -Werror
CHECK_J ?= 2
SUITE   ?=
FUZZ_SECONDS ?= 30
TAG     := $(if $(SUITE), $(SUITE))

PKGS := libnetfilter_queue libnftnl libmnl libnetfilter_conntrack libconfig jansson sqlite3 libzstd libpcap ncursesw
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)

# The engine is many small functions in many small files: across files, gcc takes a third off a packet's cost.
ifneq ($(findstring gcc,$(notdir $(CC))),)
LTO     ?= -flto=auto -ffat-lto-objects
AR      := gcc-ar
else
AR      ?= ar
endif

WARN     := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
            -Wconversion -Wno-sign-conversion -Wundef $(WERROR)
HARDEN   := -fstack-protector-strong -fPIE -ffp-contract=off
FLAGS    := -D_GNU_SOURCE -Iinclude $(CPPFLAGS) $(call pkg,--cflags,$(PKGS) libmicrohttpd)
LINK     := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS     := $(call pkg,--libs,$(PKGS)) -lpthread
HTTPLIB  := $(call pkg,--libs,libmicrohttpd)
CHECKLIB := $(call pkg,--libs,check)

MAINS       := src/app/tidegated.c src/app/tidegate.c src/app/tidegate_exporter.c
PURE_SRC    := $(wildcard src/base/*.c src/core/*.c src/codec/*.c)
CONF_SRC    := $(wildcard src/conf/*.c)
EDGE_SRC    := $(wildcard src/edge/*.c)
APP_SRC     := $(filter-out $(MAINS),$(wildcard src/app/*.c))
UNIT_SRC    := $(wildcard tests/unit/test_*.c)
SUPPORT_SRC := $(wildcard tests/support/*.c)
STORY_SRC   := $(wildcard tests/scenarios/*.c)
FUZZ_SRC    := $(wildcard tests/fuzz/fuzz_*.c)
BENCH_SRC   := $(wildcard tests/bench/*.c)
RIVALS_SRC  := $(wildcard tests/bench/rivals/*.c)
WEEKS_SRC   := $(wildcard tests/bench/baseline/*.c)
LAB_SRC     := $(wildcard tests/integration/*.c)

obj = $(patsubst %.c,$(B)/%.o,$(1))
PURE_LIB := $(B)/libpure.a
CONF_LIB := $(B)/libconf.a
EDGE_LIB := $(B)/libedge.a
APP_LIB  := $(B)/libapp.a
ALL_LIBS := $(APP_LIB) $(EDGE_LIB) $(CONF_LIB) $(PURE_LIB)
SUPPORT  := $(if $(SUPPORT_SRC),$(B)/libsupport.a)
UNITS    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
REPLAYS  := $(patsubst tests/fuzz/%.c,$(B)/replay/%,$(FUZZ_SRC))
FUZZERS  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
BENCHES  := $(patsubst tests/bench/%.c,$(B)/bench/%,$(BENCH_SRC))
RIVALS   := $(B)/bench/rivals
BASELINES := $(B)/bench/baselines
LABTOOLS := $(patsubst tests/integration/%.c,$(B)/lab/%,$(LAB_SRC))
STORIES  := $(if $(STORY_SRC),$(B)/scenarios)
THREADED := $(patsubst tests/unit/%.c,$(B)/unit/%,$(shell grep -l pthread.h $(UNIT_SRC) /dev/null))

ASAN := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DTIDEGATE_LEAK_CHECK
TSAN := -O1 -g -fno-omit-frame-pointer -fsanitize=thread

.PHONY: all tests-built check build-gcc build-clang unit config units prometheus scenarios fuzz-replay corpus rivals baselines \
	lint integration integration-patient integration-alone bench fuzz asan asan-built asan-lab tsan demo run deps deps-test install \
	uninstall deb deb-check packages bare-check clean
.SECONDARY:
.DELETE_ON_ERROR:

all: $(B)/tidegated $(B)/tidegate $(B)/tidegate-exporter
tests-built: all $(UNITS) $(STORIES) $(REPLAYS) $(LABTOOLS) $(RIVALS) $(BASELINES)

$(B)/tests/%.o: FLAGS += -Itests
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(LTO) $(WARN) $(HARDEN) -MMD -MP -c $< -o $@

$(PURE_LIB): $(call obj,$(PURE_SRC))
$(CONF_LIB): $(call obj,$(CONF_SRC))
$(EDGE_LIB): $(call obj,$(EDGE_SRC))
$(APP_LIB): $(call obj,$(APP_SRC))
$(SUPPORT): $(call obj,$(SUPPORT_SRC))
$(B)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

link = @mkdir -p $(@D); echo "$(CC) -o $@"; $(CC) $(CFLAGS) $(LTO) $(HARDEN) $(LINK) $^ -o $@

# --as-needed and archives: each program carries only what it calls; the tool ends up with none of the netfilter libraries.
$(B)/tidegated: $(call obj,src/app/tidegated.c) $(ALL_LIBS)
	$(link) $(LIBS)

$(B)/tidegate: $(call obj,src/app/tidegate.c) $(ALL_LIBS)
	$(link) $(LIBS)

# The one that speaks to a network: none of the netfilter libraries either, and nobody but it has the HTTP server.
$(B)/tidegate-exporter: $(call obj,src/app/tidegate_exporter.c) $(ALL_LIBS)
	$(link) $(HTTPLIB) $(LIBS)

# Of objects that hold both, tests link the machine code: the whole program a hundred and fifty times over is minutes.
$(UNITS) $(REPLAYS) $(LABTOOLS): private LTO := $(if $(LTO),-fno-lto)

$(B)/unit/%: $(B)/tests/unit/%.o $(SUPPORT) $(ALL_LIBS)
	$(link) $(CHECKLIB) $(LIBS)

# Scenarios and fuzzers get the pure floors (and the configuration reader) alone: that they link is a test of R2.
$(B)/scenarios: $(call obj,$(STORY_SRC)) $(SUPPORT) $(CONF_LIB) $(PURE_LIB)
	$(link) $(LIBS)

$(B)/replay/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(CONF_LIB) $(PURE_LIB)
	$(link) $(LIBS)

$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(CONF_LIB) $(PURE_LIB)
	$(link) -fsanitize=fuzzer $(LIBS)

# The engine and the rules of its rivals over the same streams: one program of several files.
$(RIVALS): $(call obj,$(RIVALS_SRC)) $(SUPPORT) $(CONF_LIB) $(PURE_LIB)
	$(link) $(LIBS)

# The baseline and what others do with the same weeks; its worlds need logarithms, which the pure floors do without.
$(BASELINES): $(call obj,$(WEEKS_SRC)) $(PURE_LIB)
	$(link) -lm

$(B)/bench/%: $(B)/tests/bench/%.o $(CONF_LIB) $(PURE_LIB)
	$(link) $(LIBS)

$(B)/lab/%: $(B)/tests/integration/%.o $(ALL_LIBS)
	$(link) $(LIBS)

# ---- suites: each prints "NAME: N passed, N failed[, N skipped]" and fails where one of its cases does -------------

unit: $(UNITS)
	@SUITE="unit$(TAG)" tests/unit/run $(UNITS)

scenarios: $(STORIES)
	@$(B)/scenarios $(sort $(wildcard tests/scenarios/*.scn)) >$(B)/scenarios.log; r=$$?; \
		sed -n 's/^scenarios:/scenarios$(TAG):/; /^ok /!p' $(B)/scenarios.log; exit $$r

config: all
	@B=$(B) tests/config/run

# Alert rules and dashboard: promtool, and whether they refer to what there is.
prometheus: all
	@B=$(B) tests/prometheus/run

fuzz-replay: $(REPLAYS)
	@SUITE="fuzz corpus$(TAG)" tests/fuzz/run-corpus $(REPLAYS)

# The rules of the peers at their boundaries, and what we say of ourselves beside them; "make bench" has the table.
rivals: $(RIVALS)
	@$(RIVALS) --self-test; r=$$?; $(RIVALS) --claims && exit $$r

# False alarms and finds of the baseline over simulated weeks, beside others; fails where it is worse than we say.
baselines: $(BASELINES)
	@$(BASELINES)

# What starts the daemon: systemd's units, OpenRC's scripts.
units:
	@tests/packaging/units

# Captures of others, where there are any; what is found and what is missed in them is printed.
corpus: all
	@B=$(B) tests/corpus/run

lint: all
	@B=$(B) FLAGS="$(FLAGS)" tests/lint/run

integration: all $(LABTOOLS)
	@B=$(B) tests/integration/run
integration-patient integration-alone: all $(LABTOOLS)
	@B=$(B) LAB=$(@:integration-%=%) tests/integration/run

build-gcc:
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) CC=gcc tests-built

build-clang:
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) B=$(B)-clang CC=clang tests-built

asan:
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) B=$(B)-asan CC=clang CFLAGS="$(ASAN)" asan-built
	@SPRAY_DIVISOR=64 $(MAKE) --no-print-directory -s -k B=$(B)-asan CC=clang CFLAGS="$(ASAN)" SUITE="(asan, ubsan)" \
		unit scenarios fuzz-replay
	@B=$(B)-asan ONLY=parser SUITE=' (asan, ubsan)' tests/corpus/run

# Hostile bytes against the real daemon.
asan-lab:
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) B=$(B)-asan CC=clang CFLAGS="$(ASAN)" asan-built
	@B=$(B)-asan ONLY=garbage SUITE=' (asan, ubsan)' tests/integration/run

asan-built: all $(UNITS) $(STORIES) $(REPLAYS) $(LABTOOLS)

# Only what has threads; gcc's run-time, and no address randomisation: the shadow map needs a fixed layout.
tsan:
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) B=$(B)-tsan CC=gcc LTO= CFLAGS="$(TSAN)" SUITE="(tsan)" tsan-unit
tsan-unit: $(THREADED)
	@SUITE="unit$(TAG)" setarch -R tests/unit/run $(THREADED)

# New inputs, FUZZ_SECONDS for each target; a crash leaves its input under B-fuzz and fails.
fuzz:
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) B=$(B)-fuzz CC=clang \
		CFLAGS="$(ASAN) -fsanitize=fuzzer-no-link" fuzzers
	@B=$(B)-fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run-fuzz
fuzzers: $(FUZZERS)

# The builds come first: they have all processors. The half of the lab that mostly waits has lint and the sanitizers
# beside it, the half that measures has the machine for itself.
CHECKS ?= build-gcc build-clang unit scenarios config units packages prometheus fuzz-replay corpus rivals baselines tsan \
	integration-patient+lint+asan asan-lab integration-alone
check: deps-test
	@B=$(B) MAKE="$(MAKE) --no-print-directory -s" tests/summary $(CHECKS)

bench: deps-test
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) bench-built
	@$(RIVALS)
	@echo; $(BASELINES)
	@echo; B=$(B) tests/bench/bench.sh
	@echo; B=$(B) tests/bench/bulk.sh
	@echo; B=$(B) tests/bench/census.sh
	@echo; B=$(B) tests/bench/replay.sh
	@echo; B=$(B) tests/bench/flow_ends.sh
	@echo; B=$(B) tests/bench/host.sh
	@echo; B=$(B) tests/bench/egress.sh
bench-built: all $(BENCHES) $(RIVALS) $(BASELINES) $(LABTOOLS)

# ---- to use it -----------------------------------------------------------------------------------------------------

# A sub-make after deps: what pkg-config says is asked for when a make starts.
deps:
	@packaging/deps build

deps-test:
	@packaging/deps test

RUN_DIR ?= $(if $(filter 0,$(shell id -u)),/run/tidegate,$(CURDIR)/$(B)/run)
run: deps
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) all
	@mkdir -p $(RUN_DIR)
	@echo "watching this host in detect mode: findings come below, Ctrl-C ends it, $(B)/tidegate$(if $(filter 0,$(shell id -u)),, --socket $(RUN_DIR)/control.sock) status tells more"
	@exec $(B)/tidegated -c policies/tidegate.conf --mode detect \
		--run-dir $(RUN_DIR) --state-dir $(RUN_DIR) --log-dir $(RUN_DIR) $(ARGS)

demo: deps-test
	@$(MAKE) --no-print-directory -s -j$(CHECK_J) all $(LABTOOLS)
	@B=$(B) tests/integration/demo.sh

# Folders are set as PREFIX is (SYSCONFDIR, UNITDIR, MANDIR ...): packaging/install knows them all.
install: all
	@B=$(B) PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install

uninstall:
	@B=$(B) PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' packaging/install --remove

# Debian packages, in B/deb; deb-check builds them twice, as far apart as one machine can, and compares the bytes.
deb:
	@packaging/deps deb
	@B=$(B) packaging/deb

deb-check:
	@packaging/deps deb
	@B=$(B) FULL=yes tests/packaging/run

packages: all
	@B=$(B) tests/packaging/run

# The README's commands on a Debian 12 that has but make, in a container that boots; needs root, a mirror and minutes.
bare-check:
	@tests/packaging/bare

clean:
	rm -rf $(B) $(B)-clang $(B)-asan $(B)-tsan $(B)-fuzz

-include $(shell find $(B) -name packages -prune -o -name '*.d' -type f -print 2>/dev/null)
