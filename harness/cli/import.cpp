// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz import`: tables captured from a running machine, or found in the dump of a dead one, as a scenario.

#include <fmt/core.h>

#include <cstdio>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/import_told.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/import/capture_files.h"
#include "model/layout.h"

namespace vtd::harness::cli {
namespace {

struct ImportArguments {
  std::string file, output, crash_region, unit, capability, extended, symbols;
  std::vector<std::string> roots;
  bool json = false;
};

// "0x30000000-0x303fffff", as the steps of a scenario and /proc/iomem say it: both ends included.
model::MemoryRange region_of(const std::string& text) {
  const auto bad = [&](const char* expected) {
    return InputError{fmt::format("--crash-region {}: expected {}", text, expected)};
  };
  const std::size_t dash = text.find('-');
  if (dash == std::string::npos) throw bad("FIRST-LAST, for example 0x30000000-0x303fffff");
  model::MemoryRange range{0, 0, model::MemoryKind::ram};
  const std::string first = text.substr(0, dash), last = text.substr(dash + 1);
  if (!CLI::detail::lexical_cast(first, range.first) || !CLI::detail::lexical_cast(last, range.last))
    throw bad("two addresses");
  if (range.first > range.last || range.first % model::kPageBytes != 0 ||
      range.last % model::kPageBytes != model::kPageBytes - 1)
    throw bad("whole pages: the first byte of one and the last byte of another");
  return range;
}

// A number, or the name that a scenario gives the capabilities of a real unit.
std::optional<std::uint64_t> capability_of(const std::string& option, const std::string& text, bool extended) {
  if (text.empty()) return std::nullopt;
  std::string names;
  for (const model::Preset& preset : model::presets()) {
    if (text == preset.name) return extended ? preset.extended : preset.capability;
    names += std::string(names.empty() ? "" : ", ") + preset.name;
  }
  std::uint64_t value = 0;
  if (CLI::detail::lexical_cast(text, value)) return value;
  throw InputError{fmt::format("{} {}: expected a number, or one of {}", option, text, names)};
}

// `mode`: bits that RTADDR has beside the address (S§11.4.5).
std::optional<std::uint64_t> address_of(const std::string& option, const std::string& text, std::uint64_t mode = 0) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  if (!CLI::detail::lexical_cast(text, value) || (value & ~(model::kAddressBits | mode)) != 0)
    throw InputError{
        fmt::format("{} {}: expected the address of a page below 2^52, for example 0x25ed000", option, text)};
  return value;
}

DumpOptions dump_options(const ImportArguments& o, const ImportOptions& import) {
  DumpOptions options;
  options.import = import;
  for (const std::string& root : o.roots) options.roots.push_back(address_of("--root", root, 3 << 10).value_or(0));
  options.unit = address_of("--unit", o.unit);
  options.capability = capability_of("--cap", o.capability, false);
  options.extended = capability_of("--ecap", o.extended, true);
  if (!o.symbols.empty()) options.symbols = read_file(o.symbols);
  return options;
}

bool is_capture(const ImportArguments& o) { return o.file.ends_with(".json"); }

void refuse_options_of_dumps(const ImportArguments& o) {
  if (!o.roots.empty() || !(o.unit + o.capability + o.extended + o.symbols).empty())
    throw InputError{
        fmt::format("{}: --root, --unit, --cap, --ecap and --symbols are for dumps: a capture says it all", o.file)};
}

void run(const ImportArguments& o) {
  ImportOptions options;
  if (!o.crash_region.empty()) options.crash_region = region_of(o.crash_region);
  Json json = {{"input", o.file}};
  Imported imported;
  std::string findings;
  if (is_capture(o)) {
    refuse_options_of_dumps(o);
    imported = import_captured(o.file, options);
  } else {
    const DumpOptions all = dump_options(o, options);
    const DumpFile file = open_dump(o.file);
    const DumpImport found = import_dump(o.file, *file.dump, all);
    imported = found.imported;
    add_json(file, found, json);
    findings = told(file, found);
  }
  const std::string text = imported_text(imported);
  if (!o.output.empty()) write_file(o.output, text);
  if (!o.json) {
    std::fputs(findings.c_str(), o.output.empty() ? stderr : stdout);
    if (o.output.empty()) std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  json["steps"] = imported.scenario.steps.size();
  for (const model::Step& step : imported.scenario.steps) {
    if (step.op != model::Op::crash) continue;
    json["crash_regions"].push_back({{"generation", step.operand[model::operand::c_generation]},
                                     {"first", hex(step.operand[model::operand::c_first])},
                                     {"last", hex(step.operand[model::operand::c_last])}});
  }
  json[o.output.empty() ? "scenario" : "output"] = o.output.empty() ? text : o.output;
  print_json(json);
}

}  // namespace

void add_import(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand(
      "import", "Make a scenario of tables captured from a running machine, or of the dump of a dead one");
  auto o = std::make_shared<ImportArguments>();
  command
      ->add_option("FILE", o->file,
                   "A dump (vmcore): ELF or kdump-compressed, flattened or not; or the NAME.json of a capture, with "
                   "NAME.pages.gz beside it")
      ->required();
  command->add_option("-o,--output", o->output, "Where to; standard output if left out");
  command->add_option("--crash-region", o->crash_region,
                      "FIRST-LAST of the crash kernel's memory, instead of a place that nothing uses");
  command->add_option(
      "--root", o->roots,
      "ADDR of a root table, as DMAR_RTADDR had it, instead of looking for it; again for a further unit");
  command->add_option("--unit", o->unit, "BASE of the registers of one unit, of those the dead kernel knew");
  command->add_option("--cap", o->capability,
                      "CAP of the unit, a number or a name, instead of a guess from the tables");
  command->add_option("--ecap", o->extended, "ECAP of the unit, likewise");
  command->add_option("--symbols", o->symbols,
                      "The dead kernel's System.map or /proc/kallsyms; from Linux 6.0 on the dump has it all");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Examples:\n  vtdfuzz import /var/crash/vmcore -o dead.vtd && vtdfuzz takeover dead.vtd\n"
      "  vtdfuzz import vmcore --root 0x25ed000 --cap 0xd2008c222f0606 --ecap 0xf00f4a -o dead.vtd\n"
      "  vtdfuzz import strict48.json -o strict48.vtd\n"
      "  vtdfuzz import strict48.json --crash-region 0x30000000-0x303fffff -o strict48.vtd");
  command->callback([o] { run(*o); });
}

}  // namespace vtd::harness::cli
