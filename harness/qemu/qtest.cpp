// SPDX-License-Identifier: Apache-2.0 OR MIT
// Text over a socket: a line for each command, a line for each answer.
#include "harness/qemu/qtest.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <charconv>
#include <stdexcept>

namespace vtd::harness::qemu {
namespace {

constexpr std::size_t kLeastAnswer = 3;  // "OK" and the end of the line

char suffix_of(unsigned bytes) {
  switch (bytes) {
    case 1:
      return 'b';
    case 2:
      return 'w';
    case 4:
      return 'l';
    default:
      return 'q';
  }
}

}  // namespace

void Qtest::append_hex(uint64_t value) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, value, 16).ptr;
  out_ += " 0x";
  out_.append(text, end);
}

void Qtest::command(const char* verb, char suffix, uint64_t at) {
  out_ += verb;
  out_ += suffix;
  append_hex(at);
  ++commands_;
}

void Qtest::write(model::Address at, uint64_t value, unsigned bytes) {
  command("write", suffix_of(bytes), at);
  append_hex(value);
  out_ += '\n';
}

std::size_t Qtest::read(model::Address at, unsigned bytes) {
  command("read", suffix_of(bytes), at);
  out_ += '\n';
  return reads_++;
}

void Qtest::port_write(unsigned port, uint32_t value) {
  command("out", 'l', port);
  append_hex(value);
  out_ += '\n';
}

// "OK" for a write, "OK 0x0123" for a read; anything else is a mistake of ours.
void Qtest::take_line(std::string_view line) {
  if (!line.starts_with("OK")) throw std::runtime_error(fmt::format("qtest: QEMU answers \"{}\"", line));
  if (line.size() <= 5) return;
  uint64_t value = 0;
  std::from_chars(line.data() + 5, line.data() + line.size(), value, 16);
  values_.push_back(value);
}

// Waits for as much as is still to come at least: QEMU sends every answer by itself.
void Qtest::receive(std::size_t answers) {
  const std::size_t had = in_.size(), least = (answers - 1) * kLeastAnswer + 1;  // of the first, some may be here
  in_.resize(had + least);
  const ssize_t got = recv(process_.qtest(), in_.data() + had, least, MSG_WAITALL);
  if (got < 0) throw std::runtime_error("qtest: QEMU does not answer");
  if (got == 0) process_.gone();
  in_.resize(had + static_cast<std::size_t>(got));
}

std::size_t Qtest::take_lines() {
  std::size_t start = 0, lines = 0;
  for (std::size_t end; (end = in_.find('\n', start)) != std::string::npos; start = end + 1, ++lines)
    take_line(std::string_view(in_).substr(start, end - start));
  in_.erase(0, start);
  return lines;
}

// What is collected fits into the socket's buffer, so neither side waits for the other with a full one.
const std::vector<uint64_t>& Qtest::run() {
  values_.clear();
  for (std::size_t sent = 0; sent < out_.size();) {
    const ssize_t took = send(process_.qtest(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (took <= 0) process_.gone();
    sent += static_cast<std::size_t>(took);
  }
  for (std::size_t missing = commands_; missing > 0; missing -= take_lines()) receive(missing);
  out_.clear();
  commands_ = reads_ = 0;
  return values_;
}

uint64_t Qtest::read_now(model::Address at, unsigned bytes) {
  const std::size_t place = read(at, bytes);
  return run()[place];
}

void Qtest::write_now(model::Address at, uint64_t value, unsigned bytes) {
  write(at, value, bytes);
  run();
}

}  // namespace vtd::harness::qemu
