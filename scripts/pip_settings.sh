# Sourced by the other scripts: hands pip's settings on to uv, which does not read them.
# Wanted above all behind a company's mirror, or a domestic one, of the package index.
# pip's extra indexes are not handed on: whatever index serves it, a file must match the lock.

# All of pip's files and PIP_* variables, a line each: global.index-url='…', :env:.cert='…'.
# (`pip config get` would read one file only, and not the system's.)
pip_config=$("$python" -m pip config list 2>/dev/null || true)

# hand_on VARIABLE NAME: export pip's setting NAME as VARIABLE, unless the user has set it.
hand_on() {
    eval "present=\${$1:-}"
    [ -z "$present" ] || return 0
    for section in :env: install global; do
        value=$(printf '%s\n' "$pip_config" | sed -n -e 's/\\n/ /g' -e "s/^$section\.$2=['\"]\(.*\)['\"]\$/\1/p")
        [ -z "$value" ] || { export "$1=$value"; return 0; }
    done
}

hand_on UV_DEFAULT_INDEX index-url
hand_on UV_INSECURE_HOST trusted-host
hand_on SSL_CERT_FILE cert
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}" UV_PYTHON_DOWNLOADS=never
