# The entry point of the project: `make` alone lists the targets. The build itself is CMake's (CMakePresets.json).
JOBS := $(shell nproc)
BUILD := cmake --build --preset
export CLICOLOR_FORCE :=

.DEFAULT_GOAL := help
.PHONY: help dependencies clang build page package test test-cluster test-long demo demo-web demo-azure picture bench bench-cluster bench-import bench-quick tidy format fuzz asan tsan clean
.PRECIOUS: build/%/build.ninja

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

dependencies: ## Install what is missing: Debian packages, DuckDB (asks for root or sudo only if needed)
	@tools/install_dependencies

clang:
	@tools/install_dependencies build clang

# A preset is configured once; from then on, ninja itself notices changes.
build/%/build.ninja: CMakePresets.json | dependencies
	cmake --preset $*
	@touch $@

build: build/release/build.ninja ## Build the program: build/release/apportion
	@$(BUILD) release --parallel $(JOBS) --target apportion installed_files

page: | dependencies ## Build the page, which the program serves: build/release/page
	@tools/install_dependencies page
	@web/node_modules/.node/bin/node web/tools/build.mjs build/release/page

package: build page ## Build the Debian package: build/release/package
	@tools/install_dependencies package
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
	  cpack --config build/release/CPackConfig.cmake

test: build/release/build.ninja ## Build and run every test, in a random time zone and locale
	@$(BUILD) release --parallel $(JOBS)
	@tools/install_dependencies azure oidc focus readers api package chart page-tests
	@$(MAKE) --no-print-directory page
	@tools/run_tests build/release

test-cluster: build/release/build.ninja ## Compare both engines on a Trino cluster on this machine (RECORD=1 keeps its answers)
	@$(BUILD) release --parallel $(JOBS) --target apportion trino_live_test
	@tools/install_dependencies cluster
	@python3 -B tests/cluster/test_cluster.py build/release/apportion build/release/tests/cluster/trino_live_test \
	  $(if $(RECORD),--record)

test-long: clang ## Run the long tests: more seeds, sanitizers, fuzzers (STAGES=… for some only)
	@tools/install_dependencies azure api package package-tests page page-tests
	@$(MAKE) --no-print-directory page
	@tools/test_long $(STAGES)

demo: build ## Generate a partner's exports, import, split and prove them, and print the bill
	@tools/demo

demo-web: build page ## Open the page on the home of the demo
	@tools/demo --serve

demo-azure: build ## Play the first day with Azure on a stand-in that runs on this machine
	@tools/install_dependencies azure
	@tools/demo_azure

picture: build ## Redraw the picture of README.md from the program's output
	@tools/picture build/release/apportion > build/terminal.svg && mv build/terminal.svg docs/terminal.svg

bench: build/release/build.ninja ## Build and run the benchmarks
	@$(BUILD) release --parallel $(JOBS) --target apportion_bench
	@build/release/apportion_bench

bench-import: build/release/build.ninja ## Compare the import with the newest DuckDB and polars, on usual and hostile files
	@tools/install_dependencies readers
	@$(BUILD) release --parallel $(JOBS) --target apportion apportion_bench
	@python3 -B bench/imports.py

bench-cluster: build ## Compare one machine with a Trino cluster on it, 10 million charges (ROWS=N for others)
	@tools/install_dependencies cluster
	@python3 -B bench/cluster.py $(if $(ROWS),--rows $(ROWS))

bench-quick: build ## Compare the program's work with that of the commit it is based on (BASE=COMMIT for another)
	@tools/install_dependencies bench
	@python3 -B bench/quick.py --base '$(BASE)'

tidy: build/release/build.ninja ## Check layout and style (FILES=REGEX for some files only)
	@tools/install_dependencies tidy
	@$(BUILD) release --parallel $(JOBS)
	@tools/tidy build/release '$(FILES)'

format: ## Format the sources with clang-format
	@tools/install_dependencies tidy
	@tools/list_sources | xargs clang-format-14 -i

fuzz: clang ## Fuzz with libFuzzer and the sanitizers (SECONDS=60 each)
	cmake --preset fuzz -DAPPORTION_FUZZ_SECONDS=$(or $(SECONDS),60)
	@$(BUILD) fuzz --parallel $(JOBS)
	@ctest --preset fuzz --verbose

asan: clang ## Build and run the tests with the address and undefined behaviour sanitizers (a stage of test-long)
	@tools/install_dependencies azure
	@tools/test_long address

tsan: clang ## Build and run the tests of code with threads with the thread sanitizer (a stage of test-long)
	@tools/install_dependencies azure
	@tools/test_long thread

clean: ## Remove all build output
	rm -rf build
