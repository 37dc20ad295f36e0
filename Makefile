# Everything a newcomer types. Needs python3 (3.11 or newer) and make, nothing else.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONUTF8 := 1

.PHONY: help demo run test check eval fit bench bench-board bench-archive recall kills endure lock clean

help: ## what can be typed here
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/develop: requirements-dev.lock .venv/runtime
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	touch $@

demo: .venv/runtime ## a newsroom of our own on 127.0.0.1, the real monitor against it, the alerts
	$(BIN)/exchangewatch demo

run: .venv/runtime ## the monitor on config.yaml
	$(BIN)/exchangewatch serve

test: .venv/develop ## the whole test suite
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: .venv/develop ## style, types, import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

eval: .venv/develop ## accuracy on the labelled cases, and on ../shared/corpus when present
	$(BIN)/python benchmarks/accuracy.py

.venv/fit: requirements-fit.lock .venv/develop
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-fit.lock
	touch $@

fit: .venv/fit ## find the detector's weights from the labelled cases, after their scores on unseen ones
	$(BIN)/python benchmarks/fit.py

bench: .venv/develop ## speed of detection, extraction, crawling and delivery
	$(BIN)/python benchmarks/speed.py
	-bash tests/slack_emulator.sh install
	$(BIN)/python -m benchmarks.delivery

bench-board: .venv/develop ## how long the board's pages take on 100,000 articles and 2,000 events
	$(BIN)/python -m benchmarks.board

bench-archive: .venv/develop ## speed of reading archives, on one core
	$(BIN)/python -m benchmarks.archive

recall: .venv/develop ## prove that the scan of archives loses nothing, in every encoding and spelling: some four minutes
	$(BIN)/python -m benchmarks.recall

kills: .venv/develop ## kill the sender of alerts 200 times under load, against the Slack emulator
	bash tests/slack_emulator.sh install
	$(BIN)/python benchmarks/kills.py --kills 200

endure: .venv/develop ## faults, ten thousand visits, a simulated month, lag, feedparser's own feeds: about 45 minutes
	$(BIN)/python -m benchmarks.months
	$(BIN)/python -m benchmarks.feeds
	$(BIN)/python -m benchmarks.faults
	$(BIN)/python -m benchmarks.memory
	bash tests/slack_emulator.sh install
	$(BIN)/python -m benchmarks.lag

lock: ## compile the hashed lock files anew (needs uv on the PATH)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe -o requirements-dev.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --allow-unsafe --extra fit -o requirements-fit.lock

clean: ## remove what make and the demo made
	rm -rf .venv .venv-readers out .mypy_cache .ruff_cache .hypothesis *.egg-info
