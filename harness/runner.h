// SPDX-License-Identifier: Apache-2.0 OR MIT
// One scenario through one engine, observed and judged. Every driver (fuzz engines, RapidCheck, the command line) uses
// this.
#pragma once

#include <memory>
#include <string>

#include "engine/takeover.h"
#include "harness/facts.h"
#include "model/claims.h"
#include "model/hardware.h"
#include "model/observed.h"
#include "model/scenario/scenario.h"
#include "properties/judge.h"

namespace vtd::harness {

// Exit codes of the command are these values.
enum class Verdict : int {
  held = 0,
  rejected = 2,
  broken = 10,
  engine_crash = 11,
  model_error = 12,
  harness_error = 13,
  spent = 14
};

enum class Extent : std::uint8_t {
  copy_only,      // boot, copy, audit, shutdown: no register is written
  whole_life,     // everything the scenario says; a scenario without a takeover step gets one, with `strategy`
  takeover_only,  // boot, copy, commit, audit of the first takeover and no shutdown: the new tables stay for inspection
};

struct RunOptions {
  Extent extent = Extent::whole_life;
  bool override_strategy = false;
  model::Strategy strategy = model::Strategy::deep;
  std::uint32_t step_budget = 4096;  // engine calls; more is `spent`
  std::uint64_t leaves_most =
      ~std::uint64_t{0};  // of one `map` step; one that takes more is skipped: fuzzing would stand still
  bool twice = false;     // runs it all once more and judges same_input_same_run
  bool detail = false;    // traces stores that hardware cannot see, too: for a person, not for comparing
};

struct RunResult {
  Verdict verdict = Verdict::held;
  const char* why = nullptr;     // rejected, spent, harness_error: static text
  int status = 0;                // enum vtd_status of the takeover
  std::uint64_t trace_hash = 0;  // same input, same hash, in every build that observes the same things
};

class Runner {
 public:
  Runner();
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // What happened in all runs together: how much of the input did anything.
  struct Counters {
    std::uint64_t takeovers = 0;  // that succeeded
    std::uint64_t refusals = 0;   // takeovers that the engine refused
    std::uint64_t calls = 0;      // engine calls that may change something
    std::uint64_t skipped = 0;    // steps that had nothing to act on
  };

  // Warm runs allocate nothing. The state stays for inspection until the next run.
  RunResult run(const model::Scenario&, const vtd_engine&, const RunOptions&);

  properties::Judge& judge();
  const properties::Judge& judge() const;
  const Counters& counters() const;
  const RunResult& result() const;  // of the latest run
  const Facts& facts() const;       // of the latest run
  const model::Machine& machine() const;
  const model::Hardware& hardware() const;
  const model::Trace& trace() const;
  const model::Claims& claims() const;
  const model::Observed& observed() const;
  const std::vector<model::Hierarchy>& before() const;
  // Where an engine that called fatal stood; what is nullptr when none did.
  struct Fatal {
    const char* what = nullptr;
    const char* file = nullptr;
    int line = 0;
  };
  Fatal fatal() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The text of a failure: headline, scenario, expected and got, the steps with the engine's stores and invalidations and
// their source lines, one replay command, a draft regression. Only called when something broke.
std::string failure_message(const Runner&, const model::Scenario&, const vtd_engine&, const RunOptions&,
                            std::string_view replay);

}  // namespace vtd::harness
