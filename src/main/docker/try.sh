#!/usr/bin/env bash
# Builds an image without a Docker engine and starts what is in it: no network, a root that can't be written, user 10001.
# By hand, on Linux, as root; a few GB and minutes. Nothing of it is needed to build or use the images.
set -euo pipefail
cd "$(dirname "$0")/../../.."

usage() {
  cat <<'TEXT'
usage: src/main/docker/try.sh [--pull] [--keep] jvm|gpu

  --pull   takes the bases from their registry; else stand-ins are made here: Debian's smallest system (debootstrap), and in
           it this machine's JDK (JAVA_HOME), or Python; the Dockerfile is the same
  --keep   leaves the work folder

environment: TRY_DIR (a new folder in the temporary one), TRY_PYTORCH_INDEX (gpu with stand-ins: https://pypi.org/simple)
TEXT
}

pull=false keep=false kind=""
for word in "$@"; do
  case $word in
    --pull) pull=true ;;
    --keep) keep=true ;;
    jvm | gpu) kind=$word ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ -n "$kind" ] || { usage >&2; exit 2; }

missing=()
[ "$(id -u)" = 0 ] || missing+=("root: layers are mounted and users changed")
command -v buildah >/dev/null || missing+=("buildah: apt-get install buildah")
for tool in unshare chroot tar; do command -v $tool >/dev/null || missing+=("$tool: util-linux, coreutils, tar"); done
$pull || command -v debootstrap >/dev/null || missing+=("debootstrap: apt-get install debootstrap (or --pull)")
$pull || [ -x "${JAVA_HOME:-}/bin/jar" ] || missing+=("JAVA_HOME: a JDK 25 for the stand-ins (or --pull)")
[ -e target/image/quarkus-run.jar ] || missing+=("target/image: mvn package -Dimage -DskipTests")
if [ ${#missing[@]} -gt 0 ]; then
  printf 'missing: %s\n' "${missing[@]}" >&2
  exit 2
fi

work=${TRY_DIR:-$(mktemp -d)}
mkdir -p "$work"
grep -qw overlay /proc/filesystems && driver=overlay || driver=vfs
export STORAGE_DRIVER=${STORAGE_DRIVER:-$driver} BUILDAH_ISOLATION=chroot
buildah() { command buildah --root "$work/store" --runroot "$work/run" "$@"; }
cleanup() {
  if $keep; then echo "left in $work"; else
    buildah rm --all >/dev/null 2>&1 || true
    rm -rf "$work"
  fi
}
trap cleanup EXIT

# base NAME [JAVA]: an image under the base's own name, of Debian with Python, and that JDK in it.
base() {
  local name=$1 java=${2:-} container
  buildah images --quiet "$name" >/dev/null 2>&1 && return
  [ -e "$work/debian/etc/debian_version" ] ||
    debootstrap --variant=minbase --include=ca-certificates,python3-pip bookworm "$work/debian" >"$work/debootstrap.log"
  # The authorities that this machine trusts: a package index may lie behind a proxy of its own.
  cp /etc/ssl/certs/ca-certificates.crt "$work/debian/etc/ssl/certs/" 2>/dev/null || true
  container=$(buildah from scratch)
  buildah add "$container" "$work/debian" / >/dev/null
  if [ -n "$java" ]; then
    buildah add "$container" "$java" /opt/java/openjdk >/dev/null
    buildah config --env JAVA_HOME=/opt/java/openjdk \
      --env PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  fi
  buildah commit --rm --quiet "$container" "$name" >/dev/null
  echo "stand-in for $name"
}

options=(--file "src/main/docker/Dockerfile.$kind" --tag "tenfold:try" --build-arg REVISION="$(git rev-parse HEAD 2>/dev/null || echo unknown)")
[ "$STORAGE_DRIVER" = vfs ] || options+=(--layers)
if ! $pull; then
  options+=(--pull=never)
  while IFS='=' read -r _ name; do
    case $name in
      */python:*) base "$name" && options+=(--build-arg PYTORCH_INDEX="${TRY_PYTORCH_INDEX:-https://pypi.org/simple}") ;;
      *) base "$name" "$(readlink -f "$JAVA_HOME")" ;;
    esac
  done < <(grep -E '^ARG [A-Z]+=.*/' "src/main/docker/Dockerfile.$kind" | grep -v '://')
fi
buildah build "${options[@]}" .
buildah images --format '{{.Name}}:{{.Tag}} {{.Size}}' | sort -u

# --- What the image says of itself, and its file system.
container=$(buildah from --pull=never tenfold:try)
root=$(buildah mount "$container")
config() { buildah inspect --type image --format "$1" tenfold:try; }
mapfile -t environment < <(config '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' | sed '/^$/d')
mapfile -t entrypoint < <(config '{{range .OCIv1.Config.Entrypoint}}{{println .}}{{end}}' | sed '/^$/d')
user=$(config '{{.OCIv1.Config.User}}') directory=$(config '{{.OCIv1.Config.WorkingDir}}')
[ "$user" = 10001:10001 ] || { echo "the image's user is $user" >&2; exit 1; }
echo "$(du -sm "$root" | cut -f1) MB in all, of which:"
(cd "$root" && du -sm opt/* opt/tenfold/* 2>/dev/null | sort -rn)

# inside COMMAND...: as a pod with restricted rights would run it; /tmp and the cache are its only writable places.
inside() {
  mkdir -p "$work/tmp" "$work/cache" "$work/job"
  chown 10001:10001 "$work/tmp" "$work/cache"
  ROOT=$root WORK=$work unshare --mount --net --pid --fork bash -euc '
    mount --bind "$ROOT" "$ROOT" && mount -o remount,bind,ro "$ROOT"
    mount -t proc proc "$ROOT/proc"
    mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
    for device in null zero random urandom; do touch "$ROOT/dev/$device"; mount --bind "/dev/$device" "$ROOT/dev/$device"; done
    mount --bind "$WORK/tmp" "$ROOT/tmp"
    mount --bind "$WORK/cache" "$ROOT/var/cache/tenfold"
    mount -t tmpfs tmpfs "$ROOT/mnt" && mkdir "$ROOT/mnt/job" && mount --bind "$WORK/job" "$ROOT/mnt/job"
    ip link set lo up 2>/dev/null || true
    exec chroot --userspec=10001:10001 "$ROOT" /usr/bin/env -i HOME=/tmp "$@"' inside \
    "${environment[@]}" "${extra[@]}" sh -c 'cd "$0" && exec "$@"' "${at:-$directory}" "$@"
}
extra=() at=""
rm -rf "$work/tmp" "$work/cache" "$work/job"

[ "$kind" = jvm ] || rm -f "$root/opt/pytorch/torch/lib/libcaffe2_nvrtc.so" # no driver here
echo "--- check"
inside "${entrypoint[@]}" check
echo "--- nothing can be written but /tmp and the cache"
inside sh -c 'for place in /opt/tenfold /etc /var/tmp; do
  if touch "$place/x" 2>/dev/null; then echo "$place can be written" >&2; exit 1; fi; done; touch /tmp/x /var/cache/tenfold/x'

echo "--- a job"
mkdir -p "$work/job" && cp -R src/test/resources/golden/bert-bare "$work/job/model"
for split in train validation; do head -49 "src/test/resources/demo/support.$split.csv" >"$work/job/$split.csv"; done
cat >"$work/job/request.json" <<'JSON'
{"id": "try", "model": "model", "task": {"type": "sequence_classification"},
 "data": {"train": "train.csv", "validation": "validation.csv"}, "method": {"name": "lora", "r": 2},
 "training": {"max_steps": 6, "batch_size": 4, "max_length": 16}, "output": "/tmp/out"}
JSON
at=/mnt/job inside "${entrypoint[@]}" run request.json
[ -e "$work/tmp/out/manifest.json" ] || { echo "the job left no artifact" >&2; exit 1; }

echo "--- start of a runner, with and without the AOT cache"
extra=(QUARKUS_DATASOURCE_JDBC_URL=jdbc:h2:mem:try TENFOLD_WORKER_IDLE=PT0.2S QUARKUS_HTTP_PORT=0)
mapfile -t without < <(printf '%s\n' "${entrypoint[@]}" | grep -v AOTCache)
for _ in 1 2 3; do
  for mode in with without; do
    command=("${entrypoint[@]}")
    [ $mode = with ] || command=("${without[@]}")
    begin=$(date +%s%N)
    said=$(inside "${command[@]}" worker --roles runner --once 2>&1) || { echo "$said" >&2; exit 1; }
    echo "$mode: $(grep -o 'started in [0-9.]*s' <<<"$said"), $((($(date +%s%N) - begin) / 1000000)) ms from start to end"
  done
done
echo "all is well"
