// SPDX-License-Identifier: Apache-2.0 OR MIT
// A scenario while it is being drawn: the steps so far, and what later steps must know about earlier ones.
#pragma once

#include <vector>

#include "harness/generate/random_source.h"
#include "model/layout.h"
#include "model/scenario/scenario.h"

namespace vtd::harness {

struct DraftTable {
  model::Address at;
  unsigned role;  // model::kRootRole, kContextRole, 5 to 1
  unsigned unit;  // one of those that reach it
};

struct DraftUnit {
  model::Rules rules;
  model::Address root;
};

struct DraftDevice {
  unsigned unit;
  model::SourceId source;
};

struct Draft {
  explicit Draft(RandomSource& source) : random(source) {}

  void add(model::Op op, std::initializer_list<model::OperandValue> values) {
    scenario.steps.push_back(model::make_step(op, values));
  }
  // The next frame of the pool, remembered with its role.
  model::Address new_table(unsigned role) {
    const model::Address at = new_frame();
    tables.push_back({at, role, unit});
    return at;
  }
  model::Address new_frame() { return model::kPoolBase + model::kPageBytes * frames_used++; }

  RandomSource& random;
  model::Scenario scenario;
  std::vector<DraftUnit> units;
  std::vector<DraftTable> tables;
  std::vector<DraftDevice> devices;  // those that have a context entry
  uint64_t frames_used = 0;
  unsigned unit = 0;    // whose tables are being drawn
  bool silent = false;  // a unit does not carry out all commands

  // Scratch of sketch(): a draft that is used again allocates nothing.
  struct Page {
    model::Address at;
    unsigned roles, unit;  // a bit per role, and the unit that the page was first reached from
  };
  struct Bus {
    model::Address table;
    unsigned unit, number;
  };
  std::vector<Page> pages;
  std::vector<Bus> buses;
  std::vector<model::Step> unit_steps;
};

// CAP and ECAP of a real unit; in one of four cases with one feature that it has not, or without one that it has.
struct Capabilities {
  uint64_t capability, extended;
};
Capabilities draw_capabilities(RandomSource&);

void draw_platform(Draft&);
void draw_tables(Draft&);
void draw_legal(Draft&);                  // something nasty but legal
void draw_malformed(Draft&);              // something malformed, from one of the named places
void draw_calls(Draft&, uint64_t count);  // of act 3
void draw_life(Draft&);                   // the takeover, and calls

}  // namespace vtd::harness
