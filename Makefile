# sit: one Makefile. `make deps` once, then `make`, `make demo`, `make check`.
# SPDX-License-Identifier: MIT

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
PKGS    := sqlite3 jansson zlib

# What Debian calls the things this builds, tests and lints with.
DEPS_BUILD := gcc make pkg-config libc6-dev libsqlite3-dev libjansson-dev libcsv-dev zlib1g-dev libpcre2-dev tzdata
DEPS_CHECK := libcmocka-dev bats jq sqlite3 mandoc shellcheck clang clang-tidy cppcheck bash-completion util-linux \
	procps strace libc-bin python3-minimal
DEPS       := $(DEPS_BUILD) $(DEPS_CHECK)

CMDS  := $(basename $(notdir $(wildcard cmd/sit*.c)))
ROOMS := base os codec model rec db wire render series store task cli
SRCS  := $(foreach r,$(ROOMS),$(wildcard lib/$(r)/*.c))
OBJS  := $(SRCS:%.c=$(BUILD)/%.o)
UNITS := $(basename $(notdir $(wildcard tests/unit/*.c)))
FUZZ  := $(basename $(notdir $(wildcard tests/fuzz/*.c)))

# Flags are probed once, so that gcc takes all and clang its subset.
CC      ?= cc
WANTED  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIC \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -fno-delete-null-pointer-checks \
	-fno-strict-aliasing -fno-strict-overflow -fno-common -fvisibility=hidden -ffile-prefix-map=$(CURDIR)/= \
	-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Warith-conversion -Wshadow -Wformat=2 \
	-Wformat-overflow=2 -Wformat-truncation=2 -Wformat-signedness -Wnull-dereference -Wduplicated-cond \
	-Wduplicated-branches -Wlogical-op -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wcast-qual -Wcast-align=strict -Warray-bounds=2 -Wstringop-overflow=4 -Wuse-after-free=3 \
	-Wdangling-pointer=2 -Wfree-nonheap-object -Winfinite-recursion -Wtrampolines -Wbidi-chars=any -Wundef \
	-Wswitch-enum -Wvla -Walloca -Wimplicit-fallthrough=5 -Wdate-time
LWANTED := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,-z,nodlopen -Wl,-z,defs \
	-Wl,--as-needed -Wl,--gc-sections -Wl,--build-id=sha1
FLAGS_MK := $(BUILD)/flags-$(notdir $(firstword $(CC))).mk

CFLAGS  ?= -O2 -g
SANITIZE ?=
VERSION := 0.1.0
override CPPFLAGS += -Ilib -D_GNU_SOURCE -DSIT_VERSION='"$(VERSION)"' -DSIT_PREFIX='"$(PREFIX)"'
ALL_CFLAGS = -std=c11 $(CFLAGS) $(PROBED) $(SANITIZE) $(shell pkg-config --cflags $(PKGS))
LDLIBS   = $(shell pkg-config --libs $(PKGS)) -lcsv

.PHONY: all deps demo check unit bats lint asan generate install uninstall clean new fuzz programs
all: programs
programs: $(CMDS:%=$(BUILD)/bin/%)

ifeq ($(filter deps clean uninstall new,$(MAKECMDGOALS)),)
-include $(FLAGS_MK)
endif
$(FLAGS_MK): Makefile
	@mkdir -p $(@D); \
	ok() { echo 'int main(void){return 0;}' | $(CC) -O2 -Werror "$$@" -x c - -o $(@D)/probe >/dev/null 2>&1; }; \
	printf 'PROBED :=' >$@; for f in $(WANTED); do ok $$f && printf ' %s' "$$f" >>$@; done; \
	printf '\nLPROBED :=' >>$@; for f in $(LWANTED); do ok -fPIC $$f && printf ' %s' "$$f" >>$@; done; \
	echo >>$@; rm -f $(@D)/probe

$(BUILD)/%.o: %.c $(FLAGS_MK)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(WERROR) -MMD -MP -c -o $@ $<
$(BUILD)/libsit.a: $(OBJS)
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(LPROBED) $(LDFLAGS) -o $@ $< $(BUILD)/libsit.a $(LDLIBS)
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $(LPROBED) $(LDFLAGS) -o $@ $< $(BUILD)/libsit.a -lcmocka $(LDLIBS)
.SECONDARY:
-include $(OBJS:.o=.d) $(CMDS:%=$(BUILD)/cmd/%.d) $(UNITS:%=$(BUILD)/tests/unit/%.d)

unit: $(UNITS:%=$(BUILD)/unit/%)
	@tests/run-unit $^
