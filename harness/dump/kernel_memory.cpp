// SPDX-License-Identifier: Apache-2.0 OR MIT
// A page walk as the processor does it, but for permissions.
#include "harness/dump/kernel_memory.h"

#include <charconv>
#include <cstring>

#include "harness/input_error.h"
#include "model/layout.h"

namespace vtd::harness {
namespace {

using model::Address;

constexpr uint64_t kImage = 0xffffffff80000000;  // where the kernel's image is mapped, before its base is added
constexpr uint64_t kPresent = 1, kLarge = 1 << 7;

std::optional<uint64_t> parsed(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? uint64_t{0} - value : value;
}

}  // namespace

Vmcoreinfo::Vmcoreinfo(std::string_view text) {
  while (!text.empty() && text.front() != '\0') {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (const std::size_t equals = line.find('='); equals != std::string_view::npos)
      values_.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
}

std::string Vmcoreinfo::text(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string() : found->second;
}

std::optional<uint64_t> Vmcoreinfo::symbol(const std::string& name) const {
  return parsed(text("SYMBOL(" + name + ")"), 16);
}

std::optional<uint64_t> Vmcoreinfo::number(const std::string& name) const {
  return parsed(text("NUMBER(" + name + ")"), 10);
}

KernelMemory::KernelMemory(Dump& dump, const Vmcoreinfo& info) : dump_(dump) {
  auto tables = info.symbol("init_top_pgt");
  if (!tables) tables = info.symbol("swapper_pg_dir");
  const auto base = info.number("phys_base");
  if (!tables || !base) throw InputError{"vmcoreinfo does not say where the kernel's page tables are"};
  tables_ = *tables - kImage + *base;
  levels_ = info.number("pgtable_l5_enabled").value_or(0) != 0 ? 5 : 4;
}

bool KernelMemory::load(Address page) {
  if (page == page_) return true;
  page_ = 1;
  if (dump_.read(page, words_) != InDump::there) return false;
  page_ = page;
  return true;
}

std::optional<Address> KernelMemory::physical(uint64_t address) {
  const uint64_t inside = address % model::kPageBytes;
  if (address - inside == from_) return to_ + inside;
  Address table = tables_;
  for (unsigned level = levels_; level > 0; --level) {
    const unsigned shift = model::shift_of(level);
    if (!load(model::page_of(table))) return std::nullopt;
    const uint64_t entry = words_[address >> shift & (model::kEntriesPerPage - 1)];
    if ((entry & kPresent) == 0) return std::nullopt;
    const uint64_t below = (uint64_t{1} << shift) - 1;
    table = entry & model::kAddressBits;
    if (level != 1 && (level > 3 || (entry & kLarge) == 0)) continue;
    from_ = address - inside;
    to_ = (table & ~below) | (from_ & below);
    return to_ + inside;
  }
  return std::nullopt;
}

std::optional<uint64_t> KernelMemory::word(uint64_t address) {
  const std::optional<Address> at = physical(address);
  if (address % 8 != 0 || !at || !load(model::page_of(*at))) return std::nullopt;
  return words_[*at % model::kPageBytes / 8];
}

bool KernelMemory::bytes(uint64_t address, std::span<uint8_t> out) {
  while (!out.empty()) {
    const std::optional<Address> at = physical(address);
    if (!at || !load(model::page_of(*at))) return false;
    const std::size_t inside = *at % model::kPageBytes;
    const std::size_t n = std::min(out.size(), model::kPageBytes - inside);
    std::memcpy(out.data(), reinterpret_cast<const uint8_t*>(words_.data()) + inside, n);
    out = out.subspan(n);
    address += n;
  }
  return true;
}

}  // namespace vtd::harness
