// SPDX-License-Identifier: Apache-2.0 OR MIT
// The failure message (DESIGN section 3): headline, facts, steps, one replay command, a draft regression.
#include <string>

#include "harness/runner.h"
#include "harness/steps_text.h"

namespace vtd::harness {
namespace {

constexpr std::size_t kStepsInDraft = 200;  // a longer scenario is a file already

void line(std::string& text, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  text.append("  ").append(key).append(key.size() < 10 ? 10 - key.size() : 1, ' ').append(value).append("\n");
}

std::string source_name(std::uint32_t source) {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::uint32_t bus = source >> 8 & 0xff, device = source >> 3 & 0x1f;
  return {kDigits[bus >> 4], kDigits[bus & 15], ':', kDigits[device >> 4], kDigits[device & 15], '.', kDigits[source & 7]};
}

std::string where_of(const properties::Failure& f) {
  std::string text = "unit " + std::to_string(f.unit);
  if (f.source != 0xffffffff) text += ", device " + source_name(f.source);
  if (f.iova != 0 || f.source != 0xffffffff) text += ", IOVA " + hexadecimal(f.iova);
  if (f.address != 0) text += ", address " + hexadecimal(f.address);
  return text;
}

void add_broken(std::string& text, const properties::Failure& f, std::uint32_t failures) {
  const properties::PropertyInfo& property = properties::info(f.property);
  text += std::string("! BROKEN ") + property.name + "\n";
  line(text, "meaning", property.meaning);
  line(text, "section", property.section);
  line(text, "what", f.what == nullptr ? "" : f.what);
  line(text, "where", where_of(f));
  line(text, "expected", hexadecimal(f.expected));
  line(text, "got", hexadecimal(f.got));
  if (failures > 1) line(text, "also", std::to_string(failures - 1) + " more at this moment");
}

void add_crash(std::string& text, const RunResult& result, const Runner::Fatal& fatal) {
  text += std::string("! CRASH ") + (result.why == nullptr ? "in the engine" : result.why) + "\n";
  line(text, "what", fatal.what == nullptr ? "" : fatal.what);
  if (fatal.file != nullptr) line(text, "where", std::string(fatal.file) + ":" + std::to_string(fatal.line));
}

const char* strategy_name(model::Strategy strategy) {
  switch (strategy) {
    case model::Strategy::deep: return "deep";
    case model::Strategy::shallow: return "shallow";
    case model::Strategy::automatic: break;
  }
  return "auto";
}

void add_draft(std::string& text, const model::Scenario& scenario, std::string_view shows) {
  if (scenario.steps.size() > kStepsInDraft) {
    line(text, "draft", "the scenario has " + std::to_string(scenario.steps.size()) + " steps: shrink it first (vtdfuzz shrink)");
    return;
  }
  line(text, "draft", "corpus/regressions/NAME-WHAT-IT-SHOWS.vtd");
  const std::string draft = model::print_text(scenario);
  std::size_t at = 0;
  bool first = true;
  while (at < draft.size()) {
    const std::size_t end = std::min(draft.find('\n', at), draft.size());
    text.append("    ").append(draft, at, end - at).append("\n");
    if (first) text.append("    # ").append(shows).append("\n");
    first = false;
    at = end + 1;
  }
}

}  // namespace

std::string failure_message(const Runner& runner, const model::Scenario& scenario, const vtd_engine& engine, const RunOptions& options,
                            std::string_view replay) {
  const RunResult& result = runner.result();
  const properties::Failure& failure = runner.judge().first();
  const bool broken = !runner.judge().held();
  std::string text;
  if (broken) {
    add_broken(text, failure, runner.judge().failures());
  } else {
    add_crash(text, result, runner.fatal());
  }
  line(text, "engine", engine.name);
  if (options.override_strategy) line(text, "strategy", strategy_name(options.strategy));
  const auto events = static_cast<std::uint32_t>(runner.trace().events().size());
  text += "\n" + steps_text(scenario, runner.trace(), broken ? failure.event : events) + "\n";
  line(text, "replay", replay);
  add_draft(text, scenario, broken ? properties::info(failure.property).name : "the engine gives up");
  return text;
}

}  // namespace vtd::harness
