// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz import`: tables captured from a running machine as a scenario.

#include <fmt/core.h>

#include <cstdio>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/output.h"
#include "harness/import/captured.h"

namespace vtd::harness::cli {
namespace {

struct Options {
  std::string file, output, crash_region;
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

void run(const Options& o) {
  ImportOptions options;
  if (!o.crash_region.empty()) options.crash_region = region_of(o.crash_region);
  const Imported imported = import_captured(o.file, options);
  const std::string text = imported_text(imported);
  if (!o.output.empty()) write_file(o.output, text);
  if (!o.json) {
    if (o.output.empty()) std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  Json json = {{"input", o.file}, {"steps", imported.scenario.steps.size()}};
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
  CLI::App* command = app.add_subcommand("import", "Make a scenario of tables captured from a running machine");
  auto o = std::make_shared<Options>();
  command->add_option("FILE.json", o->file, "The capture; NAME.pages.gz lies beside NAME.json")->required();
  command->add_option("-o,--output", o->output, "Where to; standard output if left out");
  command->add_option("--crash-region", o->crash_region,
                      "FIRST-LAST of the crash kernel's memory, instead of a place that nothing uses");
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Examples:\n  vtdfuzz import strict48.json -o strict48.vtd\n"
      "  vtdfuzz import strict48.json --crash-region 0x30000000-0x303fffff -o strict48.vtd");
  command->callback([o] { run(*o); });
}

}  // namespace vtd::harness::cli
