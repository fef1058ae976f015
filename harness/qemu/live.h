// SPDX-License-Identifier: Apache-2.0 OR MIT
// A real crash, taken over from outside: Linux panics under QEMU while a network card receives; an engine moves the
// unit to copies of the tables through the shared memory and the unit's registers; frames go on landing, and nothing
// else changes.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/takeover.h"
#include "harness/platform.h"
#include "harness/qemu/dead_tables.h"
#include "harness/qemu/guest.h"
#include "harness/qemu/landings.h"
#include "harness/qemu/snapshot.h"
#include "harness/qemu/takeover_host.h"

namespace vtd::harness::qemu {

// One thing that must hold.
struct LiveCheck {
  std::string what;
  bool held;
};

struct LiveOptions {
  std::string kernel, initramfs;
  std::string dump;        // the dead kernel's memory goes into this file, after the takeover
  unsigned seconds = 600;  // how long the guest may take to boot, and to panic
};

class Live {
 public:
  Live(const vtd_engine& engine, LiveOptions options);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  // The whole course; `told` hears of every check as it is made.
  std::vector<LiveCheck> run(const std::function<void(const LiveCheck&)>& told);

 private:
  bool check(const std::string& what, bool held);
  void boot();
  void receive_alive();
  void crash();
  bool take_over();  // false: the engine failed
  void bury();
  void adopt();
  void cut_off();

  // What changed since the snapshot was taken must have an explanation, page by page.
  void compare_memory(const Snapshot& before);
  void know_ring();
  void know_processor();
  bool fault_recorded();
  model::Hierarchy copied();

  const vtd_engine& engine_;
  LiveOptions options_;
  Wire wire_;
  std::unique_ptr<Guest> guest_;
  std::unique_ptr<Landings> landings_;
  std::unique_ptr<TakeoverHost> host_;
  DeadTables tables_;
  PlatformDescription platform_;
  vtd_boot* boot_ = nullptr;
  std::set<model::Address> mapped_;      // pages the card may write to
  std::set<model::Address> processors_;  // pages of the dead kernel's processor, which runs its panic loop
  model::Iova new_iova_ = 0;
  std::vector<LiveCheck> checks_;
  std::function<void(const LiveCheck&)> told_;
};

}  // namespace vtd::harness::qemu
