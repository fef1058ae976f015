// SPDX-License-Identifier: Apache-2.0 OR MIT
// One scenario lived through with one engine: the state that the parts of the runner share.
//
//   life.cpp           the steps in order
//   life_takeover.cpp  boot, copy, commit, audit, shutdown, and the properties at each of these moments
//   life_calls.cpp     act 3: attach, map and the like
//   life_mistakes.cpp  calls that must be refused, whatever the scenario
//   life_claims.cpp    what the engine says about itself, in the model's words
//   life_expect.cpp    `dma` and `expect`
#pragma once

#include <vector>

#include "harness/host.h"
#include "harness/platform.h"
#include "harness/runner.h"
#include "model/claims.h"
#include "properties/evidence.h"
#include "properties/survey.h"

namespace vtd::harness {

class Life {
 public:
  RunResult live(const model::Scenario& scenario, const vtd_engine& engine, const RunOptions& options);

  model::Machine machine;
  model::Hardware hardware;
  model::Trace trace;
  model::Observed observed;
  model::Claims claims;
  properties::Properties properties;
  properties::Judge judge;
  Host host{machine, hardware, trace, observed};
  std::vector<model::Hierarchy> before;  // of the latest takeover, one a unit
  Runner::Counters counters;
  Facts facts;  // of this run

 private:
  using Property = properties::Property;

  // --- the steps in order
  void play();
  void take_over_unasked();
  void perform(const model::Step& step);
  void silence_or_listen(const model::Step& step);
  void start(const model::Scenario& scenario, const vtd_engine& engine, const RunOptions& options);
  uint64_t hash() const;
  bool over() const { return verdict_ != Verdict::held || !judge.held(); }
  void end(Verdict verdict, const char* why) { verdict_ = verdict, why_ = why; }
  void skip() { ++counters.skipped; }
  bool adopts() const { return (engine_->features & VTD_FEATURE_ADOPTS) != 0; }
  properties::Evidence evidence() const;

  // --- calls of the engine
  // A call that may change something: counted, and hardware is asked afterwards what may be stale. Answers its status.
  static constexpr uint32_t kEveryUnit = ~0u;
  template <class Body>
  int act(Body body, uint32_t unit) {  // kEveryUnit: of the takeover
    int status = VTD_OK;
    if (!may_call()) return status;
    const Ending ending = host.call([&] { status = body(); });
    called(ending, status, unit);
    return status;
  }
  // A question: nothing may change.
  template <class Body>
  void ask(Body body) {
    if (!over()) ended(host.call(body));
  }
  // Hardware did not do what it was told: the call may be half done.
  static bool unanswered(int status) { return status == VTD_TIMEOUT || status == VTD_QUEUE_ERROR; }
  bool may_call();
  void called(Ending ending, int status, uint32_t unit);
  void judge_reason(int status, uint32_t unit);
  void ended(Ending ending);

  // --- takeover
  void take_over(model::Strategy strategy);
  void let_devices_write();
  bool boot_copy();
  void commit_and_audit();
  int audit();
  void audit_again();
  void audit_at_the_end();
  void note_strategy();
  void refused(int status, bool registers_may_be_written);
  void remember_before();
  void crash_again(model::Strategy strategy);
  void shut_down();
  model::Strategy strategy_of(model::Strategy written) const {
    return options_.override_strategy ? options_.strategy : written;
  }

  // --- act 3
  void attach(uint32_t unit, model::SourceId source);
  void joined(uint32_t unit, model::SourceId source, const vtd_domain& domain);
  void leave(const model::Step& step, uint32_t unit, model::SourceId source);
  bool forget_device(const model::Attached& device);
  void must_be_unknown(uint32_t domain);
  void hand_over(uint32_t unit, model::SourceId source);
  void map(const model::Step& step, const model::Attached& device);
  void was_free(int offered, const model::OfferedRange& offer, uint64_t iova, uint8_t kind);
  void unmap(const model::Step& step, const model::Attached& device);
  void after_call(int status, uint32_t domain, bool ids_may_change);
  void must_fail(bool impossible, int status, const char* what);
  void ids_are_used_up(uint32_t unit);
  void must_be_true(const vtd_domain& answer, uint32_t unit);
  model::Attached* attached(uint32_t unit, model::SourceId source);

  // --- a caller's mistakes: questions, several in one call of the host
  template <class Call>
  void mistake(const char* what, Call call);
  void mistakes_before_boot();
  void mistakes_before_commit(bool copied);
  void mistake_after_failure();
  void mistakes_after_commit();
  void mistakes_about_ids(uint32_t units);
  void mistakes_about_ranges(uint32_t domain, const model::Rules& rules);

  // --- claims
  enum class Since : uint8_t { anything, nothing };  // what may have changed since the report before
  void collect_report(bool units_too = true, Since = Since::anything);
  void must_be_the_same(const vtd_report& report);
  void collect_findings(uint32_t count);
  void collect_units();
  void collect_ranges(uint32_t domain);
  void broke(Property property, const char* what, uint64_t expected, uint64_t got, uint8_t unit = 0);
  // Counts as an evaluation, held or not.
  void check(Property property, bool held, const char* what, uint64_t expected, uint64_t got, uint8_t unit = 0) {
    judge.evaluated(property);
    if (!held) broke(property, what, expected, got, unit);
  }

  // --- expectations
  void judge_dma(const model::Step& step);
  void judge_expectation(const model::Step& step);
  void judge_deferred(std::size_t end);

  const model::Scenario* scenario_ = nullptr;
  const vtd_engine* engine_ = nullptr;
  RunOptions options_;
  unsigned generation_ = 0;
  vtd_boot* boot_ = nullptr;
  bool taken_ = false;     // a takeover was tried
  bool left_out_ = false;  // a step of act 3 needs what the engine does not claim: what comes after is not its doing
  bool standing_ = false;  // ... and succeeded: the engine holds the machine
  model::Strategy asked_ = model::Strategy::deep, written_ = model::Strategy::deep;  // of the latest takeover
  int status_ = VTD_OK;
  Verdict verdict_ = Verdict::held;
  const char* why_ = nullptr;
  uint32_t calls_ = 0, step_ = 0;
  std::vector<model::Hierarchy> first_;  // before the first of two takeovers
  bool first_overwritten_ = false;       // some of it lies where the second crash kernel was loaded
  std::vector<uint32_t> status_before_;
  PlatformDescription description_;
  const vtd_platform* platform_ = nullptr;
  struct DeviceName {
    uint32_t unit;
    model::SourceId source;
    friend bool operator==(const DeviceName&, const DeviceName&) = default;
  };
  std::vector<DeviceName> half_left_;  // their detach was not answered by hardware
  // Of adopted domains whose last device has left, or of an unmapping that was not answered: they stay or go.
  std::vector<model::Given> left_;
  struct {  // scratch of let_devices_write
    properties::Places places;
    properties::Survey survey;
    std::vector<model::DeviceWrite> writes;
  } device_;
  std::vector<model::Given> kept_;     // scratch
  std::vector<model::Claim> earlier_;  // scratch
  std::vector<uint64_t> words_;        // scratch
};

}  // namespace vtd::harness
