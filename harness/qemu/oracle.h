// SPDX-License-Identifier: Apache-2.0 OR MIT
// One scenario on QEMU's hardware: requests before, during and after an engine's takeover, compared with the model's
// walk of the tables of that moment.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/takeover.h"
#include "harness/platform.h"
#include "harness/qemu/adapt.h"
#include "harness/qemu/choose.h"
#include "harness/qemu/deviations.h"
#include "harness/qemu/dma.h"
#include "harness/qemu/takeover_host.h"
#include "model/scenario/scenario.h"

namespace vtd::harness::qemu {

enum class Stage : uint8_t { before, during, after };
const char* stage_name(Stage stage);

// One request on which QEMU and the model do not agree.
struct Difference {
  std::string scenario, text;  // one line: stage, request, what differs, both answers
};

struct Tally {
  uint64_t scenarios = 0, takeovers = 0, refusals = 0;
  uint64_t machines = 0;                       // how often QEMU was started
  uint64_t probes[3] = {};                     // by stage
  std::map<std::string, uint64_t> outcomes;    // probes by what the model said
  std::map<std::string, uint64_t> explained;   // by name of the deviation
  std::map<std::string, uint64_t> not_needed;  // a deviation applies, and QEMU does as specified
  std::map<std::string, uint64_t> left_out;    // requests not tried, and scenarios, by reason
  uint64_t unexplained = 0;
  std::vector<Difference> differences;  // the first of them
  uint64_t all() const { return probes[0] + probes[1] + probes[2]; }
};

class Oracle {
 public:
  static constexpr std::size_t kToldMost = 20;

  Oracle(const vtd_engine& engine, UnitKind unit) : engine_(engine), unit_(unit) {}

  // Every unit of the scenario in turn. Throws InputError when it is no machine.
  void check(const model::Scenario& scenario, const std::string& name, model::Strategy strategy, const Choice& choice,
             RandomSource& random);
  const Tally& tally() const { return tally_; }

 private:
  static constexpr std::size_t kDevicesMost = 32;
  static constexpr std::size_t kDevicesEnough = 24;
  struct Pending {
    Expectation expectation;
    Plan plan;
  };
  static Pending planned(const model::Hierarchy& hierarchy, const model::Request& request);
  void prepare_vm(const Needs& needs);
  void check_unit(const model::Scenario& scenario, unsigned unit, model::Strategy strategy, RandomSource& random);
  void load_tables();
  void leave();
  bool is_table(model::Address page) const;

  void take_over(model::Strategy strategy);
  void choose_landing(const model::Hierarchy& before);
  void during_commit();
  void keep_landing_after(const model::Hierarchy& copied);
  model::Hierarchy copied_hierarchy(uint64_t root);
  void bury_old_tables();
  template <class Body>
  void engine_call(Body body);

  void probe(Stage stage, const model::Hierarchy& hierarchy);
  void finish_batch();
  static bool fits(const Pending& pending, const Sight& sight);
  void judge(const Pending& pending, const Sight& sight);
  void difference(const Pending& pending, const Sight& sight, const char* what);

  const vtd_engine& engine_;
  UnitKind unit_;
  Choice choice_;
  std::unique_ptr<Vm> vm_;
  std::unique_ptr<Dma> dma_;
  std::unique_ptr<TakeoverHost> host_;
  model::Machine original_, machine_;
  PlatformDescription platform_;
  model::Rules rules_{};
  vtd_boot* boot_ = nullptr;
  std::string name_;
  std::vector<model::Request> requests_;
  std::vector<model::Address> copies_;  // pages of the engine that the model has, too
  std::vector<Pending> landing_, pending_;
  Stage stage_ = Stage::before;
  Tally tally_;
};

}  // namespace vtd::harness::qemu
