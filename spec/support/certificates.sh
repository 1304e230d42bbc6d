#!/bin/bash
# Makes the certificates of the specs in the directory $1; see certificates.lua for what they are.
set -e
cd "$1"

# Our own configuration: the system's may forbid what some specs are about.
cat >openssl.cnf <<'END'
[req]
distinguished_name = name
[name]
[ca]
default_ca = specs
[specs]
database = database
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = ${ENV::SAN}
END
export OPENSSL_CONF=$PWD/openssl.cnf
touch database

here=DNS:localhost,IP:127.0.0.1,IP:::1
yesterday=$(date -u -d '1 day ago' +%Y%m%d%H%M%SZ)
tomorrow=$(date -u -d '1 day' +%Y%m%d%H%M%SZ)
long_ago=$(date -u -d '30 days ago' +%Y%m%d%H%M%SZ)
far_off=$(date -u -d '30 days' +%Y%m%d%H%M%SZ)

export SAN=$here
for name in root other_root intermediate server; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$name.key"
done
openssl req -new -key server.key -subj '/CN=specs server' -out server.csr
openssl req -new -key intermediate.key -subj '/CN=specs intermediate' -out intermediate.csr

authority() {
  openssl req -x509 -new -key "$1.key" -subj "/CN=specs $1" -days 30 -extensions authority \
    -out "$1.pem"
}

# What to sign, by whom, as what, from when to when, with which extensions.
sign() {
  openssl ca -batch -notext -in "$1.csr" -keyfile "$2.key" -cert "$2.pem" -out "$3.pem" \
    -startdate "$4" -enddate "$5" -extensions "$6"
}

authority root
authority other_root
sign intermediate root intermediate "$yesterday" "$far_off" authority
sign server root trusted "$yesterday" "$far_off" server
sign server root expired "$long_ago" "$yesterday" server
sign server root not_yet_valid "$tomorrow" "$far_off" server
sign server other_root untrusted_root "$yesterday" "$far_off" server
sign server intermediate missing_intermediate "$yesterday" "$far_off" server
SAN=DNS:example.invalid sign server root wrong_host "$yesterday" "$far_off" server
SAN=DNS:localhost sign server root name_only "$yesterday" "$far_off" server
SAN=IP:127.0.0.1 sign server root address_only "$yesterday" "$far_off" server
openssl req -x509 -new -key server.key -subj '/CN=specs server' -days 30 -extensions server \
  -out self_signed.pem

mkdir hashed
cp root.pem "hashed/$(openssl x509 -in root.pem -noout -hash).0"
