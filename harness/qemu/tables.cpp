// SPDX-License-Identifier: Apache-2.0 OR MIT
// Down from the root, each page once for each role. In scalable mode by way of PASID directories and tables, of which
// only the second-stage pointers are followed (S§9.4-9.6).
#include "harness/qemu/tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "model/layout.h"

namespace vtd::harness::qemu {
namespace {

using model::Address;

constexpr unsigned kOther = 0;  // a table whose entries the scenario language does not name

class Collector {
 public:
  Collector(GuestMemory& memory, Capture& out) : memory_(memory), out_(out) {}

  void root(uint64_t register_value) {
    const bool scalable = (register_value >> 10 & 3) == 1;
    const uint64_t* const entries = take(register_value, model::kRootRole);
    for (unsigned i = 0; entries != nullptr && i < 256; ++i) {
      if (scalable) {
        for (unsigned half = 0; half < 2; ++half)
          if ((entries[2 * i + half] & 1) != 0) scalable_contexts(entries[2 * i + half]);
      } else if ((entries[2 * i] & 1) != 0) {
        contexts(entries[2 * i]);
      }
    }
  }

 private:
  // nullptr: no RAM, or taken before.
  const uint64_t* take(Address entry, unsigned role) {
    const Address page = entry & model::kAddressBits;
    const uint64_t* const words = memory_.words(page);
    if (words == nullptr || !seen_.insert({page, role}).second) return nullptr;
    CapturedPage& taken = out_.pages.emplace_back();
    taken.address = page;
    taken.role = role;
    std::copy_n(words, model::kEntriesPerPage, taken.words.begin());
    return words;
  }

  void contexts(Address table) {
    const uint64_t* const words = take(table, model::kContextRole);
    for (unsigned i = 0; words != nullptr && i < 256; ++i) {
      const model::Entry128 entry{words[2 * i], words[2 * i + 1]};
      if (!model::present(entry) || model::translation_type(entry) == model::TranslationType::pass_through) continue;
      paging(entry.low, 2 + model::width_code(entry));
    }
  }

  // 128 entries of 32 bytes: PASID directory, of which the kernel uses the first page.
  void scalable_contexts(Address table) {
    const uint64_t* const words = take(table, kOther);
    for (unsigned i = 0; words != nullptr && i < model::kEntriesPerPage; i += 4)
      if ((words[i] & 1) != 0) pasid_directory(words[i]);
  }
  void pasid_directory(Address table) {
    const uint64_t* const words = take(table, kOther);
    for (unsigned i = 0; words != nullptr && i < model::kEntriesPerPage; ++i)
      if ((words[i] & 1) != 0) pasid_table(words[i]);
  }
  void pasid_table(Address table) {
    constexpr uint64_t kSecondStage = 2;  // PGTT
    const uint64_t* const words = take(table, kOther);
    for (unsigned i = 0; words != nullptr && i < model::kEntriesPerPage; i += 8)
      if ((words[i] & 1) != 0 && (words[i] >> 6 & 7) == kSecondStage)
        paging(words[i], 2 + static_cast<unsigned>(words[i] >> 2 & 7));
  }

  void paging(Address table, unsigned level) {
    const uint64_t* const words = take(table, level);
    for (unsigned i = 0; words != nullptr && i < model::kEntriesPerPage; ++i)
      if ((words[i] & 3) != 0 && !model::is_leaf(words[i], level)) paging(words[i], level - 1);
  }

  GuestMemory& memory_;
  Capture& out_;
  std::set<std::pair<Address, unsigned>> seen_;
};

}  // namespace

Capture capture_tables(GuestMemory& memory, Qtest& qtest, Address registers) {
  Capture out;
  const auto read = [&](unsigned offset, unsigned width) { return qtest.read_now(registers + offset, width); };
  out.registers = registers;
  out.version = read(0x00, 4);
  out.capability = read(0x08, 8);
  out.extended = read(0x10, 8);
  out.status = read(0x1c, 4);
  out.root = read(0x20, 8);
  out.faults = read(0x34, 4);
  out.head = read(0x80, 8);
  out.tail = read(0x88, 8);
  out.queue = read(0x90, 8);
  out.interrupt_table = read(0xb8, 8);
  Collector(memory, out).root(out.root);
  return out;
}

}  // namespace vtd::harness::qemu
