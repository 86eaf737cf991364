#!/usr/bin/env bash
# HackAI behind nginx, in a temporary directory and on ports that are free: it installs nothing, and Ctrl-C ends it all.
# It needs a built Portcullis (cargo build --release), nginx and curl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin
portcullis=${PORTCULLIS:-$here/../../target/release/portcullis}
[[ -x $portcullis ]] || { echo "there is no $portcullis yet: cargo build --release" >&2; exit 1; }
command -v nginx >/dev/null || { echo "there is no nginx: apt-get install nginx-light" >&2; exit 1; }

dir=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 0' INT TERM

# A port that nobody answers on.
port=18000
free_port() {
  while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}
tcp=$(free_port);     port=$((tcp + 1))
unix=$(free_port);    port=$((unix + 1))
decide=$(free_port);  port=$((decide + 1))
admin=$(free_port);   port=$((admin + 1))
backend=$(free_port)

# nginx's workers are nobody, and have to reach the socket and the passwords.
chmod 755 "$dir"
mkdir "$dir/tmp"
cp -r "$here/policies" "$dir/policies"
cp "$here/htpasswd" "$dir/"
sed -e "s/127.0.0.1:8080/127.0.0.1:$tcp/"     -e "s/8080 portcullis/$tcp portcullis/" \
    -e "s/127.0.0.1:8081/127.0.0.1:$unix/"    -e "s/8081 portcullis/$unix portcullis/" \
    -e "s/127.0.0.1:8090/127.0.0.1:$backend/" -e "s/127.0.0.1:8181/127.0.0.1:$decide/" \
    -e "s|/run/portcullis/decide.sock|$dir/decide.sock|" "$here/nginx.conf" >"$dir/nginx.conf"

PORTCULLIS_SOCKET_MODE=0666 "$portcullis" serve --policies "$dir/policies" --admin "127.0.0.1:$admin" \
  --listen "127.0.0.1:$decide" --listen "unix:$dir/decide.sock" >"$dir/portcullis.log" 2>&1 &
pids+=($!)
nginx -p "$dir" -c "$dir/nginx.conf" -g 'daemon off;' &
pids+=($!)

for _ in {1..50}; do
  curl -fs "http://127.0.0.1:$admin/readyz" >/dev/null && curl -s "http://127.0.0.1:$tcp/" >/dev/null && break
  sleep 0.1
done

cat <<TEXT
HackAI answers on port $tcp (nginx asks Portcullis over TCP) and on $unix (over a Unix socket).
Its policy is in $dir/policies: edit it, and ask again.

  curl -i -u sam:sam http://127.0.0.1:$tcp/incidents/inc-1      # a security admin: allowed at any hour
  curl -i -u sam:sam http://127.0.0.1:$unix/incidents/inc-1     # the same over the socket: allowed
  curl -i -u dan:dan http://127.0.0.1:$tcp/data/set-1           # a data scientist: allowed
  curl -i -u dan:dan http://127.0.0.1:$tcp/data/set-3           # under legal hold: denied
  curl -i -u uma:uma http://127.0.0.1:$tcp/dashboards/uma       # a user: from 9 to 17 UTC, Monday to Friday
  curl -i -u dan:dan http://127.0.0.1:$tcp/nowhere              # no route: denied
  curl -i -u dan:dan -H 'X-Original-Subject: ada' http://127.0.0.1:$tcp/data/set-3    # a spoofed identity: denied
  curl -i            http://127.0.0.1:$admin/readyz

Ctrl-C ends it.
TEXT
wait
