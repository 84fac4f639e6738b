#!/bin/sh
# Run once, when the server's folder is first made: the role of the services. It makes and owns their databases and is no
# superuser, so that what a database refuses it (changing an audit, for instance) stays refused.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/database_password)" --username "$POSTGRES_USER" postgres <<'SQL'
CREATE ROLE plumbline LOGIN CREATEDB NOSUPERUSER NOCREATEROLE PASSWORD :'password';
SQL
