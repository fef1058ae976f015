// SPDX-License-Identifier: Apache-2.0 OR MIT
// Generated scenarios through our engine: every property holds, deep and shallow, and single walks before and after
// agree.
//
// The comparison by single walks shares nothing with the properties' exact comparison: each checks the other.

#include <gtest/gtest.h>

#include <iostream>

#include "harness/engines.h"
#include "harness/runner.h"
#include "harness/tests/rapidcheck_scenarios.h"
#include "model/survey.h"

namespace vtd::harness {
namespace {

using model::Outcome;
using model::OutcomeKind;
using model::Scenario;
using model::Strategy;

const vtd_engine& ours() {
  std::string error;
  return *find_engine("ours", error)->get();
}

// Judges scenarios, and keeps to the property that broke first: shrinking must not slide from one mistake to another.
class Judging {
 public:
  explicit Judging(Strategy strategy) {
    options_.override_strategy = true;
    options_.strategy = strategy;
  }

  // The name of the property that broke, or of the verdict that should not be; nullptr when the scenario held.
  const char* fault_of(const Scenario& scenario) {
    const RunResult result = runner_.run(scenario, ours(), options_);
    if (result.verdict == Verdict::held || result.verdict == Verdict::rejected) return nullptr;
    const char* name =
        result.verdict == Verdict::broken ? properties::info(runner_.judge().first().property).name : "verdict";
    if (kept_ == nullptr) {
      kept_ = name;
      // The failure as it was found comes before the shrinking, which takes a while and may be stopped.
      std::cerr << "Before shrinking:\n"
                << failure_message(runner_, scenario, ours(), options_, "vtdfuzz check FILE") << '\n';
    }
    return name == kept_ ? name : nullptr;
  }

 private:
  Runner runner_;
  RunOptions options_;
  const char* kept_ = nullptr;
};

void expect_every_scenario_held(Strategy strategy) {
  Judging judging(strategy);
  EXPECT_TRUE(rc::check("every property holds", [&] {
    const Scenario s = *scenarios();
    if (const char* fault = judging.fault_of(s)) RC_FAIL(fault);
  }));
}

TEST(Takeover, generated_scenarios_are_machines) {
  Runner runner;
  RandomSource random(1);
  for (int i = 0; i < 500; ++i) {
    const RunResult result = runner.run(generate(random), ours(), {});
    EXPECT_NE(result.verdict, Verdict::rejected) << result.why;
  }
}

TEST(Takeover, every_property_holds_when_all_tables_are_copied) { expect_every_scenario_held(Strategy::deep); }
TEST(Takeover, every_property_holds_when_page_tables_stay) { expect_every_scenario_held(Strategy::shallow); }

// --- the copy against the original, request by request
// ----------------------------------------------------------------

bool allowed(const Outcome& before, const Outcome& after) {
  if (before.kind == OutcomeKind::undefined) return true;
  if (before.kind != after.kind) return false;
  if (before.kind == OutcomeKind::fault)
    return before.recorded == after.recorded &&
           (before.fault == after.fault || (before.allowed_faults >> static_cast<unsigned>(after.fault) & 1) != 0);
  return before.address == after.address && before.permissions == after.permissions &&
         before.page_shift == after.page_shift && before.snoop == after.snoop;
}

bool anything_quarantined(const model::Claims& claims) {
  return std::any_of(claims.findings.begin(), claims.findings.end(),
                     [](const model::Claim& c) { return c.kind == model::ClaimKind::quarantined; });
}

// Devices that have an entry, and IOVAs at the edges of what they map; now and then something else.
model::Request request(RandomSource& random, const model::Survey& survey) {
  model::Request r;
  r.source = static_cast<model::SourceId>(random.below(0x10000));
  r.iova = random.next() >> random.below(64);
  r.access = static_cast<model::Access>(1u << random.below(3));
  r.type = static_cast<model::RequestType>(random.below(3));
  if (survey.devices.empty() || random.one_in(8)) return r;
  const model::SurveyedDevice& device = survey.devices[random.below(survey.devices.size())];
  r.source = device.source;
  if (device.space == model::SurveyedDevice::kNoSpace) return r;
  const model::Space& space = survey.spaces[device.space];
  if (space.listed.empty() || random.one_in(4)) return r;
  const model::MappedRange& range = space.listed[random.below(space.listed.size())];
  r.iova = random.pick({range.first, range.last, range.first + random.below(range.last - range.first + 1),
                        range.first - 1, range.last + 1});
  return r;
}

// Answers how many requests the original translates: a comparison of nothing but faults would prove little.
std::uint64_t compare(Runner& runner, std::uint64_t seed) {
  RandomSource random(seed);
  std::uint64_t translated = 0;
  for (unsigned unit = 0; unit < runner.before().size(); ++unit) {
    const model::Hierarchy before = runner.before()[unit], after = runner.hardware().hierarchy(unit, model::View::cpu);
    const model::Survey survey = model::survey(before);
    for (int i = 0; i < 200; ++i) {
      const model::Request r = request(random, survey);
      const Outcome old_outcome = model::walk(before, r);
      RC_ASSERT(allowed(old_outcome, model::walk(after, r)));
      translated += old_outcome.kind == OutcomeKind::translated;
    }
  }
  return translated;
}

TEST(Takeover, the_copy_translates_as_the_original_request_by_request) {
  Runner runner;
  std::uint64_t compared = 0, translated = 0;
  for (const Strategy strategy : {Strategy::deep, Strategy::shallow}) {
    RunOptions options;
    options.extent = Extent::takeover_only;
    options.override_strategy = true;
    options.strategy = strategy;
    EXPECT_TRUE(rc::check("walks before and after agree", [&] {
      const Scenario s = *scenarios();
      const auto seed = *rc::gen::arbitrary<std::uint64_t>();
      const RunResult result = runner.run(s, ours(), options);
      if (result.status != 0 || anything_quarantined(runner.claims())) return;
      translated += compare(runner, seed);
      ++compared;
    }));
  }
  EXPECT_GT(compared, 100u) << "nearly nothing was taken over: the generator or the engine is broken";
  EXPECT_GT(translated, 1000u) << "nearly nothing was translated: the requests miss what is mapped";
}

}  // namespace
}  // namespace vtd::harness
