// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz convert`: a scenario from text to binary and back, lossless both ways (comments are not kept).

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"

namespace vtd::harness::cli {
namespace {

struct ConvertArguments {
  std::string file, output, to;
  bool json = false;
};

Form form_wanted(const ConvertArguments& o, Form from) {
  if (o.to == "text") return Form::text;
  if (o.to == "binary") return Form::binary;
  if (o.to == "raw") return Form::raw;
  if (o.output.ends_with(".vtd")) return Form::text;
  if (o.output.ends_with(".vtdb")) return Form::binary;
  return from == Form::text ? Form::binary : Form::text;
}

void run(const ConvertArguments& o) {
  const Loaded loaded = load(o.file);
  const Form to = form_wanted(o, loaded.form);
  const std::string content = rendered(loaded.scenario, to);
  const bool to_stdout = o.output.empty() || o.output == "-";
  if (to_stdout && (o.json || (to != Form::text && isatty(STDOUT_FILENO) != 0)))
    throw InputError{fmt::format("convert: expected -o FILE: {} cannot go to {}",
                                 to == Form::text ? "a second text" : "binary",
                                 o.json ? "standard output beside --json" : "a terminal")};
  if (to_stdout) {
    std::fwrite(content.data(), 1, content.size(), stdout);
    return;
  }
  write_file(o.output, content);
  if (o.json)
    print_json({{"input", o.file},
                {"from", form_name(loaded.form)},
                {"output", o.output},
                {"to", form_name(to)},
                {"steps", loaded.scenario.steps.size()},
                {"input_bytes", loaded.bytes},
                {"output_bytes", content.size()}});
}

}  // namespace

void add_convert(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("convert", "Convert a scenario between text, binary and raw fuzzer input");
  auto o = std::make_shared<ConvertArguments>();
  command->add_option("FILE", o->file, "The scenario")->required();
  command->add_option("-o,--output", o->output, "Where to; standard output if left out");
  command
      ->add_option("--to", o->to, "The form; by default what the output's name says (.vtd, .vtdb), else the other one")
      ->check(CLI::IsMember({"text", "binary", "raw"}));
  command->add_flag("--json", o->json, "One JSON object on standard output; needs -o");
  command->footer(
      "Examples:\n  vtdfuzz convert crash-0a1b2c                  a fuzzer's input as text\n"
      "  vtdfuzz convert seed.vtd -o seed.vtdb\n  vtdfuzz convert seed.vtd --to raw -o corpus/seed");
  command->callback([o] { run(*o); });
}

}  // namespace vtd::harness::cli
