// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pages to steps. The operations for root, context and paging entries can say any entry bit for bit; other tables are
// words.
#include "harness/import/table_steps.h"

#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::kAddressBits;
using model::Op;
namespace operand = model::operand;

struct Run {
  unsigned count = 1;
  uint64_t step = 0;  // from address to address
};

// The longest run from `first` on of entries alike but for the address. `alike(i, j)` compares all else, `address(i)`
// is the address field. Two entries with a gap nobody chose are no run: they read better apart.
template <class Alike, class AddressOf>
Run run_from(unsigned first, unsigned end, uint64_t usual_step, Alike alike, AddressOf address) {
  if (first + 1 >= end || !alike(first, first + 1)) return {};
  Run run{2, address(first + 1) - address(first)};
  while (first + run.count < end && alike(first, first + run.count) &&
         address(first + run.count) - address(first + run.count - 1) == run.step) {
    ++run.count;
  }
  const bool chosen = run.count > 2 || run.step == 0 || run.step == usual_step;
  return chosen ? run : Run{};
}

void append_paging(const CapturedPage& page, model::Scenario& out) {
  const auto address = [&](unsigned i) { return page.words[i] & kAddressBits; };
  const auto alike = [&](unsigned i, unsigned j) {
    return page.words[j] != 0 && ((page.words[i] ^ page.words[j]) & ~kAddressBits) == 0;
  };
  for (unsigned i = 0; i < model::kEntriesPerPage;) {
    if (page.words[i] == 0) {
      ++i;
      continue;
    }
    const uint64_t reach = uint64_t{1} << (model::is_leaf(page.words[i], page.role) ? model::shift_of(page.role) : 12);
    const Run run = run_from(i, model::kEntriesPerPage, reach, alike, address);
    model::Step step = model::make_step(Op::paging, {{operand::pa_at, page.address},
                                                     {operand::pa_index, i},
                                                     {operand::pa_count, run.count},
                                                     {operand::pa_to, address(i)},
                                                     {operand::pa_bits, page.words[i] & ~kAddressBits}});
    if (run.count > 1) step.operand[operand::pa_step] = run.step;
    out.steps.push_back(step);
    i += run.count;
  }
}

// Root and context entries; `make` turns the entry at an index into a step without its run.
template <class Make>
void append_128(const CapturedPage& page, unsigned count_at, unsigned step_at, model::Scenario& out, Make make) {
  const auto low = [&](unsigned i) { return page.words[2 * i]; };
  const auto high = [&](unsigned i) { return page.words[2 * i + 1]; };
  const auto address = [&](unsigned i) { return low(i) & kAddressBits; };
  const auto alike = [&](unsigned i, unsigned j) {
    return (low(j) | high(j)) != 0 && ((low(i) ^ low(j)) & ~kAddressBits) == 0 && high(i) == high(j);
  };
  constexpr unsigned kEntries = model::kEntriesPerPage / 2;
  for (unsigned i = 0; i < kEntries;) {
    if ((low(i) | high(i)) == 0) {
      ++i;
      continue;
    }
    const Run run = run_from(i, kEntries, model::kPageBytes, alike, address);
    model::Step step = make(i, low(i), high(i));
    step.operand[count_at] = run.count;
    step.operand[step_at] = run.step;
    out.steps.push_back(step);
    i += run.count;
  }
}

void append_root(const CapturedPage& page, model::Scenario& out) {
  append_128(page, operand::ro_count, operand::ro_step, out, [&](unsigned bus, uint64_t low, uint64_t high) {
    return model::make_step(Op::root, {{operand::ro_at, page.address},
                                       {operand::ro_bus, bus},
                                       {operand::ro_table, low & kAddressBits},
                                       {operand::ro_bits, low & ~kAddressBits},
                                       {operand::ro_high, high}});
  });
}

void append_context(const CapturedPage& page, model::Scenario& out) {
  constexpr uint64_t kType = 3 << 2, kWidth = 7, kDomain = 0xffff << 8;  // S§9.3
  append_128(page, operand::co_count, operand::co_step, out, [&](unsigned devfn, uint64_t low, uint64_t high) {
    const model::Entry128 entry{low, high};
    return model::make_step(Op::context, {{operand::co_at, page.address},
                                          {operand::co_devfn, devfn},
                                          {operand::co_table, low & kAddressBits},
                                          {operand::co_width, model::width_code(entry)},
                                          {operand::co_type, static_cast<uint64_t>(model::translation_type(entry))},
                                          {operand::co_domain, model::domain_id(entry)},
                                          {operand::co_bits, low & ~kAddressBits & ~kType},
                                          {operand::co_high, high & ~kWidth & ~kDomain}});
  });
}

void append_words(const CapturedPage& page, model::Scenario& out) {
  for (unsigned i = 0; i < model::kEntriesPerPage; ++i) {
    if (page.words[i] == 0) continue;
    out.steps.push_back(
        model::make_step(Op::word, {{operand::w_at, page.address + 8 * i}, {operand::w_value, page.words[i]}}));
  }
}

}  // namespace

void append_table(const CapturedPage& page, model::Scenario& out) {
  if (page.role == model::kRootRole)
    append_root(page, out);
  else if (page.role == model::kContextRole)
    append_context(page, out);
  else if (page.role == 0)
    append_words(page, out);
  else
    append_paging(page, out);
}

}  // namespace vtd::harness
