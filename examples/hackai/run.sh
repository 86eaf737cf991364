#!/usr/bin/env bash
# HackAI behind nginx, in a temporary directory and on ports that are free: it installs nothing, and Ctrl-C ends it all.
# It needs a built Portcullis (cargo build --release), nginx and curl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../started.sh"
needs nginx "apt-get install nginx-light"
port tcp
port unix
port decide
port admin
port backend

cp -r "$here/policies" "$dir/policies"
cp "$here/htpasswd" "$dir/"
sed -e "s/127.0.0.1:8080/127.0.0.1:$tcp/"     -e "s/8080 portcullis/$tcp portcullis/" \
    -e "s/127.0.0.1:8081/127.0.0.1:$unix/"    -e "s/8081 portcullis/$unix portcullis/" \
    -e "s/127.0.0.1:8090/127.0.0.1:$backend/" -e "s/127.0.0.1:8181/127.0.0.1:$decide/" \
    -e "s|/run/portcullis/decide.sock|$dir/decide.sock|" "$here/nginx.conf" >"$dir/nginx.conf"

start portcullis env PORTCULLIS_SOCKET_MODE=0666 "$portcullis" serve --policies "$dir/policies" \
  --admin "127.0.0.1:$admin" --listen "127.0.0.1:$decide" --listen "unix:$dir/decide.sock"
start nginx nginx -p "$dir" -c "$dir/nginx.conf" -g 'daemon off;'
answers "http://127.0.0.1:$admin/readyz"
answers -u sam:sam "http://127.0.0.1:$tcp/incidents/inc-1"

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
