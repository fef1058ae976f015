// SPDX-License-Identifier: Apache-2.0 OR MIT
// Is this page a root table? What speaks for it and what against, counted, so that a person can judge the judgement.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/dump/dump.h"
#include "model/walk.h"

namespace vtd::harness {

// The cheap filter: nothing but present entries whose other bits are zero (S§9.1, S§9.2), and some of them. One page
// in some ten thousands passes.
bool has_the_shape_of_a_root(const PageWords& page);

// What was seen below a root, if it is one.
struct RootEvidence {
  bool scalable = false;             // read as a root table of scalable mode
  unsigned buses = 0;                // with a context table that has entries as they must be
  unsigned empty = 0;                // context tables without a present entry
  unsigned devices = 0;              // context entries as they must be
  unsigned malformed = 0;            // present, with reserved bits, or a width or type that does not exist
  unsigned stray = 0;                // pointers from root or context entries to where there is no RAM
  unsigned unknown = 0;              // pages that the dump has left out
  unsigned ids = 0, shared_ids = 0;  // domain-ids; those that name more than one table
  unsigned mapping = 0;              // devices with a well-formed table that leads into RAM
  unsigned tables = 0, bad_tables = 0;
  std::uint64_t leaves = 0, leaves_in_ram = 0;
  bool all_read = true;  // false: there was more than could be read in reasonable time

  // As much evidence as the machine gives; nothing that speaks against it outweighs a few devices.
  std::int64_t score() const;
  // One sentence each: what speaks for it, what against.
  std::vector<std::string> in_favour() const, against() const;
};

// Reads tables of any unit: every width and size that the specification knows is legal (S§11.4.2).
model::Rules generous_rules();

class RootScale {
 public:
  explicit RootScale(Dump& dump) : dump_(dump), rules_(generous_rules()) {}

  // By the context tables alone, which is cheap: each page of the dump is read once, however many roots lead to it.
  RootEvidence glance(const PageWords& root);
  // The page tables, too.
  RootEvidence weigh(const PageWords& root);

 private:
  // A page read as a context table, in the better of the two modes.
  struct Contexts {
    InDump there = InDump::no_ram;
    unsigned devices[2] = {}, malformed[2] = {}, stray[2] = {};  // [1]: scalable mode
  };
  struct Space {
    unsigned bad = 0, unknown = 0;
    std::uint64_t leaves = 0, in_ram = 0;
  };
  const Contexts& contexts(model::Address page);
  void count_legacy(const PageWords& words, Contexts& out) const;
  void count_scalable(const PageWords& words, Contexts& out) const;
  RootEvidence read_as(const PageWords& root, bool scalable);
  void weigh_spaces(const PageWords& root, RootEvidence& evidence);
  void descend(model::Address table, unsigned level, std::set<std::pair<model::Address, unsigned>>& seen, Space& space);
  bool ram(model::Address page) const { return is_ram(dump_.ram(), page & model::kAddressBits); }

  Dump& dump_;
  model::Rules rules_;
  std::map<model::Address, Contexts> known_;
  unsigned budget_ = 0;                                                // table pages that may still be read
  std::set<std::pair<model::Address, unsigned>> tables_, bad_tables_;  // of the root that is weighed, by level
};

}  // namespace vtd::harness
