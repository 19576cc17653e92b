# The README says how to build and test. This is the measuring: one table, kept as JSON too.
.PHONY: bench
bench:
	go run ./bench --json bench.json
