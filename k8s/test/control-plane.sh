#!/usr/bin/env bash
# A Kubernetes control plane without a container in it, for tests: etcd, API server, controllers, scheduler, kwok (nodes that only
# pretend), Helm and the KEDA operator, built from their Go modules.
#
#   control-plane.sh build [BIN]       builds what is missing into BIN (two cores: some 25 minutes, once; about 2 GB of modules)
#   control-plane.sh up DIR [BIN]      starts it on loopback, with its state and logs in DIR, and waits till it answers
#   control-plane.sh restart PART DIR [BIN]   of etcd, apiserver, controllers, scheduler, kwok, keda
#   control-plane.sh down DIR          stops it
#
# BIN is ~/.cache/control-plane/bin unless said otherwise; API_PORT and ETCD_PORT choose other ports.
set -euo pipefail

kubernetes=v1.36.3 staging=v0.36.3 etcd=v3.7.0 kwok=v0.7.0 helm=v3.21.4 keda=v2.21.0
command=${1:-}; shift || true
say() { printf '%s\n' "$*" >&2; }
binaries() { bin=${1:-$HOME/.cache/control-plane/bin}; }

# module NAME: an empty module in $work/NAME, made the current folder.
module() {
  mkdir -p "$work/$1"
  cd "$work/$1"
  printf 'module example.com/%s\n\ngo 1.26.0\n' "$1" > go.mod
}

mod_file() { go mod download -json "$1" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p'; }

build_kubernetes() {
  module kubernetes
  echo "require k8s.io/kubernetes $kubernetes" >> go.mod
  # Its staging modules are published apart: each is pointed at its release.
  grep -oE '^\s+k8s.io/[a-z-]+ => ./staging' "$(mod_file "k8s.io/kubernetes@$kubernetes")" | awk '{print $1}' | sort -u |
    sed "s|.*|replace & => & $staging|" >> go.mod
  local version="-X k8s.io/component-base/version.gitVersion=$kubernetes -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"
  local part
  for part in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    [ -x "$bin/$part" ] || go build -ldflags "$version" -o "$bin/" "k8s.io/kubernetes/cmd/$part"
  done
}

build() {
  binaries "${1:-}"
  if ! command -v go > /dev/null; then
    say "The control plane is built from Go modules, and there is no 'go' on the PATH."
    say "Get Go 1.26 or newer from https://go.dev/dl; or put kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, etcd, kwok, helm and keda into $bin."
    exit 2
  fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$bin"
  export CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-mod=mod
  [ -x "$bin/kubectl" ] && [ -x "$bin/kube-apiserver" ] && [ -x "$bin/kube-scheduler" ] && [ -x "$bin/kube-controller-manager" ] || build_kubernetes
  if [ ! -x "$bin/etcd" ]; then
    module etcd
    go get "go.etcd.io/etcd/server/v3@$etcd"
    go build -o "$bin/etcd" go.etcd.io/etcd/server/v3
  fi
  [ -x "$bin/kwok" ] || GOFLAGS='' GOBIN=$bin go install "sigs.k8s.io/kwok/cmd/kwok@$kwok"
  [ -x "$bin/helm" ] || GOFLAGS='' GOBIN=$bin go install "helm.sh/helm/v3/cmd/helm@$helm"
  if [ ! -x "$bin/keda" ] || [ ! -d "$bin/../crd" ]; then
    module keda
    echo "require github.com/kedacore/keda/v2 $keda" >> go.mod
    grep -E '^replace ' "$(mod_file "github.com/kedacore/keda/v2@$keda")" >> go.mod || true
    [ -x "$bin/keda" ] || go build -o "$bin/keda" github.com/kedacore/keda/v2/cmd/operator
    mkdir -p "$bin/../crd"
    cp -f "$(GOFLAGS='' go env GOMODCACHE)/github.com/kedacore/keda/v2@$keda"/config/crd/bases/*.yaml "$bin/../crd/"
    chmod u+w "$bin"/../crd/*
  fi
}

# run NAME COMMAND…: in the background, with a log and its process's number in files.
run() {
  local name=$1
  shift
  "$@" >> "$name.log" 2>&1 < /dev/null &
  echo $! > "$name.pid"
}

start() {
  local api=${API_PORT:-16443} store=${ETCD_PORT:-23790}
  case $1 in
    etcd) run etcd "$bin/etcd" --data-dir etcd --listen-client-urls "http://127.0.0.1:$store" --advertise-client-urls "http://127.0.0.1:$store" \
      --listen-peer-urls "http://127.0.0.1:$((store + 10))" ;;
    apiserver) run apiserver "$bin/kube-apiserver" "--etcd-servers=http://127.0.0.1:$store" "--secure-port=$api" --bind-address=127.0.0.1 \
      --cert-dir=certs --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=sa.pub \
      --service-account-signing-key-file=sa.key --token-auth-file=tokens.csv --authorization-mode=RBAC --service-cluster-ip-range=10.0.0.0/24 ;;
    controllers) run controllers "$bin/kube-controller-manager" --kubeconfig=kubeconfig --service-account-private-key-file=sa.key \
      --leader-elect=false '--controllers=*,-nodeipam,-route' ;;
    scheduler) run scheduler "$bin/kube-scheduler" --kubeconfig=kubeconfig --leader-elect=false --secure-port=0 ;;
    # Tenfold's pods are left to whoever really runs them.
    kwok) run kwok "$bin/kwok" --kubeconfig=kubeconfig --manage-all-nodes=true \
      --disregard-status-with-label-selector=app.kubernetes.io/name=tenfold ;;
    keda) run keda env "KUBECONFIG=$PWD/kubeconfig" POD_NAMESPACE=keda KEDA_CLUSTER_OBJECT_NAMESPACE=keda WATCH_NAMESPACE= "$bin/keda" \
      --leader-elect=false --cert-dir=keda-certs --metrics-service-bind-address=127.0.0.1:0 --metrics-bind-address=:0 \
      --health-probe-bind-address=:0 --zap-log-level=info ;;
    *) say "'$1' is no part of the control plane"; exit 2 ;;
  esac
}

stop() {
  [ -f "$1.pid" ] || return 0
  local pid
  pid=$(cat "$1.pid")
  kill "$pid" 2> /dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.2; done
  kill -9 "$pid" 2> /dev/null || true
  rm -f "$1.pid"
}

up() {
  binaries "${2:-}"
  mkdir -p "$1"
  cd "$1"
  umask 077
  local token api=${API_PORT:-16443}
  token=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
  openssl genrsa -out sa.key 2048 2> /dev/null
  openssl rsa -in sa.key -pubout -out sa.pub 2> /dev/null
  echo "$token,admin,1,\"system:masters\"" > tokens.csv
  cat > kubeconfig <<K
apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "https://127.0.0.1:$api", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: local, context: {cluster: local, user: admin}}]
current-context: local
K
  export KUBECONFIG=$PWD/kubeconfig
  start etcd
  start apiserver
  for second in $(seq 90); do
    "$bin/kubectl" get --raw /readyz > /dev/null 2>&1 && break
    sleep 1
    [ "$second" -lt 90 ] || { tail -5 apiserver.log >&2; exit 1; }
  done
  start controllers
  start scheduler
  start kwok
  "$bin/kubectl" apply --server-side -f "$bin/../crd"
  "$bin/kubectl" create namespace keda
  mkdir -p keda-certs
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=keda -keyout keda-certs/tls.key -out keda-certs/tls.crt 2> /dev/null
  cp keda-certs/tls.crt keda-certs/ca.crt
  start keda
}

case $command in
  build) build "$@" ;;
  up) up "${1:?a folder for its state}" "${2:-}" ;;
  restart)
    part=${1:?which part} dir=${2:?the folder of its state}
    binaries "${3:-}"
    cd "$dir"
    stop "$part"
    start "$part" ;;
  down)
    cd "${1:?the folder of its state}"
    for part in keda kwok scheduler controllers apiserver etcd; do stop $part; done ;;
  *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
