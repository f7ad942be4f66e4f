#!/usr/bin/env bash
# One node: process 1 in namespaces of its own, with containerd, the kubelet and kube-proxy. When it ends, the kernel
# ends all that runs on the node. node.ts starts it and writes the files it uses.
#   node.sh NAME ADDRESS FOLDER TOOLS KUBECONFIG LOGS
set -euo pipefail
name=$1 address=$2 folder=$3 tools=$4 kubeconfig=$5 logs=$6

hostname "$name"
mount --make-rprivate /
mount -t proc proc /proc
echo 1 >/proc/sys/net/ipv4/ip_forward
# /sys of this network namespace, but with the cgroups, which a fresh one lacks.
mkdir -p "$folder/cgroup"
mount --rbind /sys/fs/cgroup "$folder/cgroup"
mount -t sysfs sysfs /sys
mount --move "$folder/cgroup" /sys/fs/cgroup
# What the programs keep at fixed places.
mount -t tmpfs tmpfs /run
mount --bind "$folder/lib" /var/lib
mount --bind "$folder/log" /var/log
# Containers see what the kubelet mounts later.
mount --make-rshared /

# Starts a program again whenever it ends, as an init system would.
keep() {
  local program=$1
  shift
  while :; do
    "$program" "$@" >>"$logs/$name-${program##*/}.log" 2>&1 || true
    sleep 1
  done
}

rm -f "$folder/containerd.sock"
keep containerd --config "$folder/containerd.toml" &
until [[ -S $folder/containerd.sock ]]; do sleep 0.1; done
keep "$tools/kubelet" --config "$folder/kubelet.yaml" --kubeconfig "$kubeconfig" --hostname-override "$name" --node-ip "$address" &
keep "$tools/kube-proxy" --config "$folder/kube-proxy.yaml" --hostname-override "$name" &
wait
