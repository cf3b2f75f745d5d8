# Everything is done by tools/bootstrap.py, so that it works the same without make. What follows in ARGS is handed on:
#   make test ARGS="tests/domain -k names"

PYTHON ?= python3
TASKS = run test check build screenshots bench soak clean help

.DEFAULT_GOAL := help
.PHONY: $(TASKS)

$(TASKS):
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "This needs Python 3.11 or newer, and there is no $(PYTHON) here." >&2; exit 1; }
	@$(PYTHON) tools/bootstrap.py $@ $(ARGS)
