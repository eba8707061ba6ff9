#!/usr/bin/env bash
# Builds the wheel, installs it into a fresh environment, and tests it there: the page's Python, the module, its types, and with
# --spark Spark on two workers (Java 17 must be there).
#   run.sh [--wheel FILE] [--spark [VERSION]]      VERSION as pip writes it, by default >=3.5,<4
# TRAGHETTO_STORE is a store that has student-en-pt; VENVS is where wheel and environments are put, by default a new folder.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
venvs=${VENVS:-$(mktemp -d)}
wheel='' spark=''
while [ $# -gt 0 ]; do
  case $1 in
    --wheel) wheel=$(realpath "$2"); shift 2 ;;
    --spark) spark='>=3.5,<4'; shift; case ${1:-} in [\>\<=~]*) spark=$1; shift ;; esac ;;
    *) echo "unknown: $1" >&2; exit 2 ;;
  esac
done
: "${TRAGHETTO_STORE:?names a store that has student-en-pt}"
if [ -z "$wheel" ]; then
  python3 -m venv "$venvs/build"
  "$venvs/build/bin/pip" -q install 'maturin>=1.9,<2'
  "$venvs/build/bin/maturin" build --release --locked --out "$venvs/wheels"
  wheel=$(ls -t "$venvs"/wheels/traghetto-*.whl | head -1)
fi
python3 -m venv --clear "$venvs/fresh"
fresh=$venvs/fresh/bin
"$fresh/pip" -q install "$wheel" mypy pyright polars 'pyarrow>=15'
cd "$venvs" # Nothing is imported from the source.
"$fresh/python" "$here/tests/readme.py" "$here/README.md"
"$fresh/python" "$here/tests/test_traghetto.py" -v
"$fresh/python" "$here/tests/readme.py" --print "$here/README.md" > ten_lines.py
cp "$here/tests/typed.py" typed.py
"$fresh/mypy" --strict ten_lines.py typed.py
"$fresh/mypy" --strict --ignore-missing-imports -p traghetto
"$fresh/stubtest" --ignore-missing-stub traghetto._traghetto
echo '{"typeCheckingMode": "strict", "include": ["ten_lines.py", "typed.py"]}' > pyrightconfig.json
"$fresh/pyright" --pythonpath "$fresh/python"
if [ -n "$spark" ]; then
  "$fresh/pip" -q install "pyspark$spark" pandas
  "$fresh/python" "$here/tests/test_spark.py" -v
fi
