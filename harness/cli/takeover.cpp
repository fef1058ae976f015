// SPDX-License-Identifier: Apache-2.0 OR MIT
// `vtdfuzz takeover`: takes a machine over and says what was there, what was copied, and what a person should know.

#include <fmt/core.h>

#include <map>
#include <memory>
#include <set>

#include "harness/cli/command.h"
#include "harness/cli/figures.h"
#include "harness/cli/load.h"
#include "harness/cli/session.h"

namespace vtd::harness::cli {
namespace {

using model::Claim;
using model::ClaimKind;
using model::Survey;
using model::SurveyedDevice;

struct TakeoverArguments {
  std::string file;
  EngineOptions engine;
  bool json = false;
};

class Takeover {
 public:
  explicit Takeover(const TakeoverArguments& o) : o_(o), session_(o.engine.engine) {}

  int run() {
    const Loaded loaded = load(o_.file);
    result_ = take_over(session_, loaded.scenario, o_.engine, o_.file);
    surveys_ = surveys_before(session_.runner());
    o_.json ? print_as_json() : print_as_text();
    if (result_.status != 0) fmt::print(stderr, "vtdfuzz: {}: {}\n", o_.file, refusal_text(result_));
    if (result_.verdict == Verdict::broken)
      fmt::print(stderr, "{}",
                 failure_message(session_.runner(), loaded.scenario, session_.engine(),
                                 options_for(Extent::takeover_only, o_.engine.strategy),
                                 replay_command(o_.engine.engine, o_.engine.strategy, o_.file)));
    return static_cast<int>(result_.verdict == Verdict::held && result_.status != 0 ? Verdict::rejected
                                                                                    : result_.verdict);
  }

 private:
  const model::Claims& claims() { return session_.runner().claims(); }

  std::uint64_t crash_bytes() {
    const model::Memory& memory = session_.runner().machine().memory;
    return memory.has_crash(0) ? memory.crash(0).last - memory.crash(0).first + 1 : 0;
  }

  // --- JSON ------------------------------------------------------------------------------------------------------
  void print_as_json() {
    std::array<std::uint64_t, 8> tables{};
    std::uint64_t distinct = 0, mapped = 0, superpages = 0;
    std::set<model::DomainId> ids;
    Json devices = Json::array(), units = Json::array();
    for (unsigned u = 0; u < surveys_.size(); ++u) {
      const Survey& s = surveys_[u];
      for (unsigned role = 1; role <= model::kRootRole; ++role) tables[role] += s.table_pages[role];
      distinct += s.distinct_table_pages;
      superpages += s.superpages;
      ids.insert(s.domain_ids.begin(), s.domain_ids.end());
      for (const model::Space& space : s.spaces) mapped += space.mapped_bytes;
      for (const SurveyedDevice& device : s.devices) devices.push_back(device_json(s, device, u));
      units.push_back(unit_json(u));
    }
    Json json = {{"file", o_.file}, {"engine", o_.engine.engine}, {"verdict", verdict_name(result_.verdict)}};
    json["refused"] = result_.status == 0
                          ? Json()
                          : Json{{"status", status_name(result_.status)}, {"reason", status_meaning(result_.status)}};
    json.update({{"table_pages", tables_json(tables)},
                 {"distinct_table_pages", distinct},
                 {"domain_ids", ids},
                 {"devices", devices},
                 {"units", units},
                 {"mapped_bytes", mapped},
                 {"superpages", superpages}});
    if (result_.status == 0) add_copies(json);
    print_json(json);
  }

  Json unit_json(unsigned u) {
    const Survey& s = surveys_[u];
    return {{"unit", u},
            {"root", hex(session_.runner().before()[u].root)},
            {"new_root", u < claims().units.size() ? Json(hex(claims().units[u].root)) : Json()},
            {"domain_ids", s.domain_ids}};
  }

  void add_copies(Json& json) {
    json.update({{"strategy", model::strategy_name(claims().strategy)},
                 {"tables_copied", tables_json(copied_tables(claims()))},
                 {"pages_used", claims().pages_used},
                 {"crash_memory_bytes", crash_bytes()},
                 {"hazards", findings_json(claims(), ClaimKind::hazard)},
                 {"quarantined", findings_json(claims(), ClaimKind::quarantined)},
                 {"conflicts", findings_json(claims(), ClaimKind::conflict)},
                 {"unmapped_regions", findings_json(claims(), ClaimKind::reserved_unmapped)}});
  }

  // --- text ------------------------------------------------------------------------------------------------------
  void print_as_text() {
    fmt::print("{}: {}\n", o_.file,
               result_.status == 0
                   ? fmt::format("taken over by {}, {}", o_.engine.engine, model::strategy_name(claims().strategy))
                   : refusal_text(result_));
    for (unsigned u = 0; u < surveys_.size(); ++u) print_unit(u);
    if (result_.status != 0) return;
    const std::uint64_t used = claims().pages_used * model::kPageBytes;
    fmt::print("\ncopied       {}\n", tables_text(copied_tables(claims())));
    fmt::print("memory       {} ({}) of {} of crash memory\n", count_of(claims().pages_used, "page"),
               size_of_bytes(used), size_of_bytes(crash_bytes()));
    print_findings("hazards", ClaimKind::hazard);
    print_findings("quarantined", ClaimKind::quarantined);
    print_findings("conflicts", ClaimKind::conflict);
    print_findings("unmapped", ClaimKind::reserved_unmapped);
  }

  void print_unit(unsigned u) {
    const Survey& s = surveys_[u];
    std::uint64_t mapped = 0, ranges = 0;
    for (const model::Space& space : s.spaces) {
      mapped += space.mapped_bytes;
      ranges += space.ranges;
    }
    const bool switched = result_.status == 0 && u < claims().units.size();
    fmt::print("\nunit {}       root {}{}\n", u, hex(session_.runner().before()[u].root),
               switched ? fmt::format(", now {}", hex(claims().units[u].root)) : "");
    fmt::print("tables       {}\n", tables_text(s.table_pages));
    fmt::print("domain-ids   {}\n", s.domain_ids.empty()
                                        ? "none"
                                        : fmt::format("{} reserved: {}", s.domain_ids.size(), ids_text(s.domain_ids)));
    fmt::print("mapped       {} in {}, {}\n", size_of_bytes(mapped), count_of(ranges, "range"),
               count_of(s.superpages, "superpage"));
    fmt::print("devices      {}\n", s.devices.size());
    for (const SurveyedDevice& device : s.devices) fmt::print("  {}\n", device_line(s, device));
  }

  static std::string device_line(const Survey& s, const SurveyedDevice& d) {
    std::string what;
    if (d.verdict == model::Verdict128::reserved)
      what = "reserved bits set: every request faults";
    else if (d.verdict == model::Verdict128::invalid)
      what = "width or type that the unit does not support: every request faults";
    else if (d.verdict == model::Verdict128::pass_through)
      what = "pass-through";
    else if (d.space == SurveyedDevice::kNoSpace)
      what = "its table cannot be read";
    else if (const model::Space& space = s.spaces[d.space]; space.ranges == 0)
      what = "nothing mapped";
    else
      what = fmt::format("{:<10} in {}: {}", size_of_bytes(space.mapped_bytes), count_of(space.ranges, "range"),
                         leaves_text(space));
    return fmt::format(
        "{}  domain {:<5} {:<6}  {}{}", source_name(d.source), model::domain_id(d.entry),
        width_name(model::width_code(d.entry)), what,
        model::translation_type(d.entry) == model::TranslationType::with_device_tlb ? ", device-TLB" : "");
  }

  void print_findings(const char* title, ClaimKind kind) {
    std::map<model::Reason, std::vector<const Claim*>> by_reason;
    for (const Claim& claim : claims().findings)
      if (claim.kind == kind) by_reason[claim.reason].push_back(&claim);
    if (by_reason.empty()) fmt::print("{:<12} none\n", title);
    for (const auto& [reason, list] : by_reason) {
      fmt::print("{:<12} {} x {}:", title, list.size(), model::reason_name(reason));
      constexpr std::size_t kMost = 8;
      for (std::size_t i = 0; i < std::min(list.size(), kMost); ++i)
        fmt::print("{} {}", i == 0 ? "" : ",", place(*list[i]));
      fmt::print("{}\n", list.size() > kMost ? fmt::format(" and {} more (--json has all)", list.size() - kMost) : "");
      title = "";
    }
  }

  static std::string place(const Claim& c) {
    std::string device = c.source == 0xffffffff ? "" : source_name(c.source);
    if (c.kind == ClaimKind::conflict)
      return fmt::format("domain {}{}{}", c.domain_id, device.empty() ? "" : " at ", device);
    if (c.kind == ClaimKind::reserved_unmapped) return fmt::format("{} {}", device, hex(c.value));
    if (c.kind == ClaimKind::hazard && !device.empty()) return device;
    return fmt::format("{}{}{} entry {}", device, device.empty() ? "" : " ", role_name(c.role), hex(c.entry));
  }

  const TakeoverArguments& o_;
  Session session_;
  RunResult result_;
  std::vector<Survey> surveys_;
};

}  // namespace

void add_takeover(CLI::App& app, int& code) {
  CLI::App* command = app.add_subcommand("takeover", "Take a machine over and print a summary");
  auto o = std::make_shared<TakeoverArguments>();
  command->add_option("FILE", o->file, "The scenario")->required();
  add_engine_options(*command, o->engine, /*with_both=*/false);
  command->add_flag("--json", o->json, "One JSON object on standard output");
  command->footer(
      "Examples:\n  vtdfuzz takeover corpus/real/cm48.vtd\n  vtdfuzz takeover --strategy shallow --json "
      "corpus/real/pt48.vtd");
  command->callback([o, &code] { code = Takeover(*o).run(); });
}

}  // namespace vtd::harness::cli
