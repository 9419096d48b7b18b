# Sourced in an example's folder, after `make up` at the root: from here on `pulumi` deploys to the sandbox API, with a
# backend and a passphrase of its own. Where no Pulumi CLI is on PATH, it is the one that `make cli` has built.
root=$(cd ../.. && pwd)
if [ ! -s "$root/.sandbox/base-url" ]; then
    echo "The sandbox API is not there: run make up in $root" >&2
    return 1
fi
mkdir -p "$root/.sandbox/state"
unset CLOUDFLARE_API_TOKEN CLOUDFLARE_ACCOUNT_ID REALTIMEKIT_APP_ID
export CLOUDFLARE_BASE_URL="$(cat "$root/.sandbox/base-url")" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"
export PULUMI_HOME="$root/.sandbox/home" PULUMI_CONFIG_PASSPHRASE=sandbox PULUMI_SKIP_UPDATE_CHECK=true PULUMI_STACK=sandbox
export PULUMI_OPTION_PRESERVE_CONFIG=true # "pulumi stack rm" would delete the stack file, which is checked in
export PULUMI_BACKEND_URL="$(cd "$root" && .venv/bin/python -c 'from sandbox import cli, stack; print(cli.backend_url(stack.BACKEND))')"
cli=$(cd "$root" && .venv/bin/python -c 'from sandbox import cli; print(cli.find() or "")')
if [ -z "$cli" ]; then
    echo "These examples need the Pulumi CLI: run make cli in $root, or see https://www.pulumi.com/docs/install/" >&2
    return 1
fi
export PATH="$(dirname "$cli"):$PATH"
