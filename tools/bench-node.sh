#!/bin/bash
# Installs the official package of the API for Node into a folder of its own, with our client of it.
# Where npm is missing, or cannot, the benchmarks go on without it.
#   tools/bench-node.sh build/bench/node
set -eu
folder=$1
version=7.3.0
mkdir -p "$folder"
cp bench/clients/sdk.mjs "$folder"
if [ -e "$folder/node_modules/cloudflare/package.json" ]; then exit 0; fi
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
  echo "left out: the cloudflare package (Node or npm is missing)" >&2
  exit 0
fi
if ! npm install --prefix "$folder" --no-save --no-audit --no-fund --silent "cloudflare@$version"
then
  echo "left out: the cloudflare package (npm cannot install it)" >&2
fi
