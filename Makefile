# The front door. `make help` lists what is here.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PACKAGES := proto services/kit services/media services/gateway services/ingest services/enhance \
            services/mux services/serving models services/local clients/python
SERVICES := gateway ingest enhance mux serving
CODE := $(foreach package,$(PACKAGES),$(wildcard $(package)/nhance_*))
PROTOS := $(shell find proto -name '*.proto')
VIDEO ?=
OUT ?= out
OVERLAY ?= deploy/overlays/prod-example
KUSTOMIZE ?= $(BIN)/kubectl kustomize
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup browser page demo run test lint format typecheck imports proto proto-check check bench load \
  readers fidelity memory chaos uploads lock clean promtool checkov deploy-check simulate drain openapi clients \
  clients-python clients-typescript clients-check fuzz pictures rolling docker images-check

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Make the environment in .venv (every other target does it when needed)

$(VENV)/.ready: requirements-bootstrap.txt requirements-dev.txt pyproject.toml $(PACKAGES:%=%/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "nhance needs Python 3.11 to 3.13: name one with make PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.txt
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(PACKAGES:%=-e ./%)
	@touch $@

browser: ## Have Debian's Chromium for the tests of the web page, where it can be had
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	  -o DPkg::Lock::Timeout=300 chromium fonts-inter >/dev/null; } || \
	  echo "There is no Chromium: the tests of the web page will be skipped."

page: setup browser ## Use the web page in a browser, as people do (minutes)
	$(BIN)/python -m pytest -m slow tests/browser

pictures: setup browser ## Take README.md's pictures of the web page anew
	$(BIN)/python -m pytest -m slow tests/browser/test_page.py -k from_drop_to_download
	mkdir -p docs && cp out/browser/pictures/*.jpg docs/

demo: setup ## Enhance one video: make demo [VIDEO=path] [OUT=dir]
	$(BIN)/nhance demo $(if $(VIDEO),"$(VIDEO)") --out "$(OUT)"

run: setup ## Start the whole stack at http://127.0.0.1:8000 and leave it up
	$(BIN)/nhance up

test: setup ## Run every test but the slow proofs
	$(BIN)/python -m pytest -m "not slow"

lint: setup ## Look for mistakes and bad style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup ## Put every file into the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

typecheck: setup ## Check all types, strictly
	$(BIN)/mypy $(CODE) tests

imports: setup ## Check who may import whom
	$(BIN)/lint-imports

proto: setup ## Regenerate the protobuf code
	$(BIN)/python -m grpc_tools.protoc -I proto --python_out=proto --pyi_out=proto $(PROTOS)

proto-check: proto ## Regenerating the protobuf code leaves no difference
	git diff --exit-code -- proto
	@test -z "$$(git ls-files --others --exclude-standard proto)"

openapi: setup ## Write the API's document, from which the clients are generated
	$(BIN)/python -m nhance_gateway.api > clients/openapi.json

clients: openapi clients-python clients-typescript ## Regenerate the clients of the API

clients-python: setup
	rm -rf clients/python/nhance_client/rest
	PATH="$(CURDIR)/$(BIN):$$PATH" openapi-python-client generate --path clients/openapi.json --meta none \
	  --config clients/python/generator.yml --output-path clients/python/nhance_client/rest

clients-typescript:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory clients/typescript/dist; \
	  else echo "There is no npm: the TypeScript client stays as it is."; fi

clients/typescript/dist: clients/openapi.json clients/typescript/package-lock.json $(wildcard clients/typescript/*.* clients/typescript/src/*.ts)
	cd clients/typescript && npm ci --ignore-scripts --silent && npm run --silent generate && npm run --silent build
	touch $@

clients-check: clients ## Regenerating the clients leaves no difference
	git diff --exit-code -- clients
	@test -z "$$(git ls-files --others --exclude-standard clients)"

check: lint typecheck imports proto-check clients-check ## All checks that are not tests

bench: setup ## Frames per second of decoding, the model, encoding, and end to end
	$(BIN)/python -m tests.bench.throughput
	$(BIN)/python -m tests.bench.measuring
	$(BIN)/python -m tests.bench.hdr

load: setup ## 200 uploads and 1,000 event streams on one gateway for a minute: errors, and p99 of GET
	$(BIN)/python -m tests.bench.load

readers: ## Debian's ffmpeg, mediainfo and curl, with which tests read what nhance wrote, where missing
	@command -v ffprobe >/dev/null && command -v mediainfo >/dev/null && command -v curl >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
	  --no-install-recommends ffmpeg mediainfo curl >/dev/null; }

promtool: setup ## Debian's promtool, which tests the alerts, where missing (of its package that file alone)
	@test -x $(BIN)/promtool || { from=$$(mktemp -d) && chmod 755 $$from && cd $$from && apt-get update -qq && \
	  apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb . && \
	  install usr/bin/promtool $(CURDIR)/$(BIN)/promtool; rm -rf $$from; } || \
	  echo "There is no promtool: the tests of the alerts will be skipped."

checkov: setup ## checkov, in an environment of its own: it wants other versions of much
	@test -x $(VENV)/checkov/bin/checkov -a ! requirements-checkov.txt -nt $(VENV)/checkov || { \
	  $(UV) venv --quiet --clear $(VENV)/checkov && \
	  $(UV) pip install --quiet --python $(VENV)/checkov/bin/python --require-hashes -r requirements-checkov.txt; }

deploy-check: setup promtool checkov ## The manifests, images and alerts, without a cluster
	$(BIN)/python -m pytest tests/deploy

docker: ## Debian's Docker engine, docker-compose and debootstrap, where there is no engine
	@docker info >/dev/null 2>&1 || command -v dockerd >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends docker.io docker-compose debootstrap \
	  iptables >/dev/null; } || echo "There is no Docker engine: the images will not be built."

images-check: setup docker ## Build the images, tell their sizes, and have them do a job (a quarter of an hour)
	$(BIN)/python -m pytest -s -m slow tests/deploy

fidelity: setup readers ## What comes back of every kind of video; writes tests/e2e/README.md (half an hour)
	NHANCE_WRITE_FIDELITY=1 $(BIN)/python -m pytest tests/e2e/test_fidelity.py

memory: setup ## Memory and disk, a long video against a short one, also in 4K60 (two hours)
	$(BIN)/python -m pytest -s -m slow tests/e2e/test_memory.py

chaos: setup ## kill -9 of every process in the middle of a job, the full round
	$(BIN)/python -m pytest -m slow tests/e2e/test_chaos.py

rolling: setup ## Rolling updates and scaling in while a video is enhanced, the full form
	$(BIN)/python -m pytest -m slow tests/e2e/test_rolling.py

uploads: setup ## 5 GB by each way of uploading, the gateway killed ten times (a quarter of an hour)
	$(BIN)/python -m pytest -s -m slow tests/e2e/test_uploads.py

drain: setup ## 50 workers, 10 of them killed, drain 100,000 batches: BATCHES= WORKERS= KILLS=
	$(BIN)/python -m tests.bench.drain $(if $(BATCHES),--batches $(BATCHES)) \
	  $(if $(WORKERS),--workers $(WORKERS)) $(if $(KILLS),--kills $(KILLS))

simulate: setup ## How a deployment would do under load: make simulate [OVERLAY=dir]; pictures in out/simulate
	@mkdir -p out && $(KUSTOMIZE) $(OVERLAY) > out/rendered.yaml
	$(BIN)/nhance simulate --manifests - --plots out/simulate --csv out/simulate/outcomes.csv < out/rendered.yaml

fuzz: setup ## Ask the API whatever its document allows, and what it does not (ten minutes)
	$(BIN)/python -m pytest -s -m slow tests/e2e/test_fuzz.py

lock: setup ## Choose the versions anew; no registry is named in what is committed
	$(UV) lock --upgrade
	$(UV) export --quiet --format requirements.txt --no-header --only-group bootstrap -o requirements-bootstrap.txt
	$(UV) export --quiet --format requirements.txt --no-header --only-group build -o requirements-build.txt
	$(UV) export --quiet --format requirements.txt --no-header --no-emit-workspace --all-groups -o requirements-dev.txt
	echo checkov | $(UV) pip compile --quiet --generate-hashes --no-header --no-annotate --universal \
	  --python-version 3.11 -o requirements-checkov.txt -
	for service in $(SERVICES); do \
	  $(UV) export --quiet --format requirements.txt --no-header --no-emit-workspace --no-dev \
	    --package nhance-$$service -o services/$$service/requirements.txt || exit 1; done

clean: ## Remove the environment, the local data and the output
	rm -rf $(VENV) .nhance out
