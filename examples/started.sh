# What the run.sh of the examples have in common; each sources it. `here` is the folder of the one that does.
PATH=$PATH:/usr/sbin
portcullis=${PORTCULLIS:-$here/../../target/release/portcullis}
[[ -x $portcullis ]] || { echo "there is no $portcullis yet: cargo build --release" >&2; exit 1; }

# `needs nginx "apt-get install nginx-light"`
needs() {
  command -v "$1" >/dev/null || { echo "there is no $1: $2" >&2; exit 1; }
}
needs curl "apt-get install curl"

# nginx's workers are nobody, and have to reach what is in there.
dir=$(mktemp -d)
chmod 755 "$dir"
mkdir "$dir/tmp"
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 0' INT TERM

# `port NAME` makes NAME a port that nobody answers on.
next=18000
port() {
  while (exec 3<>"/dev/tcp/127.0.0.1/$next") 2>/dev/null; do next=$((next + 1)); done
  declare -g "$1=$next"
  next=$((next + 1))
}

# `start NAME COMMAND…` runs it beside all others, and writes what it says to NAME.log.
start() {
  local log=$dir/$1.log
  shift
  (cd "$dir" && exec "$@" >"$log" 2>&1) &
  pids+=($!)
}

# Waits until curl has a good answer to these arguments; what keeps it from one is in the logs.
answers() {
  local pid all_run=true
  for _ in {1..100}; do
    curl -fs "$@" >/dev/null && return
    for pid in "${pids[@]}"; do kill -0 "$pid" 2>/dev/null || all_run=false; done
    $all_run || break
    sleep 0.1
  done
  echo "there is no good answer to: curl $*" >&2
  tail -n 20 "$dir"/*.log >&2
  exit 1
}
