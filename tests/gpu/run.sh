#!/bin/sh
# What a machine with a GPU must show, in under eight minutes: the device gives what the CPU gives, and how fast.
#
#     tests/gpu/run.sh PROGRAM [DEVICE [FOLDER]]
#
# PROGRAM is the built program, DEVICE what `--device` takes (cuda:0), FOLDER where results go (gpu-results). Models are
# those of the store that are smaller than LARGEST bytes. With `cpu` for a device it is a rehearsal. Needs Python 3 and
# nothing of Cargo. The exit code is 1 where the device gives something else, 2 where nothing could be compared.
set -u
program=${1:?usage: tests/gpu/run.sh PROGRAM [DEVICE [FOLDER]]}
device=${2:-cuda:0}
folder=${3:-gpu-results}
export PROGRAM="$program" DEVICE="$device" FOLDER="$folder"
export BUDGET="${BUDGET:-450}" LARGEST="${LARGEST:-6000000000}"
mkdir -p "$folder"
"$program" --version
"$program" doctor --offline --device "$device" >"$folder/doctor.txt" 2>&1
sed -n '1,6p' "$folder/doctor.txt"
command -v nvidia-smi >/dev/null &&
    nvidia-smi --query-gpu=name,driver_version,memory.total,compute_cap --format=csv
exec python3 "$(dirname "$0")/compare.py"
