// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz qemu-live`: a real kernel panics under QEMU, and an engine takes its tables over while a card receives.
// `ci/live` gets kernel and initramfs ready and calls it.

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/output.h"
#include "harness/cli/session.h"
#include "harness/qemu/live.h"

namespace vtd::harness::cli {
namespace {

struct QemuLiveArguments {
  qemu::LiveOptions live;
  EngineOptions engine;
  bool json = false;
};

int run(const QemuLiveArguments& o) {
  qemu::qemu_version();
  const Session session(o.engine.engine);
  constexpr uint32_t kNeeded = VTD_FEATURE_DEEP | VTD_FEATURE_ADOPTS;
  if ((session.engine().features & kNeeded) != kNeeded)
    throw InputError{
        fmt::format("qemu-live: engine {} does not copy page tables and adopt domains: expected one that does",
                    session.entry().name)};
  qemu::Live live(session.engine(), o.live);
  const auto checks = live.run([&](const qemu::LiveCheck& check) {
    if (o.json) return;
    fmt::print("{}  {}\n", check.held ? "ok    " : "FAILED", check.what);
    std::fflush(stdout);
  });
  const auto failed = std::count_if(checks.begin(), checks.end(), [](const auto& check) { return !check.held; });
  if (o.json) {
    Json list = Json::array();
    for (const qemu::LiveCheck& check : checks) list.push_back({{"what", check.what}, {"held", check.held}});
    print_json({{"engine", session.entry().name}, {"failed", failed}, {"checks", list}});
  } else {
    fmt::print("{} held, {} failed\n", checks.size() - static_cast<std::size_t>(failed), failed);
  }
  return static_cast<int>(failed == 0 ? Verdict::held : Verdict::broken);
}

}  // namespace

void add_qemu_live(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand(
      "qemu-live", "A real kernel panics under QEMU, and an engine takes over while a network card receives");
  auto o = std::make_shared<QemuLiveArguments>();
  command->add_option("--kernel", o->live.kernel, "The kernel's image")->required()->check(CLI::ExistingFile);
  command->add_option("--initramfs", o->live.initramfs, "Of harness/qemu/guest-files")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--engine", o->engine.engine, "An engine of `vtdfuzz engines`, or the path of a shared library")
      ->capture_default_str();
  command->add_option("--dump", o->live.dump, "Writes this file after the takeover: an ELF core of the dead machine");
  command->add_option("--seconds", o->live.seconds, "How long the guest may take to boot, and to panic")
      ->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer("ci/live does it with Debian's kernel.");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
