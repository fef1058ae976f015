// SPDX-License-Identifier: Apache-2.0 OR MIT
// Names are compressed: a length, then bytes that each stand for a token. The first letter is the symbol's type.
#include "harness/dump/kernel_symbols.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/input_error.h"

namespace vtd::harness {
namespace {

constexpr uint64_t kSymbolsMost = 4'000'000;  // ten times what kernels have
constexpr std::size_t kTokenBytesMost = 65536;

std::optional<uint64_t> address_in_text(std::string_view text, const std::string& name) {
  const std::string ending = ' ' + name;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.ends_with(ending)) continue;
    uint64_t value = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), value, 16).ec == std::errc()) return value;
  }
  return std::nullopt;
}

// The compressed names one after the other.
class Names {
 public:
  Names(KernelMemory& memory, uint64_t names, uint64_t table, uint64_t index) : memory_(memory), at_(names) {
    std::array<uint8_t, 512> places{};
    known_ = memory.bytes(index, places);
    for (unsigned i = 0; known_ && i < tokens_.size(); ++i) {
      const auto place = static_cast<unsigned>(places[2 * i] | places[2 * i + 1] << 8);
      for (std::size_t n = 0; n + place < kTokenBytesMost; ++n) {
        uint8_t c = 0;
        known_ = known_ && memory.bytes(table + place + n, {&c, 1});
        if (!known_ || c == 0) break;
        tokens_[i] += static_cast<char>(c);
      }
    }
  }

  bool known() const { return known_; }
  // False: the table ends, or is no table.
  bool next(std::string& name) {
    name.clear();
    uint8_t low = 0, high = 0;
    if (!take(low)) return false;
    std::size_t bytes = low;
    if ((low & 0x80) != 0) {  // long names, since Linux 6.1
      if (!take(high)) return false;
      bytes = (low & 0x7fu) | std::size_t{high} << 7;
    }
    for (; bytes > 0; --bytes) {
      uint8_t token = 0;
      if (!take(token)) return false;
      if (name.size() < 512) name += tokens_[token];
    }
    return !name.empty();
  }

 private:
  bool take(uint8_t& byte) {
    if (next_ == block_.size()) {
      // Blocks end with their page, so that a name at the end of memory can be read.
      const std::size_t bytes = std::min<std::size_t>(block_.size(), model::kPageBytes - at_ % model::kPageBytes);
      next_ = block_.size() - bytes;
      if (!memory_.bytes(at_, std::span(block_).subspan(next_))) return false;
      at_ += bytes;
    }
    byte = block_[next_++];
    return true;
  }

  KernelMemory& memory_;
  uint64_t at_;
  bool known_ = false;
  std::array<std::string, 256> tokens_;
  std::array<uint8_t, 256> block_{};
  std::size_t next_ = block_.size();
};

std::optional<uint32_t> number_at(KernelMemory& memory, uint64_t address) {
  std::array<uint8_t, 4> bytes{};
  if (!memory.bytes(address, bytes)) return std::nullopt;
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

// Offsets below zero count down from the base: with CONFIG_KALLSYMS_ABSOLUTE_PERCPU only those are addresses of the
// image.
std::optional<uint64_t> address_of(KernelMemory& memory, const Vmcoreinfo& info, uint64_t number) {
  const auto offsets = info.symbol("kallsyms_offsets"), base_at = info.symbol("kallsyms_relative_base");
  if (!offsets || !base_at) return std::nullopt;
  const auto base = memory.word(*base_at);
  const auto offset = number_at(memory, *offsets + 4 * number);
  if (!base || !offset) return std::nullopt;
  const bool down = (*offset >> 31) != 0;
  return down ? *base + static_cast<uint32_t>(~*offset) : *base + *offset;
}

}  // namespace

std::optional<uint64_t> symbol_in_text(std::string_view text, const std::string& name, const Vmcoreinfo& info) {
  if (text.empty()) return std::nullopt;
  const auto there = address_in_text(text, name);
  if (!there) throw InputError{"the symbols have no " + name + ": expected lines of address, type and name"};
  if (*there == 0) throw InputError{"the symbols have no addresses: /proc/kallsyms shows them to root only"};
  const auto then = address_in_text(text, "_stext"), now = info.symbol("_stext");
  if (!then || !now)
    throw InputError{std::string(then ? "vmcoreinfo has" : "the symbols have") +
                     " no _stext, so nobody knows how far the kernel was moved"};
  return *there + (*now - *then);
}

std::optional<uint64_t> symbol_in_dump(KernelMemory& memory, const std::string& name, const Vmcoreinfo& info) {
  const auto names_at = info.symbol("kallsyms_names"), table = info.symbol("kallsyms_token_table");
  const auto index = info.symbol("kallsyms_token_index"), count_at = info.symbol("kallsyms_num_syms");
  if (!names_at || !table || !index || !count_at) return std::nullopt;
  const auto count = number_at(memory, *count_at);
  Names names(memory, *names_at, *table, *index);
  if (!count || !names.known()) return std::nullopt;
  std::string symbol;
  for (uint64_t i = 0; i < std::min<uint64_t>(*count, kSymbolsMost) && names.next(symbol); ++i)
    if (std::string_view(symbol).substr(1) == name) return address_of(memory, info, i);
  return std::nullopt;
}

}  // namespace vtd::harness
