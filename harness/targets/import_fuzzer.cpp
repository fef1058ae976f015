// SPDX-License-Identifier: Apache-2.0 OR MIT
// Target: the importer of dumps. A machine's memory, whatever it holds, is taken for the dump of a dead kernel; what
// the importer makes of it is a machine with the same tables, or one clear line.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "harness/dump/dump_scenario.h"
#include "harness/dump/machine_dump.h"
#include "harness/fuzz_input.h"
#include "harness/in_flight.h"
#include "model/layout.h"
#include "model/scenario/build.h"

namespace {

using namespace vtd;
using harness::InDump;

void must(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "! BROKEN %s\n", sentence);
  std::abort();
}

void text_is_lossless(const harness::Imported& imported) {
  model::Scenario again;
  must(!model::parse_text(harness::imported_text(imported), again), "an_imported_scenario_can_be_parsed");
  must(again == imported.scenario, "an_imported_scenario_is_what_its_text_says");
}

// What hardware could meet below a root, by the model's reading of entries: nothing of it was left behind.
class Reachable {
 public:
  Reachable(harness::Dump& dump, const model::Memory& made) : dump_(dump), made_(made) {}

  void from_root(std::uint64_t root) {
    each(root & model::kAddressBits, model::kRootRole, [&](const harness::PageWords& words) {
      for (unsigned bus = 0; bus < 256; ++bus) {
        const model::RootStep step = model::read_root(rules_, model::entry128(words.data(), bus));
        if (step.verdict == model::Verdict128::follow) contexts(step.next);
      }
    });
  }

 private:
  template <class Visit>
  void each(model::Address page, unsigned role, Visit visit) {
    harness::PageWords words;
    if (!seen_.insert({page, role}).second || dump_.read(page, words) != InDump::there) return;
    must(std::memcmp(words.data(), made_.page(page, model::View::cpu), sizeof words) == 0,
         "every_table_that_can_be_reached_is_imported");
    visit(words);
  }
  void contexts(model::Address table) {
    each(table, model::kContextRole, [&](const harness::PageWords& words) {
      for (unsigned devfn = 0; devfn < 256; ++devfn) {
        const model::ContextStep step = model::read_context(rules_, model::entry128(words.data(), devfn));
        if (step.verdict == model::Verdict128::follow) paging(step.next, step.levels);
      }
    });
  }
  void paging(model::Address table, unsigned level) {
    each(table, level, [&](const harness::PageWords& words) {
      for (const std::uint64_t entry : words)
        if (model::read_paging(rules_, entry, level) == model::PagingVerdict::link)
          paging(entry & rules_.address_mask, level - 1);
    });
  }

  harness::Dump& dump_;
  const model::Memory& made_;
  const model::Rules rules_ = harness::generous_rules();
  std::set<std::pair<model::Address, unsigned>> seen_;
};

// Every page of the machine that was made is a page of the dump, and no table is missing.
void tables_are_the_dumps(const harness::DumpImport& import, harness::Dump& dump) {
  static model::Machine machine;
  must(!model::build(import.imported.scenario, machine), "an_imported_scenario_can_be_built");
  harness::PageWords words;
  for (std::size_t i = 0; i < machine.memory.frames(); ++i) {
    const model::Address page = machine.memory.frame_address(i);
    must(dump.read(page, words) == InDump::there, "every_imported_page_is_in_the_dump");
    must(std::memcmp(words.data(), machine.memory.page(page, model::View::cpu), sizeof words) == 0,
         "imported_tables_are_those_of_the_dump_byte_for_byte");
  }
  must(machine.units.size() == import.units.size(), "each_unit_that_was_found_is_one_of_the_scenario");
  for (std::size_t i = 0; i < import.units.size(); ++i) {
    must(machine.units[i].root == import.units[i].root, "a_unit_has_the_root_that_was_found");
    if ((import.units[i].root & 3 << 10) == 0) Reachable(dump, machine.memory).from_root(import.units[i].root);
  }
}

// False: refused.
bool import(harness::Dump& dump, const harness::DumpOptions& options, harness::DumpImport& out) {
  try {
    out = harness::import_dump("dump", dump, options);
  } catch (const harness::InputError& error) {
    must(error.message.starts_with("dump: ") && error.message.find('\n') == std::string::npos,
         "a_refusal_is_one_line_that_names_the_dump");
    return false;
  }
  text_is_lossless(out.imported);
  tables_are_the_dumps(out, dump);
  return true;
}

// As a kernel writes one: nothing but present entries, by the model's own reading.
bool is_plainly_a_root(const harness::PageWords& words) {
  unsigned entries = 0;
  for (unsigned i = 0; i < 256; ++i) {
    const model::Entry128 entry = model::entry128(words.data(), i);
    if ((entry.low | entry.high) == 0) continue;
    const model::RootStep step = model::read_root(harness::generous_rules(), entry);
    if (step.verdict != model::Verdict128::follow || step.next == 0) return false;
    ++entries;
  }
  return entries != 0;
}

// What is without doubt a root table when somebody points at it is found without him, too.
void a_clean_root_is_recognised(harness::Dump& dump, const harness::DumpUnit& given) {
  const model::Address root = given.root & model::kAddressBits;
  harness::PageWords words;
  if (!given.evidence.against().empty() || given.evidence.devices == 0 || given.evidence.scalable) return;
  if (dump.read(root, words) != InDump::there || !is_plainly_a_root(words)) return;
  const harness::Scanned found = harness::scan(dump);
  must(!found.all_weighed ||
           std::any_of(found.roots.begin(), found.roots.end(),
                       [root](const harness::RootCandidate& candidate) { return candidate.root == root; }),
       "a_clean_root_is_recognised");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static harness::InFlight in_flight;
  const harness::InFlight::Run held = in_flight.hold({data, size});
  static model::Machine machine;
  static model::Scenario scenario;
  harness::scenario_of({data, size}, scenario);
  if (model::build(scenario, machine)) return 0;
  harness::MachineDump dump(machine);
  harness::DumpImport found;
  import(dump, {}, found);
  harness::DumpOptions given;
  for (const model::UnitState& unit : machine.units) given.roots.push_back(unit.root & (model::kAddressBits | 3 << 10));
  if (import(dump, given, found)) a_clean_root_is_recognised(dump, found.units.front());
  return 0;
}
