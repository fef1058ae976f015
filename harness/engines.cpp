// SPDX-License-Identifier: Apache-2.0 OR MIT
// The table of linked engines, and loading others.
#include "harness/engines.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "harness/linux_excuses.h"

extern "C" const vtd_engine* vtd_example_engine_get();

namespace vtd::harness {
namespace {

using properties::Property;

#ifdef VTD_OBSERVED
constexpr bool kObserved = true;
#else
constexpr bool kObserved = false;
#endif

constexpr Excuse kExampleExcuses[] = {
    {Property::hazards_are_reported,
     "page tables are not looked at, so writable leaves into crash memory or registers go unseen"},
    {Property::reserved_regions_are_reported, "page tables are not looked at, so it cannot know what they map"},
    {Property::one_id_one_table, "conflicts of domain-ids are not looked for"},
};

const EngineEntry kEngines[] = {
    {"ours", vtd_engine_get, "the engine of this project (engine/)", kObserved, {}},
    {"example", vtd_example_engine_get, "the smallest honest engine, in plain C (harness/engines/example/)", kObserved,
     kExampleExcuses},
    {"linux-6.1", nullptr, "the Linux kernel's driver, Debian's linux-source-6.1 (harness/engines/linux/)", kObserved,
     linux_6_1_excuses(), /*built_apart:*/ true},
    {"linux-6.12", nullptr, "the Linux kernel's driver, Debian's linux-source-6.12 (harness/engines/linux/)", kObserved,
     linux_6_12_excuses(), /*built_apart:*/ true},
};

struct Loaded {
  std::string path, description;
  EngineEntry entry;
};

bool is_path(std::string_view name) { return name.find('/') != std::string_view::npos || name.ends_with(".so"); }

std::string names_of_engines() {
  std::string names;
  for (const EngineEntry& entry : kEngines) names.append(names.empty() ? "" : ", ").append(entry.name);
  return names;
}

// `known` is the table's row of an engine that is built apart, or nullptr.
const EngineEntry* load(const std::string& path, const EngineEntry* known, std::string& error) {
  static std::map<std::string, std::unique_ptr<Loaded>> all;  // an engine stays loaded: its code may be in a trace
  if (const auto found = all.find(path); found != all.end()) return &found->second->entry;
  // A bare name means the file here, not one of the system's libraries.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    error = "cannot load engine '" + path + "': " + dlerror();
    return nullptr;
  }
  const auto get = reinterpret_cast<const vtd_engine* (*)()>(dlsym(library, "vtd_engine_get"));
  const vtd_engine* const engine = get != nullptr ? get() : nullptr;
  error = get == nullptr ? "it exports no vtd_engine_get" : why_unusable(engine);
  if (!error.empty()) {
    error = "engine '" + path + "': " + error;
    dlclose(library);
    return nullptr;
  }
  auto loaded = std::make_unique<Loaded>();
  loaded->path = path;
  loaded->description = std::string("loaded: ") + engine->name;
  const bool observed = dlsym(library, "__sanitizer_cov_load8") != nullptr;
  loaded->entry = {loaded->path.c_str(), get, loaded->description.c_str(), observed, {}};
  if (known != nullptr) loaded->entry = {known->name, get, known->description, observed, known->excuses, true};
  return &all.emplace(path, std::move(loaded)).first->second->entry;
}

const EngineEntry* load_built_apart(const EngineEntry& entry, std::string& error) {
  namespace fs = std::filesystem;
  const fs::path build = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  const fs::path library = build / "lib" / (std::string("engine-") + entry.name + ".so");
  if (fs::exists(library)) return load(library.string(), &entry, error);
  error = std::string("engine '") + entry.name + "' is not built: run ci/setup --linux, then cmake --build " +
          fs::proximate(build).string() + " --target " + entry.name;
  return nullptr;
}

constexpr std::size_t kNumberDigits = 4;

std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  for (std::size_t at = 0; at <= list.size(); at += items.back().size() + 1)
    items.push_back(list.substr(at, list.find(',', at) - at));
  return items;
}

// Is "0002-what-it-is" among "0001,0002", or everything wanted?
bool names(std::string_view list, std::string_view finding) {
  const std::vector<std::string_view> items = items_of(list);
  return list == "all" || std::find(items.begin(), items.end(), finding.substr(0, kNumberDigits)) != items.end();
}

// Have two excuses of a property a condition in common? nullptr: all conditions.
bool overlap(const char* a, const char* b) { return a == nullptr || b == nullptr || std::strcmp(a, b) == 0; }

}  // namespace

std::span<const EngineEntry> engines() { return kEngines; }

std::string why_unusable(const vtd_engine* engine) {
  if (engine == nullptr) return "vtd_engine_get answers nothing";
  if (engine->abi != VTD_ABI) {
    return "it was built for version " + std::to_string(engine->abi) + " of engine/takeover.h, expected " +
           std::to_string(VTD_ABI);
  }
  if (engine->size != sizeof(vtd_engine)) {
    return "its struct vtd_engine has " + std::to_string(engine->size) + " bytes, expected " +
           std::to_string(sizeof(vtd_engine));
  }
  if (engine->name == nullptr) return "it has no name";
  const bool takes_over = engine->boot && engine->copy && engine->commit && engine->audit && engine->report &&
                          engine->finding && engine->root && engine->domain_ids && engine->shutdown && engine->reset;
  if (!takes_over) return "a function that every engine needs is missing";
  const bool adopts = engine->attach && engine->detach && engine->unplug && engine->hand_over && engine->map &&
                      engine->unmap && engine->find_iova && engine->next_range;
  const bool claimed = (engine->features & VTD_FEATURE_ADOPTS) != 0;
  return adopts || !claimed ? "" : "it claims adoption, and a function of it is missing";
}

const EngineEntry* find_engine(std::string_view name, std::string& error) {
  for (const EngineEntry& entry : kEngines) {
    if (name == entry.name) return entry.built_apart ? load_built_apart(entry, error) : &entry;
  }
  if (is_path(name)) return load(std::string(name), nullptr, error);
  error = "unknown engine '" + std::string(name) + "', expected one of " + names_of_engines() +
          ", or the path of a shared library";
  return nullptr;
}

std::string why_not_hunted(const EngineEntry& entry, std::string_view hunt) {
  if (hunt.empty()) return {};
  std::set<std::string_view> known;
  for (const Excuse& e : entry.excuses)
    if (e.finding != nullptr) known.insert(std::string_view(e.finding).substr(0, kNumberDigits));
  if (known.empty()) return std::string(entry.name) + " has no known findings";
  std::string all;
  for (const std::string_view number : known) all.append(all.empty() ? "" : ", ").append(number);
  for (const std::string_view item : items_of(hunt))
    if (hunt != "all" && !known.contains(item))
      return "no finding '" + std::string(item) + "' of " + entry.name + ", expected all or numbers of " + all;
  return {};
}

void excuse(const EngineEntry& entry, properties::Judge& judge, std::string_view hunt) {
  // The conditions that a hunted finding breaks are open, whoever else would excuse them.
  const auto open = [&](const Excuse& e) {
    return std::any_of(entry.excuses.begin(), entry.excuses.end(), [&](const Excuse& hunted) {
      const bool known = e.finding != nullptr && hunted.finding != nullptr && names(hunt, hunted.finding);
      return known && hunted.property == e.property && overlap(hunted.what, e.what);
    });
  };
  for (const Excuse& e : entry.excuses) {
    if (!open(e)) judge.excuse(e.property, e.what);
  }
}

}  // namespace vtd::harness
