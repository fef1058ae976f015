// SPDX-License-Identifier: Apache-2.0 OR MIT
// Processor time, of both kinds together.
#pragma once

#include <sys/resource.h>

namespace vtd::harness::cli {

// `who`: RUSAGE_SELF, or RUSAGE_CHILDREN: those that have ended.
inline double processor_seconds(int who) {
  rusage used{};
  getrusage(who, &used);
  double sum = 0;
  for (const timeval& time : {used.ru_utime, used.ru_stime})
    sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  return sum;
}

}  // namespace vtd::harness::cli
