// SPDX-License-Identifier: Apache-2.0 OR MIT
// The crash kernel's life as a state machine: drivers come, map, unmap, hand over and go, devices are plugged out,
// memory runs short, the kernel crashes again; after every call every device makes every request. The model is
// World, which knows no tables; the engine is ours, and every property of the project is judged on the way.

#include <gtest/gtest.h>
#include <rapidcheck/state.h>

#include "harness/engines.h"
#include "harness/fuzz_input.h"
#include "harness/runner.h"
#include "harness/tests/crash_kernel_world.h"
#include "harness/tests/rapidcheck_scenarios.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness {
namespace {

using model::Op;
using model::Step;
using test::World;
namespace operand = model::operand;

const vtd_engine& ours() {
  std::string error;
  return *find_engine("ours", error)->get();
}

// A life as it is told, call by call, with every request that is made in between. It is lived once, when it is whole.
struct Lives {
  Lives(const vtd_engine& tested, model::Strategy strategy) : engine(tested) {
    scenario = test::scenario_of(test::kOldMachine);
    scenario.steps.push_back(
        model::make_step(Op::takeover, {{operand::t_strategy, static_cast<std::uint64_t>(strategy)}}));
  }
  void go_on(const Step& step, const std::vector<Step>& requests) {
    // Refused is what is asked for from the very beginning on: what was promised before then need not come true.
    if (step.op == Op::refuse_allocation) drop_expectations(scenario);
    scenario.steps.push_back(step);
    ++calls;
    scenario.steps.insert(scenario.steps.end(), requests.begin(), requests.end());
  }
  // What was broken; empty when all went well.
  std::string live() const {
    const RunResult result = runner().run(scenario, engine, {});
    if (result.verdict == Verdict::held) return "";
    return result.verdict == Verdict::broken ? properties::info(runner().judge().first().property).name : "verdict";
  }
  static Runner& runner() {
    static Runner one;
    return one;
  }

  const vtd_engine& engine;
  model::Scenario scenario;
  std::size_t calls = 0;
};

// Allocations of a takeover alone: what is refused later is refused to a call.
std::uint64_t allocations_of_takeover = 0;

std::size_t smallest_failure = 0;  // calls of the last failing life: shrinking ends with the smallest

class Call : public rc::state::Command<World, Lives> {
 public:
  explicit Call(Step step) : step_(step) {}
  void checkPreconditions(const World& world) const override { RC_PRE(world.makes_sense(step_)); }
  void apply(World& world) const override { world.apply(step_); }
  void run(const World& before, Lives& lives) const override { lives.go_on(step_, nextState(before).requests()); }
  void show(std::ostream& out) const override { out << model::print_step(step_); }

 private:
  Step step_;
};

// Calls come often on devices that are there, and now and then on others.
rc::Gen<std::shared_ptr<const rc::state::Command<World, Lives>>> calls(const World& world) {
  return rc::gen::exec([world]() -> std::shared_ptr<const rc::state::Command<World, Lives>> {
    const Op op = *rc::gen::weightedElement<Op>({{6, Op::attach},
                                                 {6, Op::map},
                                                 {4, Op::unmap},
                                                 {3, Op::hand_over},
                                                 {2, Op::detach},
                                                 {1, Op::unplug},
                                                 {1, Op::crash_again},
                                                 {1, Op::refuse_allocation}});
    Step step = model::make_step(op, {});
    if (op == Op::crash_again) return std::make_shared<Call>(step);
    if (op == Op::refuse_allocation) {
      step.operand[operand::ra_number] = allocations_of_takeover + *rc::gen::inRange<std::uint64_t>(1, 12);
      return std::make_shared<Call>(step);
    }
    const auto& devices = world.devices;
    step.operand[operand::a_source] = devices[*rc::gen::inRange<std::size_t>(0, devices.size())].source;
    if (op == Op::map || op == Op::unmap) {
      step.operand[operand::ma_iova] =
          test::kPages[*rc::gen::inRange<std::size_t>(0, test::kPages.size())] * model::kPageBytes;
      const auto pages = *rc::gen::inRange<std::uint64_t>(1, 3);
      if (op == Op::map) {
        step.operand[operand::ma_pa] = (0x7000 + *rc::gen::inRange<std::uint64_t>(0, 16)) * model::kPageBytes;
        step.operand[operand::ma_pages] = pages;
        step.operand[operand::ma_access] = *rc::gen::inRange<std::uint64_t>(1, 4);
      } else {
        step.operand[operand::um_pages] = pages;
      }
    }
    return std::make_shared<Call>(step);
  });
}

bool lives_hold(const vtd_engine& engine, model::Strategy strategy) {
  Lives::runner().run(Lives(engine, strategy).scenario, engine, {});
  allocations_of_takeover = Lives::runner().observed().allocations;
  return rc::check("what drivers are promised comes true", [&] {
    const auto told = *rc::state::gen::commands(World(), calls);
    Lives lives(engine, strategy);
    rc::state::runAll(told, World(), lives);
    const std::string broken = lives.live();
    if (broken.empty()) return;
    smallest_failure = lives.calls;
    RC_FAIL(broken);
  });
}

TEST(Life, what_drivers_are_promised_comes_true_when_all_tables_are_copied) {
  EXPECT_TRUE(lives_hold(ours(), model::Strategy::deep));
}
TEST(Life, what_drivers_are_promised_comes_true_when_page_tables_stay) {
  EXPECT_TRUE(lives_hold(ours(), model::Strategy::shallow));
}

// --- it sees mistakes, and shrinks what shows them -------------------------------------------------------------------

vtd_engine spoiled = {};

// Ours but for what the test changes, which only concerns calls that may be made.
bool switched = false;
bool may_be_called(vtd_boot* boot, std::uint32_t unit, std::uint32_t source) {
  return switched && source <= 0xffff && ours().root(boot, unit) != 0;
}
void begin_with_ours() {
  spoiled = ours();
  spoiled.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) {
    switched = false;
    return ours().boot(host, platform, boot);
  };
  spoiled.commit = [](vtd_boot* boot) {
    const int status = ours().commit(boot);
    switched |= status == VTD_OK;
    return status;
  };
}

void expect_found(std::size_t calls_needed) {
  smallest_failure = 0;
  EXPECT_FALSE(lives_hold(spoiled, model::Strategy::deep));
  // Calls of the life that is left. Shrinking ends where no single step helps: a few others may be in it.
  EXPECT_GE(smallest_failure, calls_needed);
  EXPECT_LE(smallest_failure, calls_needed + 6);
}

TEST(Life, sees_a_detach_that_does_nothing) {
  begin_with_ours();
  spoiled.detach = [](vtd_boot* boot, std::uint32_t unit, std::uint32_t source) {
    return may_be_called(boot, unit, source) ? static_cast<int>(VTD_OK) : ours().detach(boot, unit, source);
  };
  expect_found(2);
}

TEST(Life, sees_a_mapping_that_leads_elsewhere) {
  begin_with_ours();
  spoiled.map = [](vtd_boot* boot, std::uint32_t domain, std::uint64_t iova, std::uint64_t pa, std::uint64_t bytes,
                   std::uint32_t access) {
    return ours().map(boot, domain, iova, pa + model::kPageBytes, bytes, access);
  };
  expect_found(2);
}

TEST(Life, sees_legacy_mappings_that_stay) {
  begin_with_ours();
  spoiled.hand_over = [](vtd_boot* boot, std::uint32_t unit, std::uint32_t source) {
    return may_be_called(boot, unit, source) ? static_cast<int>(VTD_OK) : ours().hand_over(boot, unit, source);
  };
  expect_found(4);
}

}  // namespace
}  // namespace vtd::harness
