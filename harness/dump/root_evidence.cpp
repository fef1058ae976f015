// SPDX-License-Identifier: Apache-2.0 OR MIT
// What evidence is worth, and how it is told.
#include <string>

#include "harness/dump/weigh_root.h"

namespace vtd::harness {
namespace {

std::string count(uint64_t n, const std::string& singular, const std::string& plural) {
  return std::to_string(n) + ' ' + (n == 1 ? singular : plural);
}

}  // namespace

// A device counts for one, with a table that maps RAM for three, and each bus for one more; what a kernel never writes
// counts against it, so that one chance hit cannot outweigh it, and one bit that flipped does not hide a true root.
std::int64_t RootEvidence::score() const {
  const std::int64_t good = std::int64_t{devices} + 2 * std::int64_t{mapping} + buses + ids;
  const std::int64_t bad =
      2 * std::int64_t{malformed} + 2 * std::int64_t{stray} + 2 * std::int64_t{shared_ids} + bad_tables + empty;
  return good - bad;
}

std::vector<std::string> RootEvidence::in_favour() const {
  std::vector<std::string> reasons;
  if (devices != 0)
    reasons.push_back(count(devices, "context entry", "context entries") + " on " + count(buses, "bus", "buses") +
                      (malformed == 0 ? ", every reserved bit zero" : " as they must be"));
  if (ids != 0 && shared_ids == 0)
    reasons.push_back(count(ids, "domain-id, with one table", "domain-ids, each with one table"));
  if (tables != 0 && bad_tables == 0)
    reasons.push_back(count(tables, "page table", "page tables") + ", all well formed");
  if (leaves != 0)
    reasons.push_back(count(leaves, "mapping", "mappings") + ", " + std::to_string(leaves_in_ram) +
                      " of them into RAM");
  if (scalable) reasons.emplace_back("context entries of scalable mode");
  return reasons;
}

std::vector<std::string> RootEvidence::against() const {
  std::vector<std::string> reasons;
  if (malformed != 0)
    reasons.push_back(count(malformed, "context entry", "context entries") +
                      " with reserved bits, or with a width or type that does not exist");
  if (stray != 0) reasons.push_back(count(stray, "pointer", "pointers") + " to where there is no RAM");
  if (shared_ids != 0) reasons.push_back(count(shared_ids, "domain-id", "domain-ids") + " with more than one table");
  if (bad_tables != 0)
    reasons.push_back(count(bad_tables, "page table", "page tables") + " with reserved bits, or where there is no RAM");
  if (empty != 0) reasons.push_back(count(empty, "context table", "context tables") + " without a device");
  if (unknown != 0) reasons.push_back(count(unknown, "table", "tables") + " that the dump has left out");
  if (!all_read) reasons.emplace_back("more tables than were read");
  return reasons;
}

}  // namespace vtd::harness
