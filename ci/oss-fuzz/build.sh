#!/bin/bash -eu
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite ask, into $OUT: each with its seeds, dictionary and options.
# Licensed under the Apache License, Version 2.0 (http://www.apache.org/licenses/LICENSE-2.0) or MIT, at your option.

# The engine under test is watched store by store where that is possible: other fuzzing engines than libFuzzer may have
# callbacks of their own at loads and stores, and the renaming of block operations needs object files, not bitcode.
observe=OFF
if [[ $FUZZING_ENGINE == libfuzzer && $SANITIZER =~ ^(address|undefined|memory)$ ]]; then
  observe=ON
fi

cmake -S . -B "$WORK/build" -DVTD_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" -DVTD_OBSERVE=$observe
targets=$(basename -s .cpp harness/targets/*_fuzzer.cpp)
# shellcheck disable=SC2086 # one word a target
cmake --build "$WORK/build" -j "$(nproc)" --target $targets seed_files

# A coverage build would leave a profile of this in the checkout.
seed_files() { LLVM_PROFILE_FILE=/dev/null "$WORK/build/bin/seed_files" "$@"; }
corpus=(corpus/{seeds,real,regressions,evolved}/) # nothing begins with what is large
most=$(sed -n 's/^max_len = //p' ci/oss-fuzz/fuzzer.options)
rm -rf "$WORK/inputs" "$WORK/texts"
seed_files inputs "$WORK/inputs" "$most" "${corpus[@]}"
seed_files texts "$WORK/texts" "$most" "${corpus[@]}"
seed_files dictionary "$WORK/steps.dict" 32 "${corpus[@]}"
seed_files words "$WORK/words.dict"

for target in $targets; do
  cp "$WORK/build/bin/$target" "$OUT/"
  cp ci/oss-fuzz/fuzzer.options "$OUT/$target.options"
  cp "$WORK/steps.dict" "$OUT/$target.dict"
  rm -f "$OUT/${target}_seed_corpus.zip"
  zip -q -j "$OUT/${target}_seed_corpus.zip" "$WORK"/inputs/*
done
# That target reads text, too.
cat "$WORK/words.dict" >>"$OUT/scenario_fuzzer.dict"
zip -q -j "$OUT/scenario_fuzzer_seed_corpus.zip" "$WORK"/texts/*
