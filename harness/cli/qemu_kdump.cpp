// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz qemu-kdump`: a crash kernel boots under QEMU and takes over by itself; what it left in memory is compared
// with what engines make of the same tables. `ci/kdump` gets kernel and initramfs ready and calls it.

#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/session.h"
#include "harness/qemu/copies.h"
#include "harness/qemu/kdump.h"

namespace vtd::harness::cli {
namespace {

struct QemuKdumpArguments {
  std::vector<std::string> pair, engines = {"ours"};
  qemu::KdumpOptions guest;
  std::string keep;
  bool json = false;
};

struct Tables {
  model::Scenario before, after;
  unsigned frames = 0, landed = 0;
};

Tables stored(const QemuKdumpArguments& o) { return {load(o.pair[0]).scenario, load(o.pair[1]).scenario, 0, 0}; }

Tables made(const QemuKdumpArguments& o) {
  if (o.guest.kernel.empty() || o.guest.initramfs.empty())
    throw InputError{"qemu-kdump: expected BEFORE and AFTER, or --kernel and --initramfs: ci/kdump has them"};
  qemu::qemu_version();
  qemu::Kdump course(o.guest);
  const auto result = course.run([&](const std::string& stage) {
    if (o.json) return;
    fmt::print("        {}\n", stage);
    std::fflush(stdout);
  });
  if (!o.keep.empty()) {
    std::filesystem::create_directories(o.keep);
    write_file(std::filesystem::path(o.keep) / "linux61-kd-before.vtd", imported_text(result.before));
    write_file(std::filesystem::path(o.keep) / "linux61-kd-after.vtd", imported_text(result.after));
  }
  return {result.before.scenario, result.after.scenario, result.frames, result.landed};
}

std::vector<qemu::CopyResult> compared(const QemuKdumpArguments& o, const qemu::Copies& copies) {
  std::vector<qemu::CopyResult> results = {copies.kernels()};
  for (const std::string& name : o.engines) {
    const Session session(name);
    for (const model::Strategy strategy : {model::Strategy::shallow, model::Strategy::deep})
      if (session.offers(strategy)) results.push_back(copies.engines(session.entry(), strategy));
  }
  return results;
}

void print(const Tables& tables, const qemu::Copies& copies, const std::vector<qemu::CopyResult>& results) {
  const auto mark = [](bool held) { return held ? "ok    " : "FAILED"; };
  fmt::print("        {} are in both captures\n", count_of(copies.page_tables(), "page table"));
  if (tables.frames != 0)
    fmt::print("{}  {} of {} frames sent while the crash kernel ran landed in the dead kernel's buffers\n",
               mark(tables.landed == tables.frames), tables.landed, tables.frames);
  for (const qemu::CopyResult& result : results) {
    fmt::print("{}  {}: {} entries, {} present, {}\n", mark(result.differences == 0), result.who,
               grouped(result.entries), result.present, count_of(result.differences, "difference"));
    for (const std::string& text : result.told) fmt::print("        {}\n", text);
  }
}

Json json_of(const Tables& tables, const qemu::Copies& copies, const std::vector<qemu::CopyResult>& results) {
  Json list = Json::array();
  for (const qemu::CopyResult& result : results)
    list.push_back({{"copy", result.who},
                    {"entries", result.entries},
                    {"present", result.present},
                    {"differences", result.differences},
                    {"told", result.told}});
  return {
      {"page_tables", copies.page_tables()}, {"frames", tables.frames}, {"landed", tables.landed}, {"copies", list}};
}

int run(const QemuKdumpArguments& o) {
  const Tables tables = o.pair.empty() ? made(o) : stored(o);
  const qemu::Copies copies(tables.before, tables.after);
  const std::vector<qemu::CopyResult> results = compared(o, copies);
  bool held = tables.landed == tables.frames;
  for (const qemu::CopyResult& result : results) held = held && result.differences == 0;
  if (o.json)
    print_json(json_of(tables, copies, results));
  else
    print(tables, copies, results);
  return static_cast<int>(held ? Verdict::held : Verdict::broken);
}

}  // namespace

void add_qemu_kdump(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand(
      "qemu-kdump", "A crash kernel takes over by itself under QEMU; its copy is compared with those of engines");
  auto o = std::make_shared<QemuKdumpArguments>();
  command->add_option("PAIR", o->pair, "Scenarios of an earlier crash, BEFORE and AFTER, instead of a new one")
      ->expected(2);
  command->add_option("--kernel", o->guest.kernel, "The kernel's image, of both kernels")->check(CLI::ExistingFile);
  command->add_option("--initramfs", o->guest.initramfs, "initramfs-kdump of harness/qemu/guest-files")
      ->check(CLI::ExistingFile);
  command->add_option("--engine", o->engines, "Engines that are compared with the kernel; several may be given")
      ->capture_default_str();
  command->add_option("--keep", o->keep, "Writes the two scenarios into this folder");
  command->add_option("--seconds", o->guest.seconds, "How long a kernel may take to boot")->capture_default_str();
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "ci/kdump does it with Debian's kernel. Exit code 10: a copy is not like the others, or a frame did not land.");
  command->callback([o, &code] { code = run(*o); });
}

}  // namespace vtd::harness::cli
