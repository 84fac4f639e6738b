#!/usr/bin/env bash
# Makes what docker-compose.yml keeps secret, once: passwords, the master key, and a certificate for trying things out.
# Put your own files in their place; what is there is never changed. Back up master_key apart from the databases:
# without it what was sealed stays sealed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
umask 077

fresh() { [ ! -e "$1" ] && echo "made $1"; }
# Readable for the containers' own users; this folder is not.
keep() { cat > "$1.new" && chmod 0644 "$1.new" && mv "$1.new" "$1"; }

chmod 0700 .
if fresh postgres_password; then openssl rand -hex 24 | keep postgres_password; fi
if fresh database_password; then openssl rand -hex 24 | keep database_password; fi
if fresh database_url; then printf 'postgresql://plumbline:%s@postgres:5432/postgres' "$(cat database_password)" | keep database_url; fi
if fresh master_key; then openssl rand -base64 32 | keep master_key; fi
if fresh grafana_password; then openssl rand -hex 12 | keep grafana_password; fi
if [ ! -e tls_certificate ] && fresh tls_key; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj "/CN=${1:-localhost}" \
    -addext "subjectAltName=DNS:${1:-localhost}" -keyout tls_key.made -out tls_certificate.made 2>/dev/null
  keep tls_key < tls_key.made
  keep tls_certificate < tls_certificate.made
  rm tls_key.made tls_certificate.made
fi
