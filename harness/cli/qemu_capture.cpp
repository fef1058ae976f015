// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz qemu-capture`: the tables of a Linux kernel that runs under QEMU, as a scenario. `harness/qemu/capture` gets
// kernel and initramfs ready and calls it.

#include <fmt/core.h>

#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/output.h"
#include "harness/qemu/machines.h"
#include "harness/qemu/tables.h"

namespace vtd::harness::cli {
namespace {

struct QemuCaptureArguments {
  std::string machine, kernel, initramfs, output, dump;
  unsigned seconds = 600;
  bool json = false;
};

void run(const QemuCaptureArguments& o) {
  if (o.output.empty() && o.dump.empty()) throw InputError{"expected -o FILE, --dump NAME, or both"};
  const qemu::MachineKind* const kind = qemu::machine_named(o.machine);
  if (kind == nullptr) {
    std::string names;
    for (const qemu::MachineKind& known : qemu::machine_kinds()) names += std::string(" ") + known.name;
    throw InputError{fmt::format("unknown machine {}: expected one of{}", o.machine, names)};
  }
  qemu::qemu_version();
  qemu::Guest guest(qemu::guest_options(*kind, o.kernel, o.initramfs));
  const std::string iomem = guest.wait_until_ready(o.seconds);
  guest.stop();
  if (!o.dump.empty()) {
    guest.dump(o.dump + ".elf", "elf");
    guest.dump(o.dump + ".kdump", "kdump-zlib");
  }
  if (o.output.empty()) return;
  const Capture capture =
      qemu::capture_guest(guest, {fmt::format("{}: {}", kind->name, kind->what), kind->kernel, kind->unit, iomem});
  if (capture.pages.size() < 3)
    throw InputError{
        fmt::format("{}: the kernel has made {} tables: expected a live unit", kind->name, capture.pages.size())};
  const Imported imported = import_tables(kind->name, capture, {});
  write_file(o.output, imported_text(imported));
  if (o.json)
    print_json({{"machine", kind->name},
                {"pages", capture.pages.size()},
                {"steps", imported.scenario.steps.size()},
                {"output", o.output}});
  else
    fmt::print("{}: {}, {}\n", o.output, count_of(capture.pages.size(), "table page"),
               count_of(imported.scenario.steps.size(), "step"));
}

}  // namespace

void add_qemu_capture(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand(
      "qemu-capture", "Boots a Linux kernel under QEMU's VT-d and makes a scenario of its live tables");
  auto o = std::make_shared<QemuCaptureArguments>();
  command->add_option("MACHINE", o->machine, "Its name")->required();
  command->add_option("--kernel", o->kernel, "The kernel's image")->required()->check(CLI::ExistingFile);
  command->add_option("--initramfs", o->initramfs, "Of harness/qemu/guest-files")->required()->check(CLI::ExistingFile);
  command->add_option("-o,--output", o->output, "Where to");
  command->add_option("--dump", o->dump, "Its memory at that moment, as NAME.elf and, flattened, NAME.kdump");
  command->add_option("--seconds", o->seconds, "How long the guest may take to boot")->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer("harness/qemu/capture MACHINE -o FILE.vtd does it with Debian's kernel.");
  command->callback([o] { run(*o); });
}

}  // namespace vtd::harness::cli
