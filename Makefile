# lua-realtimekit. `make help` lists what there is to make.

LUA     ?= lua5.4
LUAS    := lua5.4 lua5.3 lua5.2 lua5.1 luajit
# What takes longest begins.
TESTED  := luajit lua5.4 lua5.3 lua5.2 lua5.1
PREFIX  ?= /usr/local
BUILD   ?= build/$(LUA)
# Of C that knows no Lua: beside the folders of the Luas, once for all of them; but with each Lua's own
# where make is told how to compile, which may be another way for another Lua.
TOLD    := $(filter command environment,$(foreach v,CC CFLAGS CPPFLAGS CURL_DIR,$(firstword $(origin $v))))
COMMON  ?= $(if $(TOLD),$(BUILD),$(if $(filter %/$(LUA),$(BUILD)),$(dir $(BUILD))common,$(BUILD)))

# The directory name under lib/lua and share/lua; LuaJIT speaks the ABI of Lua 5.1.
LUA_VERSION := $(patsubst lua%,%,$(subst luajit,lua5.1,$(LUA)))
CMODULES     = $(DESTDIR)$(PREFIX)/lib/lua/$(LUA_VERSION)
LMODULES     = $(DESTDIR)$(PREFIX)/share/lua/$(LUA_VERSION)
# Of the type annotations, for editors.
METADIR      = $(LMODULES)/realtimekit/meta

# Where the headers of Lua and libcurl are: pkg-config knows, unless told (LuaRocks tells).
ifdef CURL_DIR
CURL_CFLAGS := -I$(CURL_DIR)/include
CURL_LIBS   := -L$(CURL_DIR)/lib -lcurl
else
CURL_CFLAGS := $(shell pkg-config --cflags libcurl 2>/dev/null)
CURL_LIBS   := $(shell pkg-config --libs libcurl 2>/dev/null)
endif
ifdef LUA_INCDIR
LUA_CFLAGS  := -I$(LUA_INCDIR)
else
LUA_CFLAGS  := $(shell pkg-config --cflags $(LUA) 2>/dev/null)
endif

# POLLER=poll builds what stands in where there is no epoll; give it a BUILD of its own.
ifeq ($(POLLER),poll)
CPPFLAGS += -DRTK_POLLER_POLL
endif

# SANITIZE=address,undefined builds for sanitizers of gcc; give it a BUILD of its own. What is
# undefined ends the process: beside the other sanitizer it has no report of its own.
ifdef SANITIZE
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined
endif

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla
PURE_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -fPIC -fvisibility=hidden -pthread $(WARNINGS) \
              $(CURL_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_CFLAGS  = $(LUA_CFLAGS) $(PURE_CFLAGS)
# The code stays mapped until the process ends: libcurl's handles may outlive a lua_close.
ALL_LDFLAGS = -shared -pthread -Wl,-z,nodelete $(LDFLAGS)
LIBS        = $(CURL_LIBS) -lm

SOURCES := $(sort $(wildcard src/*.c))
OF_LUA  := $(shell grep -l lua_State $(SOURCES))
PURE    := $(filter-out $(OF_LUA),$(SOURCES))
OBJECTS  = $(OF_LUA:src/%.c=$(BUILD)/%.o) $(PURE:src/%.c=$(COMMON)/%.o)
MODULE   = $(BUILD)/realtimekit.so
# What the specs need of the pure C parts; never installed.
INTERNALS = $(BUILD)/rtk_internals.so

.DELETE_ON_ERROR:
.PHONY: all help deps demo demo-nginx test check proofs torture secrets asan ubsan asan-ubsan gc tsan valgrind fuzz soak twin install uninstall clean internals deb
.PHONY: bench bench-nginx bench-deps bench-node bench-smoke bench-programs instructions instructions-accept

all: $(MODULE)

help:
	@echo 'make                      the module for $(LUA), as $(MODULE)'
	@echo 'make LUA=luajit           for another Lua: $(LUAS)'
	@echo 'make deps                 install what building, running and testing need (Debian)'
	@echo 'make demo                 fetch a participant from a local sandbox API and print it'
	@echo 'make demo-nginx           a small service in nginx, against the same; PORT=8080 keeps it up'
	@echo 'make test                 every spec on every Lua'
	@echo 'make check                lint, warnings as errors, exported symbols, house rules'
	@echo 'make proofs               the quick form of: torture secrets asan ubsan gc tsan valgrind fuzz soak twin'
	@echo 'make bench                the benchmarks beside other clients; see bench/RESULTS.md'
	@echo 'make bench-nginx          the same for a worker of nginx'
	@echo 'make install              to PREFIX=$(PREFIX), below DESTDIR'
	@echo 'make uninstall, make clean'
	@echo 'make deb                  a Debian package of the module for every Lua, in build/deb'

$(MODULE): $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $(OBJECTS) $(LIBS)

$(INTERNALS): $(BUILD)/internals.o $(BUILD)/internals_engine.o $(filter-out %/realtimekit.o,$(OBJECTS))
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

internals: $(INTERNALS)

$(OF_LUA:src/%.c=$(BUILD)/%.o): $(BUILD)/%.o: src/%.c | $(BUILD)/libcurl-checked
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(PURE:src/%.c=$(COMMON)/%.o): $(COMMON)/%.o: src/%.c | $(BUILD)/libcurl-checked $(COMMON)
	$(CC) $(PURE_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: spec/support/%.c | $(BUILD)/libcurl-checked
	$(CC) $(ALL_CFLAGS) -Isrc -MMD -MP -c -o $@ $<

# Once per build folder: is there what the compiler will ask for?
$(BUILD)/libcurl-checked:
	@tools/check-libraries.sh $(if $(LUA_INCDIR),,$(LUA)) $(if $(CURL_DIR),,libcurl)
	@mkdir -p $(BUILD)
	@touch $@

$(COMMON):
	@mkdir -p $@

-include $(OBJECTS:.o=.d) $(BUILD)/internals.d $(BUILD)/internals_engine.d

# ==== Proofs ====

# The quick form of all of them.
proofs: deps
	@tools/proofs.sh

# What stands in where there is no epoll, through the specs of calls at once.
TWIN_SPECS = spec/batch_spec.lua spec/dispatcher_spec.lua spec/driver_spec.lua spec/engine_spec.lua \
             spec/poller_epoll_spec.lua spec/poller_poll_spec.lua spec/started_spec.lua spec/loops
TWINS ?= lua5.4 luajit
twin: deps
	@LABEL=twin BUILD_ROOT=build/twin MAKE_FLAGS=POLLER=poll SPECS='$(TWIN_SPECS)' \
	  tools/test.sh $(TWINS)

# Every allocation fails once: the library is linked into a program that makes them fail.
WRAP = -Wl,--wrap=rtk_realloc,--wrap=rtk_free,--wrap=rtk_zalloc,-E
TORTURE = $(BUILD)/torture
# Where credentials stay in memory, by the same means.
SECRETS = $(BUILD)/secrets
$(TORTURE) $(SECRETS): $(BUILD)/%: spec/torture/%.c $(OBJECTS)
	$(CC) $(ALL_CFLAGS) -Isrc $(WRAP) -o $@ $< $(OBJECTS) $(LIBS) $(shell pkg-config --libs $(LUA))

secrets: deps $(SECRETS)
	@LUA_PATH='./?.lua;src/?.lua;;' $(LUA) spec/torture/run.lua $(SECRETS) secrets

torture: deps $(TORTURE)
	@LUA_PATH='./?.lua;src/?.lua;;' $(LUA) spec/torture/run.lua $(TORTURE) $(SCENARIO)

# The whole suite under a sanitizer; leaks are errors.
SANITIZED ?= lua5.4 luajit
asan: deps
	@tools/sanitize.sh address $(SANITIZED)

ubsan: deps
	@tools/sanitize.sh undefined $(SANITIZED)

asan-ubsan: deps
	@tools/sanitize.sh address,undefined $(SANITIZED)

# Collectors as eager as they can be made.
gc: deps
	@tools/gc.sh

# Lua states in threads at once, under ThreadSanitizer.
TSAN = $(BUILD)/threads
$(TSAN): spec/threads/threads.c $(SOURCES) $(wildcard src/*.h) | $(BUILD)/libcurl-checked
	$(CC) $(ALL_CFLAGS) -O1 -fsanitize=thread -Isrc -Wl,-E -o $@ spec/threads/threads.c \
	  $(SOURCES) $(LIBS) $(shell pkg-config --libs $(LUA))

tsan: deps $(TSAN)
	@TSAN_OPTIONS='exitcode=66 suppressions=spec/threads/suppressions.txt' LUA_PATH='./?.lua;;' \
	  $(LUA) spec/threads/run.lua $(TSAN) 4 200

# A server that misbehaves at random, for so many calls or seconds.
SOAK_CALLS ?= 50000
SOAK_SECONDS ?= 3600
soak: deps all
	@LUA_PATH='./?.lua;;' LUA_CPATH='$(BUILD)/?.so;;' \
	  $(LUA) spec/soak/soak.lua $(SOAK_CALLS) $(SOAK_SECONDS)

# The specs that touch most of the code, under valgrind.
valgrind: deps
	@tools/valgrind.sh $(LUA) spec/participant_spec.lua spec/client_spec.lua \
	  spec/response_spec.lua spec/failure_spec.lua spec/schema_spec.lua spec/call_spec.lua

# FUZZ_SECONDS for each target; what is found stays in build/fuzz.
FUZZ_SECONDS ?= 20
fuzz: deps
	@tools/fuzz.sh $(FUZZ_SECONDS)

# ==== Benchmarks ====

BENCH = build/bench
BENCH_CFLAGS = -std=c11 -D_GNU_SOURCE -O2 $(WARNINGS) $(CURL_CFLAGS)

$(BENCH)/%: bench/clients/%.c bench/clients/bench.c bench/clients/bench.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $< bench/clients/bench.c $(CURL_LIBS)

$(BENCH)/%/measure.so: bench/clients/measure.c bench/clients/bench.c bench/clients/bench.h
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -fPIC -shared -fvisibility=hidden $(shell pkg-config --cflags $*) \
	  -o $@ $< bench/clients/bench.c $(CURL_LIBS)

bench-programs: $(BENCH)/easy $(BENCH)/multi $(BENCH)/spawn $(BENCH)/lua5.4/measure.so \
  $(BENCH)/luajit/measure.so
	@$(MAKE) --no-print-directory LUA=lua5.4 >/dev/null
	@$(MAKE) --no-print-directory LUA=luajit >/dev/null

bench-deps: deps
	@tools/deps.sh bench

bench-node:
	@tools/bench-node.sh $(BENCH)/node

# BENCH_ARGS: rounds=5, only=PATTERN; see bench/run.lua.
bench: bench-deps bench-programs bench-node
	@LUA_PATH='./?.lua;;' lua5.4 bench/run.lua $(BENCH_ARGS)

# What a worker of nginx spends on it.
bench-nginx: bench-deps bench-programs
	@LUA_PATH='./?.lua;;' LUA_CPATH='build/lua5.4/?.so;;' lua5.4 bench/nginx/run.lua $(BENCH_ARGS)

# Hardly any calls, and no package of npm's: whether it all still works.
bench-smoke: deps bench-programs
	@LUA_PATH='./?.lua;;' lua5.4 bench/run.lua smoke $(BENCH_ARGS)
	@LUA_PATH='./?.lua;;' LUA_CPATH='build/lua5.4/?.so;;' lua5.4 bench/nginx/run.lua smoke

# Instructions per call, which hardly change from run to run, against those kept.
instructions: deps
	@$(MAKE) --no-print-directory LUA=lua5.4 >/dev/null
	@tools/instructions.sh

instructions-accept: deps
	@$(MAKE) --no-print-directory LUA=lua5.4 >/dev/null
	@tools/instructions.sh accept

deps:
	@tools/deps.sh

demo: deps
	@$(MAKE) --no-print-directory LUA=$(LUA) >/dev/null
	@tools/demo.sh $(LUA) $(BUILD)

demo-nginx: deps
	@$(MAKE) --no-print-directory LUA=luajit >/dev/null
	@tools/demo-nginx.sh $(PORT)

test: deps
	@tools/test.sh $(TESTED)

check: deps
	@tools/check.sh $(LUAS)

# ==== Installing ====

# What is in Lua, as realtimekit.NAME; and what is said of types.
LUA_FILES  := $(notdir $(wildcard src/realtimekit/*.lua))
META_FILES := $(patsubst src/meta/%,%,$(wildcard src/meta/*.lua src/meta/realtimekit/*.lua))

install: $(MODULE)
	install -d $(CMODULES) $(LMODULES)/realtimekit $(METADIR)/realtimekit
	install -m 755 $(MODULE) $(CMODULES)/realtimekit.so
	install -m 644 $(LUA_FILES:%=src/realtimekit/%) $(LMODULES)/realtimekit
	for file in $(META_FILES); do install -m 644 src/meta/$$file $(METADIR)/$$file || exit; done

uninstall:
	rm -f $(CMODULES)/realtimekit.so $(LUA_FILES:%=$(LMODULES)/realtimekit/%) \
	  $(META_FILES:%=$(METADIR)/%)
	-rmdir $(METADIR)/realtimekit $(METADIR) $(LMODULES)/realtimekit 2>/dev/null

deb: deps
	@tools/deb.sh build/deb

clean:
	rm -rf build
