# SPDX-License-Identifier: Apache-2.0
# An index: each verb is one line of what it needs and one of what it does. The work is done by host/setup, whose
# steps run only when what they depend on has changed. Nothing here assumes a path without spaces.

PYTHON ?= python3
SECONDS ?= 60
BIN = .venv/bin
SETUP = @sh host/setup/packages.sh && $(PYTHON) host/setup
QEMU = microbit mps2_an385 virt_rv32

C_FILES = find native tests examples -name '*.[ch]' -print0

.PHONY: help setup build demo test check format fuzz bench conformance firmware natmod qemu clean distclean
.DEFAULT_GOAL := help

help: ## this list
	@echo "make VERB, in a clean clone too: each verb first sets up what it needs."
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' Makefile | expand -t 14
	@echo "Variables: PYTHON, OPS, SECONDS, MOTE_JOBS, MOTE_WORK, MICROPY_DIR, MBEDTLS_DIR, PICO_SDK_PATH, TINYUSB_DIR, RP2040JS_DIR (docs/SETUP.md)"

setup: ## Debian packages, .venv, pinned sources and the emulator
	$(SETUP) core sources node

build: ## everything that is compiled
	$(SETUP) core node stock mote natmod unix $(QEMU)

demo: ## a keyword recognised on the virtual Pico
	$(SETUP) core node stock natmod
	@$(BIN)/mote demo

test: ## build, check, and all tests
	$(SETUP) core node stock mote natmod unix $(QEMU)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest

check: ## linters and formatters of both languages, changing nothing
	$(SETUP) python
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(C_FILES) | xargs -0 -r $(BIN)/clang-format --dry-run -Werror
	@echo "  check: clean"

format: ## rewrites the sources as the formatters want them
	$(SETUP) python
	@$(BIN)/ruff check -q --fix .; $(BIN)/ruff format -q .
	@$(C_FILES) | xargs -0 -r $(BIN)/clang-format -i

fuzz: ## the core against damaged files, for SECONDS (60)
	$(SETUP) core
	@$(BIN)/python tests/native/fuzz --seconds $(SECONDS)

bench: ## figures into build/bench.json and docs/PERFORMANCE.md
	$(SETUP) core node stock mote natmod $(QEMU)
	@$(BIN)/python -m moteforge.bench

conformance: ## every operator compared, on the PC and emulated, into docs/CONFORMANCE.md
	$(SETUP) core
	@$(BIN)/python -m moteforge.bench.conformance

firmware: ## RP2040 images, stock and with the module inside
	$(SETUP) stock mote

natmod: ## native modules of every architecture
	$(SETUP) natmod

qemu: ## MicroPython for QEMU and for this machine
	$(SETUP) $(QEMU) unix

clean: ## removes what was built; keeps .venv and what was downloaded
	@$(PYTHON) host/setup/clean.py build

distclean: ## removes all that was not cloned
	@$(PYTHON) host/setup/clean.py all
