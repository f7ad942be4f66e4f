#!/usr/bin/env bash
# Builds the cluster's programs into the folder $1, from the Go modules that go.mod pins:
#   hyperkube   etcd and all of Kubernetes; each program of it is also there by its own name
#   helm, coredns, pause
#   kwok, with kwok.yaml: what it needs to play nodes and pods
set -euo pipefail
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")"
export CGO_ENABLED=0 GOFLAGS='-mod=readonly -buildvcs=false'

version() { go list -m -f '{{.Version}}' "$1"; }
kubernetes=$(version k8s.io/kubernetes)
minor=${kubernetes#v1.}
flags=(-s -w)
for variable in \
  "k8s.io/component-base/version.gitVersion=$kubernetes" \
  "k8s.io/component-base/version.gitMajor=1" \
  "k8s.io/component-base/version.gitMinor=${minor%%.*}" \
  "helm.sh/helm/v4/internal/version.version=$(version helm.sh/helm/v4)" \
  "sigs.k8s.io/kwok/pkg/consts.Version=$(version sigs.k8s.io/kwok)"; do
  flags+=(-X "$variable")
done

# Others may work on this machine; this takes minutes.
nice -n 15 go build -trimpath -ldflags "${flags[*]}" -o "$out/" \
  ./hyperkube ./coredns ./pause helm.sh/helm/v4/cmd/helm sigs.k8s.io/kwok/cmd/kwok
for program in etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
  ln -sf hyperkube "$out/$program"
done

stages=$(go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage
for stage in "$stages"/node/fast/node-*.yaml "$stages"/node/heartbeat-with-lease/node-*.yaml "$stages"/pod/fast/pod-*.yaml; do
  echo ---
  cat "$stage"
done >"$out/kwok.yaml"
