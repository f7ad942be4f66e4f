#!/usr/bin/env bash
# Builds the backends into the folder $1: jaeger, of the version that go.mod pins, and otelcol, of what otelcol.yaml lists.
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")"
export CGO_ENABLED=0 GOFLAGS='-buildvcs=false'

# Others may work on this machine; this takes minutes.
nice -n 15 go build -mod=readonly -trimpath -ldflags '-s -w' -o "$out/jaeger" github.com/jaegertracing/jaeger/cmd/jaeger
manifest=$PWD/otelcol.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -mod=readonly -o "$work/builder" go.opentelemetry.io/collector/cmd/builder
cd "$work"
nice -n 15 ./builder --config "$manifest"
mv dist/otelcol "$out/otelcol"
