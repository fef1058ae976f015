// SPDX-License-Identifier: Apache-2.0 OR MIT
// A real crash, taken over from outside: Linux panics under QEMU while a network card receives; an engine moves the
// unit to copies of the tables through the shared memory and the unit's registers; frames go on landing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/takeover.h"
#include "harness/platform.h"
#include "harness/qemu/guest.h"
#include "harness/qemu/takeover_host.h"
#include "model/walk.h"

namespace vtd::harness::qemu {

// One thing that must hold.
struct LiveCheck {
  std::string what;
  bool held;
};

class Live {
 public:
  Live(const vtd_engine& engine, std::string kernel, std::string initramfs);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  // The whole course; `told` hears of every check as it is made.
  std::vector<LiveCheck> run(unsigned seconds, const std::function<void(const LiveCheck&)>& told);

 private:
  void check(const std::string& what, bool held);
  void boot(unsigned seconds);
  void crash(unsigned seconds);
  void describe();
  void take_over();
  void bury();
  void adopt();
  void cut_off();

  // Sends frames over the wire and looks for each in the guest's memory; those that landed in pages that the dead
  // kernel had mapped for the card.
  unsigned frames_landed(unsigned count);
  bool fault_recorded();
  model::Hierarchy copied();
  std::vector<model::Address> mapped_pages(const model::Hierarchy& hierarchy) const;

  const vtd_engine& engine_;
  std::string kernel_, initramfs_;
  int wire_ = -1;
  std::unique_ptr<Guest> guest_;
  std::unique_ptr<TakeoverHost> host_;
  model::Machine machine_;
  model::Rules rules_{};
  PlatformDescription platform_;
  vtd_boot* boot_ = nullptr;
  std::vector<model::Address> mapped_;  // pages the card may write to
  uint32_t frames_ = 0;
  std::vector<LiveCheck> checks_;
  std::function<void(const LiveCheck&)> told_;
};

}  // namespace vtd::harness::qemu
