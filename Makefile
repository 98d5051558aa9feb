# Thin on purpose: each target is one `course …` or pip line. README.md gives the same lines for Windows and conda.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := $(shell grep -E '^torch==' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help lab instructor test quick build demo doctor clean

help:  ## what can be made here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'
	@echo "  The first call installs everything into $(VENV); later ones start at once."

lab: $(VENV)/.ready  ## open the course in JupyterLab
	@$(BIN)/course lab

instructor: $(VENV)/.ready  ## open the instructor's side, with formgrader
	@$(BIN)/course lab --instructor

test: $(VENV)/.ready-dev  ## prove that everything works (ARGS="-k check" for a part)
	@CI=$(CI) $(BIN)/python -m pytest $(ARGS)

quick: $(VENV)/.ready-dev  ## the tests that take no browser and no kernel
	@$(BIN)/python -m pytest -m "not long and not browser" $(ARGS)

build: $(VENV)/.ready  ## make the students' notebooks from autograder/source
	@$(BIN)/course build

demo: $(VENV)/.ready  ## grade a simulated class of twelve
	@$(BIN)/course demo

doctor: $(VENV)/.ready  ## what is missing on this machine
	@$(BIN)/course doctor

clean:  ## take away what was installed and built; your work in work/ stays
	rm -rf $(VENV) build autograder/.cache src/*.egg-info *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "The course needs Python 3.11 or newer as $(PYTHON); install it, or say make lab PYTHON=/path/to/python3.11."; exit 2; }
	@$(PYTHON) -m venv $(VENV)

# torch comes first and pinned, so that pip has decided on its build before anything else asks for it.
$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing the course into $(VENV). The first time takes a few minutes, most of them for PyTorch."
	@$(BIN)/python -m pip install --disable-pip-version-check -q $(TORCH)
	@$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev]'
	@touch $@
