// SPDX-License-Identifier: Apache-2.0 OR MIT
// QEMU's qtest protocol: register and port accesses in order. Commands are collected and sent together, because a round
// trip costs as much as a dozen accesses.
#pragma once

#include <string>
#include <vector>

#include "harness/qemu/process.h"
#include "model/address.h"

namespace vtd::harness::qemu {

class Qtest {
 public:
  explicit Qtest(Process& process) : process_(process) {}

  // Collected. `read` answers its place among the values of the next run().
  void write(model::Address at, uint64_t value, unsigned bytes);
  std::size_t read(model::Address at, unsigned bytes);
  void port_write(unsigned port, uint32_t value);

  // Carries all of it out. What the reads gave, valid until the next run.
  const std::vector<uint64_t>& run();
  uint64_t read_now(model::Address at, unsigned bytes);
  void write_now(model::Address at, uint64_t value, unsigned bytes);

 private:
  void command(const char* verb, char suffix, uint64_t at);
  void append_hex(uint64_t value);
  void receive(std::size_t answers);
  std::size_t take_lines();
  void take_line(std::string_view line);

  Process& process_;
  std::string out_, in_;
  std::size_t commands_ = 0, reads_ = 0;
  std::vector<uint64_t> values_;
};

}  // namespace vtd::harness::qemu
