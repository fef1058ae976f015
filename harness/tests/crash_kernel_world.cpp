// SPDX-License-Identifier: Apache-2.0 OR MIT
// What each call does to devices, domains and pages.
#include "harness/tests/crash_kernel_world.h"

#include <algorithm>
#include <utility>

namespace vtd::harness::test {
namespace {

using model::Op;
using model::Step;
namespace operand = model::operand;

struct Range {
  std::uint64_t first, count;
};
Range range_of(const Step& step) {
  const std::size_t pages = step.op == Op::map ? std::size_t{operand::ma_pages} : std::size_t{operand::um_pages};
  return {step.operand[operand::ma_iova] / model::kPageBytes, step.operand[pages]};
}

}  // namespace

const Device& World::device(const Step& step) const {
  return *std::find_if(devices.begin(), devices.end(),
                       [&](const Device& d) { return d.source == step.operand[operand::a_source]; });
}
Device& World::device(const Step& step) { return const_cast<Device&>(std::as_const(*this).device(step)); }

bool World::makes_sense(const Step& step) const {
  if (step.op == Op::crash_again) return !crashed_again;
  if (step.op == Op::refuse_allocation) return !short_of_memory;
  if (step.op == Op::attach) return !device(step).attached;
  if (!device(step).attached) return false;
  return step.op == Op::detach || step.op == Op::unplug ||
         !domains[static_cast<std::size_t>(device(step).domain)].identity;
}

void World::apply(const Step& step) {
  switch (step.op) {
    case Op::attach: {
      Device& d = device(step);
      d.attached = true;
      if (d.domain != kNone) return;
      d.domain = static_cast<int>(domains.size());
      domains.emplace_back();
      return;
    }
    case Op::detach:
    case Op::unplug:
      return leave(device(step));
    case Op::hand_over:
      return hand_over(device(step));
    case Op::map:
      return map(step);
    case Op::unmap:
      return unmap(step);
    case Op::crash_again:
      return crash();
    default:
      short_of_memory = true;
  }
}

// Nothing is mapped over anything: all of it, or none.
void World::map(const Step& step) {
  auto& pages = domains[static_cast<std::size_t>(device(step).domain)].pages;
  const Range range = range_of(step);
  bool free = true, open = false;
  for (std::uint64_t i = 0; i < range.count; ++i) {
    const auto page = pages.find(range.first + i);
    if (page == pages.end()) continue;
    open |= page->second.where == Where::open;
    free &= page->second.where == Where::absent || page->second.where == Where::open;
  }
  if (!free) return;
  for (std::uint64_t i = 0; i < range.count; ++i) {
    pages[range.first + i] = {step.operand[operand::ma_pa] / model::kPageBytes + i,
                              static_cast<unsigned>(step.operand[operand::ma_access]),
                              open ? Where::open : Where::given};
  }
}

// Only what map made comes off, and only whole.
void World::unmap(const Step& step) {
  auto& pages = domains[static_cast<std::size_t>(device(step).domain)].pages;
  const Range range = range_of(step);
  bool all = true, maybe = true;
  for (std::uint64_t i = 0; i < range.count; ++i) {
    const auto page = pages.find(range.first + i);
    const Where where = page == pages.end() ? Where::absent : page->second.where;
    all &= where == Where::given;
    maybe &= where == Where::given || where == Where::open;
  }
  for (std::uint64_t i = 0; maybe && i < range.count; ++i) {
    if (all)
      pages.erase(range.first + i);
    else
      pages[range.first + i].where = Where::open;
  }
}

void World::leave(Device& device) {
  const int domain = device.domain;
  device = {device.source, kNone};
  const auto of_domain = [&](const Device& d) { return d.domain == domain; };
  const auto stays = [&](const Device& d) { return of_domain(d) && d.attached; };
  auto& pages = domains[static_cast<std::size_t>(domain)].pages;
  const bool deserted = std::none_of(devices.begin(), devices.end(), stays);
  for (auto& [number, page] : pages) {
    if (deserted && page.where == Where::given) page.where = Where::open;
    if (!deserted && page.where == Where::legacy && all_handed_over(domain)) page.where = Where::open;
  }
}

bool World::all_handed_over(int domain) const {
  return std::all_of(devices.begin(), devices.end(),
                     [&](const Device& d) { return d.domain != domain || (d.attached && d.handed_over); });
}

void World::hand_over(Device& device) {
  device.handed_over = true;
  if (!all_handed_over(device.domain)) return;
  auto& pages = domains[static_cast<std::size_t>(device.domain)].pages;
  std::erase_if(pages, [](const auto& page) { return page.second.where == Where::legacy; });
}

// What the tables say now is what the next kernel finds.
void World::crash() {
  crashed_again = true;
  for (Device& device : devices) device.attached = device.handed_over = false;
  for (Domain& domain : domains) {
    for (auto& [number, page] : domain.pages) {
      if (page.where == Where::given) page.where = Where::legacy;
    }
  }
}

std::vector<Step> World::requests() const {
  std::vector<Step> steps;
  const auto expect = [&](const Device& device, std::uint64_t page, unsigned access, bool reaches,
                          std::uint64_t frame) {
    const auto outcome = reaches ? model::DmaOutcome::address : model::DmaOutcome::blocked;
    steps.push_back(model::make_step(Op::dma, {{operand::d_source, device.source},
                                               {operand::d_iova, page * model::kPageBytes},
                                               {operand::d_access, access},
                                               {operand::d_outcome, static_cast<std::uint64_t>(outcome)},
                                               {operand::d_value, reaches ? frame * model::kPageBytes : 0}}));
  };
  for (const Device& device : devices) {
    for (const std::uint64_t number : kPages) {
      Page page;
      if (device.domain != kNone) {
        const Domain& domain = domains[static_cast<std::size_t>(device.domain)];
        const auto found = domain.pages.find(number);
        if (found != domain.pages.end()) page = found->second;
        if (domain.identity) page = {number, 3, Where::legacy};
      }
      // Short of memory any call may have failed; what the old kernel mapped is there all the same.
      if (page.where == Where::open || (short_of_memory && (page.where != Where::legacy || crashed_again))) continue;
      for (const unsigned access : {0u, 1u}) {
        const bool reaches = page.where != Where::absent && (page.access >> access & 1) != 0;
        expect(device, number, access, reaches, page.frame);
      }
    }
  }
  return steps;
}

}  // namespace vtd::harness::test
