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

.PHONY: bench-operator
bench-operator: $(STAMP) ## Measure the whole operator: SCENARIO (cold-start unless set; docs/performance.md has them all), PODS (10000), RUNS (1)
	@PATH="$(CURDIR)/node_modules/.bin:$$PATH" node --disable-warning=ExperimentalWarning scripts/run-ts.mjs bench/operator/main.ts

.PHONY: bench
bench: $(STAMP) ## Measure, on a real control plane: the framework beside client-node and client-go (PODS=100000 for more), the whole operator, enforcement, a policy edit, Xray
	@node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/run-ts.mjs bench/framework/main.ts
	@for scenario in cold-start reference steady changes fail-over latency go-operator; do SCENARIO=$$scenario $(MAKE) -s bench-operator || exit 1; done
	@node_modules/.bin/node --disable-warning=ExperimentalWarning scripts/run-ts.mjs bench/enforce/main.ts
	@node_modules/.bin/node scripts/run-ts.mjs bench/policy-edit.ts
	@node_modules/.bin/node scripts/run-ts.mjs bench/xray/hook-to-stop.ts
	@node_modules/.bin/node scripts/run-ts.mjs bench/xray/summary.ts
	@node_modules/.bin/node --expose-gc scripts/run-ts.mjs bench/xray/memory.ts
