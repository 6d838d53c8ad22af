# The front door of ringfort: `make help` lists what it can do; CMake underneath does the building.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
BUILD   ?= build
PREFIX  ?= /usr/local
# More for CMake's configure step, such as CMAKE_FLAGS=-DRINGFORT_WASMTIME=/opt/wasmtime
CMAKE_FLAGS ?=
JOBS    ?= $(shell nproc)
# Passed on to ctest, such as CTEST_FLAGS='-R cli'
CTEST_FLAGS ?=
# How long each target of `make fuzz` runs, in seconds
TIME    ?= 60
# Which suites `make test-outside` runs: go, zig, python, ripgrep; all of them where this is empty
SUITES  ?=
# More for scripts/mutate.py, such as MUTATE_FLAGS='src/path/walk.c --only expand_link'
MUTATE_FLAGS ?=
export CMAKE_FLAGS DESTDIR

CONFIGURE = cmake -S . -B $(BUILD) -G Ninja -DRINGFORT_NODE_IN_TREE=ON $(CMAKE_FLAGS)
FUZZ_FLAGS = -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DRINGFORT_FUZZ=ON -DRINGFORT_SANITIZE=ON \
	-DRINGFORT_NODE=OFF

.PHONY: build demo test test-outside race tsan fuzz coverage mutate lint format bench packages install clean help

build: ## build the libraries and the command into build/, and the addon into node/ (the default)
	@scripts/setup.sh build
	$(CONFIGURE)
	cmake --build $(BUILD)

demo: ## build, then run hello world and a program in a sandboxed directory
	@scripts/setup.sh build guests
	$(CONFIGURE)
	cmake --build $(BUILD) --target all example-guests
	@scripts/demo.sh $(BUILD)

test: ## build, then run all tests
	@scripts/setup.sh build guests test
	$(CONFIGURE) -DRINGFORT_TESTS=ON
	cmake --build $(BUILD)
	ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j$(JOBS) $(CTEST_FLAGS)

test-outside: ## build, then run the test suites of others (SUITES): 40 minutes, and the first time longer
	@scripts/setup.sh build guests test outside
	$(CONFIGURE)
	cmake --build $(BUILD) --target ringfort-cli
	@JOBS=$(JOBS) tests/outside/run.sh $(BUILD) $(SUITES)

race: ## build, then race the sandbox's paths: RACE_CALLS (10 million) calls for each shape and resolver
	@scripts/setup.sh build guests test
	$(CONFIGURE) -DRINGFORT_TESTS=ON
	cmake --build $(BUILD) --target test-sandbox-races without-openat2
	@scripts/race.sh $(BUILD)

tsan: ## run the tests of the Wasmtime adapter under ThreadSanitizer, in build/tsan
	@scripts/setup.sh build guests test
	cmake --preset tsan $(CMAKE_FLAGS)
	cmake --build --preset tsan
	ctest --preset tsan

coverage: ## build the core with counters, run its tests, and tell which branches of src/ they take
	@scripts/setup.sh build guests test sanitizers coverage
	@scripts/coverage.sh $(BUILD)/coverage

mutate: ## make mistakes in paths and guest pointers, one at a time: a test must notice each
	@scripts/setup.sh build guests test mutate
	@nice scripts/mutate.py $(BUILD)/mutate $(MUTATE_FLAGS)

lint: ## check the form of the sources and what the libraries export
	@scripts/setup.sh build guests test lint
	@scripts/lint.sh $(BUILD)/lint

format: ## rewrite the C sources in the house's layout
	@scripts/setup.sh lint
	@scripts/lint.sh --format

bench: ## build, then measure; one `name value unit` a line
	@scripts/setup.sh build guests bench
	$(CONFIGURE)
	cmake --build $(BUILD) --target all bench-programs example-guests
	@scripts/bench.sh $(BUILD)

fuzz: ## fuzz for TIME seconds (60) each: WASI calls, path resolvers, the command's inputs
	@scripts/setup.sh build guests test sanitizers
	cmake -S . -B $(BUILD)/fuzz -G Ninja $(FUZZ_FLAGS) $(CMAKE_FLAGS)
	cmake --build $(BUILD)/fuzz --target fuzz-calls fuzz-resolver fuzz-command
	@scripts/fuzz.sh $(BUILD)/fuzz $(TIME)

packages: ## build the npm packages into build/npm, *.tgz: ringfort, and its addon for each platform
	@scripts/setup.sh build packages
	@scripts/packages.sh $(BUILD)/npm

install: ## install below PREFIX (/usr/local), inside DESTDIR where given
	@test -f $(BUILD)/build.ninja || $(MAKE) build
	cmake --build $(BUILD)
	cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove build/; the engine's build in the cache folder stays
	rm -rf $(BUILD)

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20
