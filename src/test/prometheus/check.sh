#!/usr/bin/env bash
# Evaluates every query of the dashboard and every alert rule with a real Prometheus, against a local system that runs a job.
# Needs prometheus and promtool (Debian: apt-get install prometheus), curl and python3. Takes two to three minutes.
#
#   src/test/prometheus/check.sh
#
# Fails when a query has an error, when one of the dashboard answers nothing, when a rule is not healthy, or when an alert
# fires. The log of what was evaluated goes to stdout.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
for tool in prometheus promtool curl python3; do
  command -v "$tool" >/dev/null || { echo "there is no '$tool' on the PATH (Debian: apt-get install prometheus curl python3)" >&2; exit 2; }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/tenfold-prometheus.XXXXXX")
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT

promtool check rules "$root/helm/tenfold/rules/tenfold.yaml"

# --- A local system, with a price, and jobs on files beside it.
cp -r "$root/src/test/resources/golden/bert-bare" "$work/model"
for split in train validation; do head -n 49 "$root/src/test/resources/demo/support.$split.csv" >"$work/$split.csv"; done
TENFOLD_STORAGE_FILE_ROOTS=$work TENFOLD_COST_DEVICE_SECOND=0.0006 TENFOLD_COST_CURRENCY=EUR \
  "$root/tenfold" up --dir "$work/state" --kafka-port 0 --s3-port 0 --http-port 0 >"$work/ready.json" 2>"$work/up.log" &
pids+=($!)
for _ in $(seq 300); do
  [ -s "$work/ready.json" ] && break
  kill -0 "${pids[0]}" 2>/dev/null || { cat "$work/up.log" >&2; exit 1; }
  sleep 1
done
[ -s "$work/ready.json" ] || { echo "the local system did not become ready" >&2; cat "$work/up.log" >&2; exit 1; }
http=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["http"])' "$work/ready.json")

# --- Prometheus beside it.
port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 5s}
rule_files: ["$root/helm/tenfold/rules/tenfold.yaml"]
scrape_configs:
  - job_name: tenfold
    metrics_path: /q/metrics
    static_configs: [{targets: ["${http#http://}"]}]
YAML
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" --web.listen-address="127.0.0.1:$port" \
  --enable-feature=exemplar-storage >"$work/prometheus.log" 2>&1 &
pids+=($!)
for _ in $(seq 60); do curl -fs "127.0.0.1:$port/-/ready" >/dev/null && break; sleep 0.5; done
sleep 20

# --- Jobs: two that end, since a rate needs a second one; one that is refused; one that goes on while the queries are asked.
job() {
  cat <<JSON
{"id": "$1", "model": "file:$work/model", "task": {"type": "sequence_classification"},
 "data": {"train": "file:$work/train.csv", "validation": "file:$work/validation.csv"},
 "method": {"name": "$2", "r": 2}, "training": {"max_steps": $3, "batch_size": 4, "logging_steps": 5, "max_length": 16,
 "save_steps": 20}, "output": "file:$work/out-$1"}
JSON
}
submit() { job "$@" | curl -fsS -o /dev/null -w "job $1: HTTP %{http_code}\n" -H 'content-type: application/json' --data-binary @- "$http/v1/jobs"; }
submit first lora 40
submit wrong no-such-method 40 2>/dev/null || true
for _ in $(seq 60); do curl -fs "$http/v1/jobs/first" | grep -q '"state":"succeeded"' && break; sleep 1; done
submit second lora 40
for _ in $(seq 60); do curl -fs "$http/v1/jobs/second" | grep -q '"state":"succeeded"' && break; sleep 1; done
submit long lora 200000
sleep 32

python3 "$root/src/test/prometheus/evaluate.py" "http://127.0.0.1:$port" "$root/helm/tenfold"
