// SPDX-License-Identifier: Apache-2.0 OR MIT
// A subject measured against a control in the same process, turn by turn, so that a busy machine slows both alike.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <vector>

namespace vtd::bench {

// Processor time of this thread: what others do on a busy machine does not count.
inline double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Work>
double seconds_of(Work& work) {
  const double start = now();
  work();
  return now() - start;
}

inline double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The time reported is the subject's. Counters: `speed_vs_control` is the control's median time over the subject's (1
// is as fast, 0.5 takes twice as long); `control_us` is the control's median. Who goes first alternates; `between` puts
// things back after the subject and is not measured.
template <class Control, class Subject, class Between>
void measure(benchmark::State& state, Control control, Subject subject, Between between) {
  subject();  // first use: page faults, growing vectors
  between();
  std::vector<double> controls, subjects;
  bool control_first = true;
  for (auto _ : state) {
    if (control_first) controls.push_back(seconds_of(control));
    subjects.push_back(seconds_of(subject));
    between();
    if (!control_first) controls.push_back(seconds_of(control));
    control_first = !control_first;
    state.SetIterationTime(subjects.back());
  }
  const double usual_control = median(controls), usual_subject = median(subjects);
  state.counters["speed_vs_control"] = usual_control / usual_subject;
  state.counters["control_us"] = usual_control * 1e6;
}

}  // namespace vtd::bench
