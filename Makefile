# sit: one Makefile. `make deps` once, then `make`, `make demo`, `make check`.
# SPDX-License-Identifier: MIT

ifneq ($(and $(filter deps,$(MAKECMDGOALS)),$(filter-out deps,$(MAKECMDGOALS))),)
# `make deps demo`: what deps installs (the compiler, say) must be there before the rest of this file looks for it.
.PHONY: after-deps $(MAKECMDGOALS)
$(MAKECMDGOALS): after-deps ; @:
after-deps: ; @$(MAKE) --no-print-directory deps && $(MAKE) --no-print-directory $(filter-out deps,$(MAKECMDGOALS))
else

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
Q       := $(if $(V),,@)# make V=1 shows the commands
comma   := ,
PKGS    := jansson zlib libqrencode libssl libcrypto libcurl

# What Debian calls the things this builds, tests and lints with.
DEPS_BUILD := gcc make pkg-config libc6-dev libsqlite3-dev libjansson-dev libcsv-dev zlib1g-dev libzstd-dev libpcre2-dev libpq-dev libhiredis-dev libqrencode-dev libssl-dev libcrypt-dev liblua5.4-dev tzdata libmosquitto-dev libmosquitto1 libcurl4-openssl-dev libwebsockets-dev
DEPS_CHECK := libcmocka-dev bats jq sqlite3 mandoc shellcheck clang clang-tidy cppcheck bash-completion zsh fish util-linux \
	procps strace libc-bin python3-minimal zbar-tools librsvg2-bin postgresql pgbouncer openssl redis-server mosquitto mosquitto-clients python3-aiosmtpd
DEPS       := $(DEPS_BUILD) $(DEPS_CHECK)
# Peers of `make bench`. (Debian's influxdb also starts a server as a service; the benchmark runs one of its own.)
DEPS_BENCH := influxdb curl miller sqlite3 jq

CMDS  := $(basename $(notdir $(wildcard cmd/sit*.c)))
ROOMS := base os codec model expr judge rec db wire render series store audit access points task alarm ingest notify watch broker keep estate carry explain cli
ALL   := $(foreach r,$(ROOMS),$(wildcard lib/$(r)/*.c))
# Plug-ins are libraries of their own, so that only who needs one loads what it links.
PG_SRCS := $(filter lib/db/pg%.c,$(ALL))
REDIS_SRCS := lib/wire/redis.c
WS_SRCS := lib/wire/ws.c
PLUG_SRCS := $(PG_SRCS) $(REDIS_SRCS) $(WS_SRCS)
PLUGS := $(BUILD)/lib/sit/sit-pg.so $(BUILD)/lib/sit/sit-redis.so $(BUILD)/lib/sit/sit-ws.so
SRCS  := $(filter-out $(PLUG_SRCS),$(ALL))
OBJS  := $(SRCS:%.c=$(BUILD)/%.o)
UNITS := $(basename $(notdir $(wildcard tests/unit/*.c)))
FAULT_LIBS := $(patsubst tests/fault/%.c,$(BUILD)/fault/%.so,$(wildcard tests/fault/*.c))
FUZZ  := $(basename $(notdir $(wildcard tests/fuzz/*.c)))

# Flags are probed once, so that gcc takes all and clang its subset.
CC      ?= cc
WANTED  := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIC \
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
# With more words to link programs with, those bring the sanitizers' runtime along for the plug-ins too.
SANITIZE_LINK ?=
VERSION := 0.1.0
PQ_CFLAGS := $(shell pkg-config --cflags libpq 2>/dev/null)
LUA_CFLAGS := $(shell pkg-config --cflags lua5.4 2>/dev/null)
override CPPFLAGS += -Ilib $(PQ_CFLAGS) $(LUA_CFLAGS) -D_GNU_SOURCE -DSIT_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c11 $(CFLAGS) $(PROBED) $(SANITIZE) $(shell pkg-config --cflags $(PKGS))
LDLIBS   = $(shell pkg-config --libs $(PKGS)) -lcsv -lcrypt -l:libzstd.a -l:libsqlite3.a -l:liblua5.4.a -lm# static: programs start faster

.PHONY: always mutants all deps deps-bench demo check check-pg check-pg-all bench bench-quick bench-full bench-table fault unit bats lint asan generate install uninstall clean new fuzz fuzz-run programs tidy
all: programs
programs: $(CMDS:%=$(BUILD)/bin/%) $(PLUGS)

ifeq ($(filter deps deps-bench clean uninstall new,$(MAKECMDGOALS)),)
-include $(FLAGS_MK)
endif
$(FLAGS_MK): Makefile
	@mkdir -p $(@D); \
	ok() { echo 'int main(void){return 0;}' | $(CC) -O2 -Werror "$$@" -x c - -o $(@D)/probe >/dev/null 2>&1; }; \
	printf 'PROBED :=' >$@; for f in $(WANTED); do ok $$f && printf ' %s' "$$f" >>$@; done; \
	printf '\nLPROBED :=' >>$@; for f in $(LWANTED); do ok -fPIC $$f && printf ' %s' "$$f" >>$@; done; \
	echo >>$@; rm -f $(@D)/probe

# The one object that knows where things are installed is made anew when that changes.
PREFIXED := lib/os/plugin
$(BUILD)/$(PREFIXED).o $(BUILD)/tidy/$(PREFIXED).ok: override CPPFLAGS += -DSIT_PREFIX='"$(PREFIX)"'
$(BUILD)/$(PREFIXED).o: $(BUILD)/prefix
$(BUILD)/prefix: always
	@mkdir -p $(@D); echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' >$@

$(BUILD)/%.o: %.c $(FLAGS_MK)
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(WERROR) -MMD -MP -c -o $@ $<
$(BUILD)/libsit.a: $(OBJS)
	@rm -f $@; $(AR) rcs $@ $^
$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(SANITIZE) $(SANITIZE_LINK) $(LPROBED) $(LDFLAGS) -o $@ $< $(BUILD)/libsit.a $(LDLIBS)
$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(SANITIZE) $(SANITIZE_LINK) $(LPROBED) $(LDFLAGS) -o $@ $< $(BUILD)/libsit.a -lcmocka $(LDLIBS)
# It carries its own copy of base; everything but its table is hidden.
$(BUILD)/lib/sit/sit-pg.so: $(PG_SRCS:%.c=$(BUILD)/%.o) $(BUILD)/libsit.a
$(BUILD)/lib/sit/sit-redis.so: $(REDIS_SRCS:%.c=$(BUILD)/%.o) $(BUILD)/libsit.a
$(BUILD)/lib/sit/sit-ws.so: $(WS_SRCS:%.c=$(BUILD)/%.o) $(BUILD)/libsit.a
$(BUILD)/lib/sit/sit-pg.so: PLUG_LIBS = $(shell pkg-config --libs libpq)
$(BUILD)/lib/sit/sit-redis.so: PLUG_LIBS = $(shell pkg-config --libs hiredis)
$(BUILD)/lib/sit/sit-ws.so: PLUG_LIBS = $(shell pkg-config --libs libwebsockets libssl libcrypto)
$(PLUGS):
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) -shared $(if $(SANITIZE_LINK),,$(SANITIZE)) $(filter-out -pie -Wl$(comma)-z$(comma)nodlopen $(if $(SANITIZE_LINK),-Wl$(comma)-z$(comma)defs),$(LPROBED)) $(LDFLAGS) -o $@ $^ $(PLUG_LIBS) -lm
.SECONDARY:
-include $(PLUG_SRCS:%.c=$(BUILD)/%.d) $(OBJS:.o=.d) $(CMDS:%=$(BUILD)/cmd/%.d) $(UNITS:%=$(BUILD)/tests/unit/%.d) \
	$(wildcard $(BUILD)/tests/bench/*.d)

unit: $(UNITS:%=$(BUILD)/unit/%) | $(PLUGS)
	@tests/run-unit $^

# ---- everything below is work with the tree, not building ----

# Those that take longest are first: what is left over at the end, on one core, is short.
LONG   := $(foreach t,scope notify fault,tests/cli/$(t).bats) tests/e2e/mqtt.bats
BATS   := $(LONG) $(filter-out $(LONG),$(sort $(wildcard tests/cli/*.bats tests/e2e/*.bats tests/*/*/*.bats)))
# Files that say nothing about a store in Postgres: completion* and contract are about words, readme, fault and canary make files of their own, faults
# looks into its file and disturbs calls that it gets, postgres starts a server of its own, scope needs one to itself (it asks whether anything was written there).
PG_NOT := $(foreach t,completion completion_fish completion_zsh contract readme fault faults canary postgres scope,tests/cli/$(t).bats)
# Files that make check-pg-all adds: they go through there but take long, mostly for processes that the server begins (user and trail for passwords and keys,
# too).
PG_LONG := $(foreach t,user trail state judging explain broker broker_tenants ingest notify org_data,tests/cli/$(t).bats) \
	tests/e2e/mqtt.bats tests/e2e/websocket.bats
PG_UNITS := db_pg db_scope tenants statements
# It takes longest there.
PG_FIRST := tests/cli/shard.bats
PG_BATS = $(PG_FIRST) $(filter-out $(PG_NOT) $(PG_LONG) $(PG_FIRST),$(BATS))
PAGES  := $(sort $(wildcard man/*.[1-8]))
TIDY    = $(ALL:%.c=$(BUILD)/tidy/%.ok) $(CMDS:%=$(BUILD)/tidy/cmd/%.ok)
OUT    ?= .
FUZZ_SECONDS ?= 20

deps-bench: DEPS := $(DEPS_BENCH)
deps deps-bench:
	@command -v dpkg-query >/dev/null || { echo 'deps: no Debian; install what it calls: $(DEPS)' >&2; exit 1; }; \
	missing=; for p in $(DEPS); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	[ "$$missing" ] || { echo 'deps: all there'; exit 0; }; \
	command -v apt-get >/dev/null || { echo "deps: no apt-get; install:$$missing" >&2; exit 1; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	$$sudo apt-get update -q && \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing </dev/null

demo: programs
	@PATH="$(abspath $(BUILD))/bin:$$PATH" examples/plant/demo.sh

# One after the other: each uses all cores, and what is measured wants them for itself.
check: programs
	+@bad=0; for t in unit bats check-pg bench-quick; do $(MAKE) $$t || bad=1; done; exit $$bad
bats: programs $(FAULT_LIBS)
	@SIT_BIN=$(abspath $(BUILD))/bin SIT_FAULT=$(abspath $(BUILD))/fault tests/run-bats $(BATS)
# Files of tests once more where the store is in Postgres; make check-pg PG_BATS='tests/cli/x.bats ...' runs others.
check-pg: programs $(FAULT_LIBS) $(PG_UNITS:%=$(BUILD)/unit/%)
	@SIT_BIN=$(abspath $(BUILD))/bin SIT_FAULT=$(abspath $(BUILD))/fault SIT_TEST_STORE=pg tests/with-postgres sh -c \
		'tests/run-unit $(PG_UNITS:%=$(BUILD)/unit/%); bad=$$?; tests/run-bats $(PG_BATS) && exit $$bad'
check-pg-all:
	@$(MAKE) check-pg PG_BATS='$(filter-out $(PG_NOT),$(BATS))'

# What the contracts on performance say, measured beside peers in turns; bench.json is what bench-table prints. bench-quick is small, only
# prints, and fails only when something does not work.
BENCH := $(BUILD)/bench/gen $(BUILD)/bench/meter $(BUILD)/bench/mqtt $(BUILD)/bench/lag $(BUILD)/bench/unscoped-sit-ingest $(BUILD)/bench/unscoped-sit-query $(BUILD)/bench/unbooked-sit-ingest
bench: programs $(BENCH)
	@tests/bench/bench.sh
bench-full: programs $(BENCH)
	@tests/bench/bench.sh --full
bench-quick: programs $(BENCH)
	@tests/bench/bench.sh --quick
bench-table:
	@tests/bench/bench.sh --table
$(BUILD)/bench/unscoped-%: $(BUILD)/cmd/%.o $(BUILD)/tests/bench/unscoped.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(LPROBED) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/bench/unbooked-%: LPROBED += -Wl,--wrap=ledger_add
$(BUILD)/bench/unbooked-%: $(BUILD)/cmd/%.o $(BUILD)/tests/bench/unbooked.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(LPROBED) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/bench/mqtt: BENCH_LIBS := -lmosquitto -l:libsqlite3.a -lm
$(BUILD)/bench/lag: BENCH_LIBS := -lmosquitto
$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(LPROBED) $(LDFLAGS) -o $@ $< $(BENCH_LIBS)

# Kill, fill the disk, all at once: nothing that was reported stored is lost, nothing is there twice. FAULT_ROUNDS=200 for a night.
fault: programs $(BUILD)/bench/gen $(FAULT_LIBS)
	@tests/fault/run.sh
	@SIT_BIN=$(abspath $(BUILD))/bin SIT_FAULT=$(abspath $(BUILD))/fault tests/run-bats $(wildcard tests/fault/*.bats)
	@SIT_BIN=$(abspath $(BUILD))/bin AUDIT_STEP=1 BATSFLAGS='-f every.byte.of' tests/run-bats tests/cli/audit.bats
# Preloaded into the programs under test; no flags of theirs, which would change what they stand in for. Bound at once: binding later saves registers, with what
# the program had in them, on the stack.
$(BUILD)/fault/%.so: tests/fault/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -Wl,-z,now -o $@ $<

# One scope is taken away at a time and a test must find it (tests/scope/mutants.sh); MUTANTS='sqlite cli' or 'pg sample' for some of them.
MUTANTS ?= sqlite pg cli
mutants: programs $(PG_UNITS:%=$(BUILD)/unit/%)
	@export COMPILE='$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -c' LINK_UNIT='$(CC) $(LPROBED) $(LDFLAGS)' LIBS_UNIT='-lcmocka $(LDLIBS)' \
		LINK_PLUGIN='$(CC) -shared $(filter-out -pie -Wl$(comma)-z$(comma)nodlopen,$(LPROBED)) $(LDFLAGS)' \
		LIBS_PLUGIN='$(shell pkg-config --libs libpq) -lm' PLUG_OBJECTS='$(PG_SRCS:%.c=$(abspath $(BUILD))/%.o)'; bad=0; \
	set -- $(filter-out pg sample,$(MUTANTS)); \
	[ $$# = 0 ] || tests/scope/mutants.sh "$$@" $(filter sample,$(MUTANTS)) || bad=1; \
	[ -z '$(filter pg,$(MUTANTS))' ] || tests/with-postgres tests/scope/mutants.sh pg $(filter sample,$(MUTANTS)) || bad=1; exit $$bad

# Address and undefined-behaviour sanitizers under all tests.
# Without what looks at the memory of processes, or asks others than our programs: of shells that complete, bash does for all.
# The runtime is linked in: libubsan.so carries a second one, whose tables the search for leaks reads through at the end of each process.
RUNTIME := __asan_* __ubsan_* __sanitizer_* __lsan_* malloc calloc realloc free memalign aligned_alloc posix_memalign reallocarray malloc_usable_size
asan:
	$(MAKE) -k BUILD=build/asan CFLAGS='-O1 -g' SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' \
		SANITIZE_LINK="-static-libasan -static-libubsan $(RUNTIME:%=-Wl,--export-dynamic-symbol='%')" \
		BATS='$(filter-out $(foreach t,canary broker_tenants completion_fish completion_zsh,tests/cli/$(t).bats),$(BATS))' unit bats

# Each tests/fuzz/NAME.c for FUZZ_SECONDS, from the corpus of earlier runs and the files of tests/data/NAME.
fuzz:
	$(MAKE) BUILD=build/fuzz CC=clang CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzz-run
fuzz-run: $(FUZZ:%=$(BUILD)/fuzz/%)
	@for f in $(FUZZ); do \
		mkdir -p build/corpus/$$f && seeds=; [ ! -d tests/data/$$f ] || seeds=tests/data/$$f; echo "fuzz $$f"; \
		$(BUILD)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
			-artifact_prefix=build/corpus/$$f. build/corpus/$$f $$seeds || exit 1; done
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libsit.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) -fsanitize=fuzzer -o $@ $< $(BUILD)/libsit.a $(LDLIBS)

# Each check of tests/lint/all.sh is said as "ok NAME" or "not ok NAME"; `make lint ONLY=sizes` does one.
lint:
	$(MAKE) WERROR=-Werror programs $(UNITS:%=$(BUILD)/unit/%)
	@tests/lint/all.sh $(ONLY)
tidy: $(TIDY)
$(BUILD)/tidy/%.ok: %.c $(BUILD)/%.o .clang-tidy tests/lint/analyzer.h
	@mkdir -p $(@D)
	@clang-tidy --quiet --warnings-as-errors='*' $< -- -std=c11 $(CPPFLAGS) \
		$(if $(filter %/err.c,$<),,-include tests/lint/analyzer.h) $(shell pkg-config --cflags $(PKGS)) 2>$@.err || { cat $@.err >&2; exit 1; }
	@touch $@

# What is made of the programs' own description; committed, lint compares.
generate: programs
	@mkdir -p $(OUT)/completions $(OUT)/man
	@set -e; for p in $(sort $(CMDS)); do $(BUILD)/bin/$$p --describe; done >$(BUILD)/describe
	@set -e; for s in bash:sit.bash zsh:_sit fish:sit.fish; do share/complete.sh $${s%:*} <$(BUILD)/describe >$(BUILD)/completion; \
		mv $(BUILD)/completion $(OUT)/completions/$${s#*:}; done
	@share/records.sh <$(BUILD)/describe >$(BUILD)/sit-records.5 && mv $(BUILD)/sit-records.5 $(OUT)/man/sit-records.5
	@set -e; for p in $(sort $(CMDS)); do grep -q '^\.\\" made: ' man/$$p.1 || continue; \
		$(BUILD)/bin/$$p --describe | share/manual.sh man/$$p.1 >$(BUILD)/page; mv $(BUILD)/page $(OUT)/man/$$p.1; done

SHARE := $(DESTDIR)$(PREFIX)/share
COMP  := $(SHARE)/bash-completion/completions
ZSH   := $(SHARE)/zsh/site-functions
FISH  := $(SHARE)/fish/vendor_completions.d
UNITS_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
# mosquitto.service.d is not among them: where systemd finds it, it takes the machine's own broker over.
SERVICES := $(notdir $(filter-out %.d,$(wildcard share/systemd/*)))
DATA  := $(filter-out share/systemd share/new share/complete share/mdoc share/%.sh,$(wildcard share/*))
install: programs
	install -d $(DESTDIR)$(PREFIX)/bin $(COMP) $(ZSH) $(FISH) $(sort $(foreach p,$(PAGES),$(SHARE)/man/man$(subst .,,$(suffix $(p)))))
	install -m 755 $(CMDS:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/lib/sit && install -m 644 $(PLUGS) $(DESTDIR)$(PREFIX)/lib/sit
	for p in $(PAGES); do install -m 644 $$p $(SHARE)/man/man$${p##*.}/ || exit 1; done
	install -m 644 completions/sit.bash $(COMP)/sit
	install -m 644 completions/_sit $(ZSH)/_sit
	install -m 644 completions/sit.fish $(FISH)/sit.fish
	for p in $(filter-out sit,$(CMDS)); do ln -sf sit $(COMP)/$$p && ln -sf sit.fish $(FISH)/$$p.fish || exit 1; done
	install -d $(UNITS_DIR) && for u in $(SERVICES); do sed 's|@PREFIX@|$(PREFIX)|' share/systemd/$$u >$(UNITS_DIR)/$$u || exit 1; done
	install -d $(SHARE)/sit && cp -R $(DATA) share/systemd/mosquitto.service.d $(SHARE)/sit/
uninstall:
	rm -f $(CMDS:%=$(DESTDIR)$(PREFIX)/bin/%) $(CMDS:%=$(COMP)/%) $(ZSH)/_sit $(CMDS:%=$(FISH)/%.fish)
	rm -f $(foreach p,$(notdir $(PAGES)),$(SHARE)/man/man$(subst .,,$(suffix $(p)))/$(p))
	rm -f $(SERVICES:%=$(UNITS_DIR)/%)
	rm -rf $(SHARE)/sit $(DESTDIR)$(PREFIX)/lib/sit

clean:
	rm -rf build $(BUILD)

# make new CMD=sit-x: a program, its manual and its test, to be filled in.
new:
	@case '$(CMD)' in sit-[a-z]*) ;; *) echo 'usage: make new CMD=sit-NAME' >&2; exit 2 ;; esac; \
	set -- cmd/$(CMD).c man/$(CMD).1 tests/cli/$(CMD:sit-%=%).bats; \
	for f; do [ ! -e "$$f" ] || { echo "new: $$f is there already" >&2; exit 1; }; done; \
	for f; do mkdir -p "$${f%/*}"; sed 's/sit-NAME/$(CMD)/g; s/SIT-NAME/$(shell echo $(CMD) | tr a-z A-Z)/g' \
		share/new/program."$${f##*.}" >"$$f" && echo "$$f" || exit 1; done

endif
