// SPDX-License-Identifier: Apache-2.0 OR MIT
// The engines this build can drive, and what each of them does not promise.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/takeover.h"
#include "properties/judge.h"

namespace vtd::harness {

// A property that an engine's design does not promise, or that it is known to break, with the reason: data, shown by
// `vtdfuzz engines`.
struct Excuse {
  properties::Property property{};
  const char* reason = nullptr;
  const char* what = nullptr;     // only this condition of the property; nullptr: all of it
  const char* finding = nullptr;  // the folder of reports/findings/ that tells of it; nullptr: the design is like that
};

struct EngineEntry {
  const char* name;
  const vtd_engine* (*get)();
  const char* description;
  bool observed;  // compiled with trace-loads, trace-stores
  std::span<const Excuse> excuses;
  bool built_apart = false;  // a library beside this program, loaded when asked for; `get` is nullptr until then
};

std::span<const EngineEntry> engines();
// By name, or by the path of a shared library (contains '/' or ends in ".so"). nullptr: `error` says why and what
// exists.
const EngineEntry* find_engine(std::string_view name, std::string& error);
// Why this build cannot drive an engine: another version of the interface, a function missing. Empty: it can.
std::string why_unusable(const vtd_engine* engine);
// Why findings cannot be hunted: expected is "all", or four-digit numbers of this engine's findings with commas
// between them. Empty: they can.
std::string why_not_hunted(const EngineEntry& entry, std::string_view hunt);
// Tells the judge what the engine does not promise. `hunt` names known findings that are not excused: numbers of
// reports/findings/ with commas between them, or "all".
void excuse(const EngineEntry& entry, properties::Judge& judge, std::string_view hunt = {});

}  // namespace vtd::harness
