# SPDX-License-Identifier: Apache-2.0 OR MIT
# shellcheck shell=bash
# The environment in which OSS-Fuzz runs build.sh, with the compilers of this machine: what base-clang, base-builder and
# `compile` set, engine by engine and sanitizer by sanitizer.

# Names a reason when this machine cannot build that pair; empty when it can.
why_not() { # ENGINE SANITIZER
  case $1-$2 in
    afl-*) command -v afl-clang-fast++ >/dev/null || echo "no afl++" ;;
    honggfuzz-*) echo "no honggfuzz here: Debian has no package of it" ;;
    centipede-*) echo "no Centipede here: Debian has no package of it" ;;
    *-memory) [[ -e ${MSAN_LIBCXX:-}/lib/libc++.a ]] || echo "Debian has no libc++ built with MSan; MSAN_LIBCXX may name the folder of one" ;;
    *-introspector) command -v ld.gold >/dev/null || echo "no gold linker" ;;
  esac
}

base_flags=(-O1 -fno-omit-frame-pointer -gline-tables-only -Wno-error=incompatible-function-pointer-types
  -Wno-error=int-conversion -Wno-error=deprecated-declarations -Wno-error=implicit-function-declaration
  -Wno-error=implicit-int -Wno-error=unknown-warning-option -Wno-error=vla-cxx-extension
  -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
undefined=array-bounds,bool,builtin,enum,function,integer-divide-by-zero,null,object-size,return,returns-nonnull-attribute,shift,signed-integer-overflow,unsigned-integer-overflow,unreachable,vla-bound,vptr

sanitizer_flags() { # SANITIZER
  case $1 in
    address) echo "-fsanitize=address -fsanitize-address-use-after-scope" ;;
    undefined) echo "-fsanitize=$undefined -fno-sanitize-recover=${undefined/unsigned-integer-overflow,/}" ;;
    memory) echo "-fsanitize=memory -fsanitize-memory-track-origins" ;;
    introspector) echo "-O0 -flto -fno-inline-functions -fuse-ld=gold -Wno-unused-command-line-argument -g" ;;
    coverage | none) ;;
  esac
}

coverage_flags() { # ENGINE SANITIZER
  case $1-$2 in
    *-coverage) echo "-fprofile-instr-generate -fcoverage-mapping -pthread -Wl,--no-as-needed -Wl,-ldl -Wl,-lm -Wno-unused-command-line-argument" ;;
    *-introspector) ;;
    libfuzzer-*) echo "-fsanitize=fuzzer-no-link" ;;
    honggfuzz-*) echo "-fsanitize-coverage=trace-pc-guard,indirect-calls,trace-cmp" ;;
  esac
}

# Compilers under the names of the image, and its C++ library: libc++, static, and nothing else to find.
make_tools() { # FOLDER
  mkdir -p "$1/bin" "$1/lib" "$1/resource/lib/linux"
  local tool resource
  for tool in clang clang++ llvm-ar llvm-nm llvm-ranlib llvm-objcopy; do
    ln -sf "$(command -v $tool-19)" "$1/bin/$tool"
  done
  echo "GROUP ( /usr/lib/llvm-19/lib/libc++.a /usr/lib/llvm-19/lib/libc++abi.a )" >"$1/lib/libc++.so"
  # Debian's libFuzzer needs libstdc++, which goes into it here, out of sight of targets that have libc++.
  resource=$(clang-19 -print-resource-dir)
  ln -sfn "$resource/include" "$resource/share" "$1/resource/"
  ln -sf "$resource"/lib/linux/* "$1/resource/lib/linux/"
  rm "$1/resource/lib/linux/libclang_rt.fuzzer-x86_64.a"
  ld -r --force-group-allocation -o "$1/lib/fuzzer.o" --whole-archive "$resource/lib/linux/libclang_rt.fuzzer-x86_64.a" \
    --no-whole-archive "$(g++-12 -print-file-name=libstdc++.a)"
  nm -g --defined-only "$1/lib/fuzzer.o" | grep -oE '(main|LLVMFuzzer.*|__sanitizer_.*|__sancov.*)$' >"$1/lib/fuzzer.keep"
  objcopy --keep-global-symbols="$1/lib/fuzzer.keep" "$1/lib/fuzzer.o"
  ar rc "$1/resource/lib/linux/libclang_rt.fuzzer-x86_64.a" "$1/lib/fuzzer.o"
}

# In a subshell: sets everything that build.sh may read.
enter_environment() { # ENGINE SANITIZER TOOLS ROOT
  local engine=$1 sanitizer=$2 tools=$3 root=$4 flags
  export FUZZING_ENGINE=$engine SANITIZER=$sanitizer ARCHITECTURE=x86_64 FUZZING_LANGUAGE=c++ PROJECT_NAME=vtdfuzz
  export SRC=$root/src OUT=$root/out WORK=$root/work PATH=$tools/bin:$PATH HELPER=True
  export CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer UBSAN_OPTIONS=silence_unsigned_overflow=1
  flags="${base_flags[*]} $(sanitizer_flags "$sanitizer") $(coverage_flags "$engine" "$sanitizer")"
  [[ $engine == afl ]] || flags+=" -resource-dir=$tools/resource"
  export CFLAGS=$flags CXXFLAGS="$flags -stdlib=libc++ -L$tools/lib"
  case $sanitizer in
    undefined) CFLAGS+=" -fno-sanitize=function" ;;
    introspector) export AR=llvm-ar NM=llvm-nm RANLIB=llvm-ranlib FUZZ_INTROSPECTOR=1 ;;
    memory) CXXFLAGS=${CXXFLAGS/-L$tools/-nostdinc++ -isystem $MSAN_LIBCXX/include/c++/v1 -L$MSAN_LIBCXX} ;;
  esac
  if [[ $engine == afl ]]; then
    # Debian's passes are those of an older LLVM: Clang's own instrumentation instead.
    export CC=afl-clang-fast CXX=afl-clang-fast++ LIB_FUZZING_ENGINE=/usr/lib/afl/libAFLDriver.a
    export AFL_CC=clang-19 AFL_CXX=clang++-19 AFL_LLVM_INSTRUMENT=LLVM-NATIVE AFL_QUIET=1
    export ASAN_OPTIONS=detect_leaks=0:symbolize=0
  fi
}
