# tidegate: one plain GNU make file. B chooses the build folder; asan, tsan and fuzz run this same file with other flags.
CC      ?= gcc
AR      ?= ar
B       ?= build
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
CHECK_J ?= 2

PKGS_DAEMON := libnetfilter_queue libnftnl libmnl libnetfilter_conntrack libconfig jansson
PKGS_TOOL   := jansson
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)

CPPFLAGS += -D_GNU_SOURCE -Iinclude $(call pkg,--cflags,$(PKGS_DAEMON))
WARN     := -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
            -Wconversion -Wno-sign-conversion -Wundef -Werror
HARDEN   := -fstack-protector-strong -fPIE -ffp-contract=off
LDFLAGS  += -pie -Wl,-z,relro,-z,now
LIBS     := $(call pkg,--libs,$(PKGS_DAEMON)) -lpthread

PURE_SRC := $(wildcard src/base/*.c src/core/*.c src/codec/*.c)
CONF_SRC := $(wildcard src/conf/*.c)
EDGE_SRC := $(wildcard src/edge/*.c)
APP_SRC  := $(filter-out src/app/tidegated.c src/app/tidegate.c src/app/ctl_%.c,$(wildcard src/app/*.c))
CTL_SRC  := $(wildcard src/app/ctl_*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)

obj = $(patsubst %.c,$(B)/%.o,$(1))
PURE_LIB := $(B)/libpure.a
CONF_LIB := $(B)/libconf.a
EDGE_LIB := $(B)/libedge.a
UNITS    := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))

.PHONY: all check unit scenarios lint integration bench fuzz fuzz-replay asan tsan demo run deps install clean
all: $(B)/tidegated $(B)/tidegate

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) $(HARDEN) -MMD -MP -c $< -o $@

$(PURE_LIB): $(call obj,$(PURE_SRC))
$(CONF_LIB): $(call obj,$(CONF_SRC))
$(EDGE_LIB): $(call obj,$(EDGE_SRC))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/tidegated: $(call obj,src/app/tidegated.c $(APP_SRC)) $(EDGE_LIB) $(CONF_LIB) $(PURE_LIB)
	$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $^ -o $@ $(LIBS)

$(B)/tidegate: $(call obj,src/app/tidegate.c $(CTL_SRC)) $(PURE_LIB)
	$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $^ -o $@ $(LIBS)

$(B)/unit/%: $(B)/tests/unit/%.o $(EDGE_LIB) $(CONF_LIB) $(PURE_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $^ -o $@ $(LIBS) $(call pkg,--libs,check)

unit: $(UNITS)
	@set -e; for t in $(UNITS); do $$t; done

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
