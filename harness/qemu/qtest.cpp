// SPDX-License-Identifier: Apache-2.0 OR MIT
// Text over a socket. Sending and receiving take turns, so that neither side waits for the other with a full buffer.
#include "harness/qemu/qtest.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <charconv>
#include <stdexcept>

namespace vtd::harness::qemu {
namespace {

constexpr int kPatienceMs = 60'000;  // no command takes a thousandth of that
constexpr std::size_t kChunk = 65536;

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

void Qtest::receive(std::size_t& answered) {
  const std::size_t had = in_.size();
  in_.resize(had + kChunk);
  const ssize_t got = recv(process_.qtest(), in_.data() + had, kChunk, MSG_DONTWAIT);
  if (got <= 0) process_.gone();
  in_.resize(had + static_cast<std::size_t>(got));
  std::size_t start = 0;
  for (std::size_t end; (end = in_.find('\n', start)) != std::string::npos; start = end + 1, ++answered)
    take_line(std::string_view(in_).substr(start, end - start));
  in_.erase(0, start);
}

const std::vector<uint64_t>& Qtest::run() {
  values_.clear();
  std::size_t sent = 0, answered = 0;
  while (answered < commands_) {
    pollfd wait{process_.qtest(), static_cast<short>(sent < out_.size() ? POLLIN | POLLOUT : POLLIN), 0};
    if (poll(&wait, 1, kPatienceMs) <= 0) throw std::runtime_error("qtest: QEMU does not answer");
    if ((wait.revents & POLLIN) != 0) {
      receive(answered);
    } else if ((wait.revents & POLLOUT) != 0) {
      const ssize_t took = send(process_.qtest(), out_.data() + sent, out_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (took <= 0) process_.gone();
      sent += static_cast<std::size_t>(took);
    } else {
      process_.gone();
    }
  }
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
