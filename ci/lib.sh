# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=bash
# Shared by the scripts of this folder: where the checkout is, and how steps are run, shown and counted.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
logs=$top/build/logs
passed=0
failed=0

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

# Prints the comment block below the licence line of a script: that is its help.
help() { sed -n '3,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# step NAME COMMAND...: runs it with its output in a log; one line, and the end of the log when it failed.
# Answers the command's status. Does not count: what a step is worth differs.
step() {
  local name=$1 start=$SECONDS status=0
  shift
  mkdir -p "$logs"
  log=$logs/${name//[^A-Za-z0-9]/-}.log
  "$@" >"$log" 2>&1 || status=$?
  if ((status == 0)); then
    printf 'ok      %-44s %4d s\n' "$name" $((SECONDS - start))
  else
    printf 'FAILED  %-44s %4d s   (exit %d, all of it in %s)\n' "$name" $((SECONDS - start)) "$status" "${log#"$top/"}"
    tail -n 40 "$log" | sed 's/^/        /'
  fi
  return "$status"
}

# check NAME COMMAND...: a step that counts as one check.
check() {
  if step "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    return 1
  fi
}

# build PRESET [TARGET...]: configures and builds one preset of CMakePresets.json.
build() {
  local preset=$1
  shift
  (cd "$top" && cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"} -- -k 0)
}
