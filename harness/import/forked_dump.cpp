// SPDX-License-Identifier: Apache-2.0 OR MIT
// Requests and answers go through a pair of sockets, pages through memory that both processes share: many at once when
// pages are read in order, as a search does.
#include "harness/import/forked_dump.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "harness/input_error.h"

namespace vtd::harness {
namespace {

using model::Address;
using Ranges = std::vector<model::MemoryRange>;

constexpr std::size_t kPagesAtOnce = 256;
constexpr int kPatienceMs = 120'000;  // the largest bitmaps take seconds

struct Shared {
  std::array<InDump, kPagesAtOnce> there;
  std::array<PageWords, kPagesAtOnce> pages;
};

struct Request {
  Address page;
  std::uint64_t count;
};

bool send_all(int socket, const void* data, std::size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t sent = send(socket, at, bytes, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

// False: the other side is gone, or does not answer in time. Negative patience waits for ever.
bool receive_all(int socket, void* data, std::size_t bytes, int patience) {
  char* at = static_cast<char*>(data);
  while (bytes > 0) {
    pollfd wait{socket, POLLIN, 0};
    if (poll(&wait, 1, patience) <= 0) return false;
    const ssize_t got = recv(socket, at, bytes, 0);
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

template <class Items>
bool send_list(int socket, const Items& items) {
  const std::uint64_t count = items.size();
  return send_all(socket, &count, sizeof count) && send_all(socket, items.data(), count * sizeof(items[0]));
}

template <class Items>
bool receive_list(int socket, Items& items) {
  constexpr std::uint64_t kMost = 1 << 28;
  std::uint64_t count = 0;
  if (!receive_all(socket, &count, sizeof count, kPatienceMs) || count > kMost) return false;
  items.resize(count);
  return receive_all(socket, items.data(), count * sizeof(items[0]), kPatienceMs);
}

void serve(int socket, Shared& shared, const std::function<std::unique_ptr<Dump>()>& open) {
  std::string error;
  std::unique_ptr<Dump> dump;
  try {
    dump = open();
  } catch (const InputError& refused) { error = refused.message; }
  if (!send_list(socket, error) || dump == nullptr) return;
  if (!send_list(socket, dump->ram()) || !send_list(socket, dump->held())) return;
  for (Request request{}; receive_all(socket, &request, sizeof request, -1);) {
    for (std::size_t i = 0; i < request.count && i < kPagesAtOnce; ++i)
      shared.there[i] = dump->read(request.page + i * model::kPageBytes, shared.pages[i]);
    if (!send_all(socket, &request, sizeof request)) return;
  }
}

// The sanitizers' reports of a process that may die are nobody's business. What libkdumpfile throws must not leave this
// function: its callers' handlers are the other process's.
[[noreturn]] void be_the_reader(int socket, Shared& shared,
                                const std::function<std::unique_ptr<Dump>()>& open) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) _exit(1);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  serve(socket, shared, open);
  _exit(0);
}

class ForkedDump : public Dump {
 public:
  ForkedDump(const std::string& name, const std::function<std::unique_ptr<Dump>()>& open) : name_(name) {
    std::array<int, 2> ends{};
    void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw InputError{name + ": no memory for the process that reads it"};
    shared_ = static_cast<Shared*>(memory);
    socket_ = ends[0];
    child_ = fork();
    if (child_ == 0) {
      close(ends[0]);
      be_the_reader(ends[1], *shared_, open);
    }
    close(ends[1]);
    if (child_ < 0) throw InputError{name + ": no process can be started to read it"};
    begin();
  }
  ForkedDump(const ForkedDump&) = delete;
  ForkedDump& operator=(const ForkedDump&) = delete;
  ~ForkedDump() override { end(); }

  const Ranges& ram() const override { return ram_; }
  const Ranges& held() const override { return held_; }

  InDump read(Address page, PageWords& words) override {
    if (!is_ram(held_, page)) return is_ram(ram_, page) ? InDump::left_out : InDump::no_ram;
    if (page < first_ || page >= next_) fetch(page);
    const std::size_t at = (page - first_) / model::kPageBytes;
    if (shared_->there[at] == InDump::there) words = shared_->pages[at];
    return shared_->there[at];
  }

 private:
  void begin() {
    std::string error;
    if (!receive_list(socket_, error)) died("opened");
    if (!error.empty()) {
      end();
      throw InputError{error};
    }
    if (!receive_list(socket_, ram_) || !receive_list(socket_, held_)) died("opened");
  }

  void fetch(Address page) {
    Request request{page, page == next_ ? kPagesAtOnce : 1};
    if (!send_all(socket_, &request, sizeof request) || !receive_all(socket_, &request, sizeof request, kPatienceMs))
      died("read");
    first_ = page;
    next_ = page + request.count * model::kPageBytes;
  }

  [[noreturn]] void died(const char* when) {
    end();
    throw InputError{name_ + ": is damaged: libkdumpfile crashed, or did not answer, when it was " + when};
  }

  // Also when construction ends half-way.
  void end() {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    if (socket_ >= 0) close(socket_);
    if (shared_ != nullptr) munmap(shared_, sizeof(Shared));
    child_ = socket_ = -1;
    shared_ = nullptr;
  }

  std::string name_;
  Shared* shared_ = nullptr;
  int socket_ = -1;
  pid_t child_ = -1;
  Ranges ram_, held_;
  Address first_ = 0, next_ = 0;  // pages in shared memory
};

}  // namespace

std::unique_ptr<Dump> forked_dump(const std::string& name, const std::function<std::unique_ptr<Dump>()>& open) {
  return std::make_unique<ForkedDump>(name, open);
}

}  // namespace vtd::harness
