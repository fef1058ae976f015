// SPDX-License-Identifier: Apache-2.0 OR MIT
// The dead Linux kernel's virtual memory, through its own page tables (x86-64, four or five levels).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/dump/dump.h"

namespace vtd::harness {

// What the kernel tells dump tools, one KEY=VALUE a line (kernel/crash_core.c).
class Vmcoreinfo {
 public:
  explicit Vmcoreinfo(std::string_view text);
  std::optional<std::uint64_t> symbol(const std::string& name) const;  // SYMBOL(name)=hexadecimal
  std::optional<std::uint64_t> number(const std::string& name) const;  // NUMBER(name)=decimal, perhaps negative
  std::string text(const std::string& key) const;

 private:
  std::map<std::string, std::string> values_;
};

class KernelMemory {
 public:
  // Throws InputError when vmcoreinfo does not say where the page tables are.
  KernelMemory(Dump& dump, const Vmcoreinfo& info);

  std::optional<model::Address> physical(std::uint64_t address);
  std::optional<std::uint64_t> word(std::uint64_t address);  // of 8 bytes, on a multiple of 8
  bool bytes(std::uint64_t address, std::span<std::uint8_t> out);

 private:
  bool load(model::Address page);

  Dump& dump_;
  model::Address tables_ = 0;
  unsigned levels_ = 4;
  // The page read last, and the virtual page translated last.
  model::Address page_ = 1;
  PageWords words_{};
  std::uint64_t from_ = 1;
  model::Address to_ = 0;
};

}  // namespace vtd::harness
