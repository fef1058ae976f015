// SPDX-License-Identifier: Apache-2.0 OR MIT
// The runner: one life, kept warm from run to run.
#include "harness/runner.h"

#include "harness/life.h"

namespace vtd::harness {

struct Runner::Impl {
  Life life;
  RunResult result;
};

Runner::Runner() : impl_(std::make_unique<Impl>()) {}
Runner::~Runner() = default;

RunResult Runner::run(const model::Scenario& scenario, const vtd_engine& engine, const RunOptions& options) {
  Life& life = impl_->life;
  RunResult& result = impl_->result;
  result = life.live(scenario, engine, options);
  if (!options.twice || result.verdict != Verdict::held) return result;
  const uint64_t first = result.trace_hash;
  result = life.live(scenario, engine, options);
  properties::Failure failure;
  failure.property = properties::Property::same_input_same_run;
  failure.what = "the same scenario gave another trace the second time";
  failure.expected = first;
  failure.got = result.trace_hash;
  failure.event = static_cast<uint32_t>(life.trace.events().size());
  life.judge.check(properties::Property::same_input_same_run, result.trace_hash == first, failure);
  if (!life.judge.held()) result.verdict = Verdict::broken;
  return result;
}

const RunResult& Runner::result() const { return impl_->result; }
const Facts& Runner::facts() const { return impl_->life.facts; }
properties::Judge& Runner::judge() { return impl_->life.judge; }
const properties::Judge& Runner::judge() const { return impl_->life.judge; }
const Runner::Counters& Runner::counters() const { return impl_->life.counters; }
const model::Machine& Runner::machine() const { return impl_->life.machine; }
const model::Hardware& Runner::hardware() const { return impl_->life.hardware; }
const model::Trace& Runner::trace() const { return impl_->life.trace; }
const model::Claims& Runner::claims() const { return impl_->life.claims; }
const model::Observed& Runner::observed() const { return impl_->life.observed; }
const std::vector<model::Hierarchy>& Runner::before() const { return impl_->life.before; }

Runner::Fatal Runner::fatal() const {
  const Host& host = impl_->life.host;
  return {host.fatal_what(), host.fatal_file(), host.fatal_line()};
}

}  // namespace vtd::harness
