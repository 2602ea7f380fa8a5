# Every task by name; `make` alone prints them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
STAMP := node_modules/.package-lock.json
NPM := npm --no-fund --no-audit

.PHONY: help
help: ## Print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

$(STAMP): package.json package-lock.json packages/operator/package.json
	$(NPM) ci
	@touch $(STAMP)

.PHONY: test
test: $(STAMP) ## Run all the tests; ends with "N passed, N failed"
	@node_modules/.bin/node scripts/test.mjs

.PHONY: test-unit
test-unit: $(STAMP) ## Run the tests that need no cluster
	@$(NPM) run --silent jest -- --selectProjects unit

.PHONY: lint
lint: $(STAMP) ## Types, eslint, formatting, direction of imports, unused code, licenses of what is shipped
	$(NPM) run --silent types
	$(NPM) run --silent eslint
	$(NPM) run --silent format:check
	$(NPM) run --silent directions
	$(NPM) run --silent unused
	$(NPM) run --silent licenses

.PHONY: format
format: $(STAMP) ## Format every file
	$(NPM) run --silent format

.PHONY: generate
generate: $(STAMP) ## Print the CRDs and their reference from the classes
	$(NPM) run --silent generate

.PHONY: build
build: $(STAMP) ## Bundle the operator into dist/ with the list of what is in it (CycloneDX), and compile the framework
	$(NPM) run --silent build

.PHONY: sbom
sbom: $(STAMP) ## Write dist/kubexray-operator.cdx.json, what the image is made of
	node_modules/.bin/node scripts/build.mjs

.PHONY: audit
audit: ## Ask the registry for known vulnerabilities of what is shipped
	npm audit --omit=dev

.PHONY: image
image: ## Build the image (BUILDER=docker, podman or buildah; ARCH=amd64 or arm64)
	scripts/build-image.sh $(or $(ARCH),amd64)

.PHONY: charts
charts: ## Package the charts into dist/charts (with helm)
	helm package charts/* --destination dist/charts

.PHONY: run
run: $(STAMP) ## Run the operator against the current kubeconfig
	node_modules/.bin/node scripts/run-ts.mjs src/main.ts $(ARGS)

.PHONY: demo
demo: $(STAMP) ## The main job as a story on a real control plane (KEEP=1 leaves it up)
	@node_modules/.bin/node scripts/run-ts.mjs test/demo/main.ts

.PHONY: chaos
chaos: $(STAMP) ## Play a thousand stories of edits and faults, with the whole operator in each (SEEDS=n for more or fewer, SEED=n for one)
	@node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/run-ts.mjs test/chaos/main.ts

.PHONY: chaos-real
chaos-real: $(STAMP) ## The same on a real control plane, with the operator as a process behind a proxy (SEEDS=n, 24 by default)
	@node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/run-ts.mjs test/chaos/real/main.ts

BENCH := PATH="$(CURDIR)/node_modules/.bin:$$PATH" node --disable-warning=ExperimentalWarning --expose-gc scripts/run-ts.mjs

.PHONY: bench
bench: $(STAMP) ## Measure the whole operator at 1,000 and 10,000 pods, beside the references, in about 10 minutes, and print the tables
	@PODS=1000 SCENARIO=cold-start,reference $(MAKE) -s bench-operator
	@PODS=10000 SCENARIO=cold-start,reference,go-operator,steady,latency,changes,fail-over $(MAKE) -s bench-operator
	@$(MAKE) -s bench-table

.PHONY: bench-operator
bench-operator: $(STAMP) ## A part of it: SCENARIO (with commas; docs/performance.md has them all), PODS (10000), RUNS (1), CHANGES (20), PROFILE (a folder)
	@$(BENCH) bench/operator/main.ts

.PHONY: bench-table
bench-table: $(STAMP) ## Print what was measured last, from bench/results
	@$(BENCH) bench/operator/table.ts

.PHONY: bench-profile
bench-profile: $(STAMP) ## Print the top of CPU profiles and heap snapshots: FILES
	@$(BENCH) bench/operator/read-profile.ts $(FILES)

.PHONY: bench-days
bench-days: $(STAMP) ## Let days pass for the whole operator on a simulated clock, and measure its heap after each: DAYS (5), PROFILE
	@$(BENCH) bench/days/main.ts

.PHONY: bench-framework
bench-framework: $(STAMP) ## Measure the framework beside client-node and client-go: PODS (10000), RUNS (3), PARTS, PROFILE
	@$(BENCH) bench/framework/main.ts

.PHONY: bench-parts
bench-parts: $(STAMP) ## Measure enforcement, an edit of a policy, and what has to do with Xray, each by itself
	@$(BENCH) bench/enforce/main.ts
	@$(BENCH) bench/policy-edit.ts
	@$(BENCH) bench/xray/hook-to-stop.ts
	@$(BENCH) bench/xray/summary.ts
	@$(BENCH) bench/xray/memory.ts

.PHONY: bench-all
bench-all: $(STAMP) ## All of these, and 100,000 pods: some hours
	@RUNS=3 $(MAKE) -s bench
	@PODS=100000 SCENARIO=cold-start,reference,go-operator $(MAKE) -s bench-operator
	@$(MAKE) -s bench-days bench-framework bench-parts bench-table
