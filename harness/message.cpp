// SPDX-License-Identifier: Apache-2.0 OR MIT
// The failure message (DESIGN section 3): headline, facts, steps, one replay command, a draft regression.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "harness/runner.h"
#include "harness/steps_text.h"

namespace vtd::harness {
namespace {

using properties::Property;

constexpr std::size_t kStepsInDraft = 200;  // a longer scenario is a file already

void line(std::string& text, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  text.append("  ").append(key).append(key.size() < 10 ? 10 - key.size() : 1, ' ').append(value).append("\n");
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

void add_draft(std::string& text, const model::Scenario& scenario, std::string_view shows) {
  if (scenario.steps.size() > kStepsInDraft) {
    line(text, "draft",
         "the scenario has " + std::to_string(scenario.steps.size()) + " steps: shrink it first (vtdfuzz shrink)");
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

// Runs the scenario once more, tracing everything. False: it did not break in the same way.
bool look_closer(Runner& closer, const Runner& runner, const model::Scenario& scenario, const vtd_engine& engine,
                 RunOptions options) {
  if (runner.judge().first().property == Property::same_input_same_run) return false;
  options.detail = true;
  options.twice = false;
  closer.judge() = runner.judge();  // with what the engine is excused from
  const RunResult again = closer.run(scenario, engine, options);
  return again.verdict == runner.result().verdict && closer.judge().first().property == runner.judge().first().property;
}

// The pages that the engine's tables take: what it stores elsewhere is its own affair.
class NewTables {
 public:
  NewTables(const Runner& runner, unsigned unit)
      : memory_(runner.machine().memory), rules_(runner.hardware().rules(unit)) {}

  void add(std::set<model::Address>& pages, model::Address page, unsigned role) {
    if (!memory_.in_any_crash(page) || !seen_.insert({page, role}).second) return;
    pages.insert(page);
    const uint64_t* const table = memory_.page(page, model::View::cpu);
    for (unsigned i = 0; i < (role > 5 ? 256 : model::kEntriesPerPage); ++i) follow(pages, table, i, role);
  }

 private:
  void follow(std::set<model::Address>& pages, const uint64_t* table, unsigned index, unsigned role) {
    if (role == model::kRootRole) {
      const model::RootStep step = model::read_root(rules_, model::entry128(table, index));
      if (step.verdict == model::Verdict128::follow) add(pages, step.next, model::kContextRole);
    } else if (role == model::kContextRole) {
      const model::ContextStep step = model::read_context(rules_, model::entry128(table, index));
      if (step.verdict == model::Verdict128::follow) add(pages, step.next, step.levels);
    } else if (model::read_paging(rules_, table[index], role) == model::PagingVerdict::link) {
      add(pages, table[index] & rules_.address_mask, role - 1);
    }
  }

  const model::Memory& memory_;
  const model::Rules& rules_;
  std::set<std::pair<model::Address, unsigned>> seen_;
};

std::set<model::Address> new_tables(const Runner& runner) {
  std::set<model::Address> pages;
  for (unsigned unit = 0; unit < runner.claims().units.size(); ++unit) {
    NewTables tables(runner, unit);
    for (const uint64_t root : {runner.claims().units[unit].root, runner.hardware().active_root(unit)}) {
      tables.add(pages, model::page_of(root), model::kRootRole);
    }
  }
  return pages;
}

}  // namespace

std::string failure_message(const Runner& runner, const model::Scenario& scenario, const vtd_engine& engine,
                            const RunOptions& options, std::string_view replay) {
  Runner closer;
  const Runner& shown = look_closer(closer, runner, scenario, engine, options) ? closer : runner;
  const properties::Failure& failure = shown.judge().first();
  const bool broken = !shown.judge().held();
  std::string text;
  if (broken) {
    add_broken(text, failure, shown.judge().failures());
  } else {
    add_crash(text, shown.result(), shown.fatal());
  }
  line(text, "engine", engine.name);
  if (options.override_strategy) line(text, "strategy", model::strategy_name(options.strategy));
  const auto events = static_cast<std::uint32_t>(shown.trace().events().size());
  text += "\n" +
          steps_text(scenario, shown.machine(), shown.trace(), broken ? failure.event : events, new_tables(shown)) +
          "\n";
  line(text, "replay", replay);
  add_draft(text, scenario, broken ? properties::info(failure.property).name : "the engine gives up");
  return text;
}

}  // namespace vtd::harness
