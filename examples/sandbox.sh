# Sourced in an example's folder: from here on `pulumi` deploys to the sandbox, with a backend and a passphrase of its
# own. It is the Pulumi CLI where one is on PATH, else the sandbox engine; `make up` at the root installs that, and
# starts the sandbox API.
root=$(cd ../.. && pwd)
mkdir -p "$root/.sandbox/state"
export PULUMI_BACKEND_URL="file://$root/.sandbox/state" PULUMI_HOME="$root/.sandbox/home"
export PULUMI_CONFIG_PASSPHRASE=sandbox PULUMI_SKIP_UPDATE_CHECK=true PULUMI_STACK=sandbox
unset CLOUDFLARE_API_TOKEN CLOUDFLARE_ACCOUNT_ID CLOUDFLARE_BASE_URL REALTIMEKIT_APP_ID

if ! command -v pulumi >/dev/null; then
    pulumi() { PYTHONPATH="$root" "$root/.venv/bin/python" -m sandbox "$@"; }
fi
