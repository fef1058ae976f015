// SPDX-License-Identifier: Apache-2.0 OR MIT
// The page is mapped shared: it belongs to the file from the moment it is written, and survives SIGKILL.
#include "harness/in_flight.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace vtd::harness {
namespace {

constexpr int kCannotHold = 13;  // the exit code of a harness error

void* map_file(const char* path) {
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return MAP_FAILED;
  void* page = MAP_FAILED;
  errno = posix_fallocate(file, 0, sizeof(InFlightPage));
  if (errno == 0) page = mmap(nullptr, sizeof(InFlightPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return page;
}

}  // namespace

InFlight::InFlight() {
  const char* path = std::getenv("VTDFUZZ_IN_FLIGHT");
  if (path == nullptr || *path == '\0') return;
  void* const page = map_file(path);
  if (page == MAP_FAILED) {
    std::perror(path);
    std::_Exit(kCannotHold);
  }
  page_ = static_cast<InFlightPage*>(page);
  page_->bytes = 0;
  page_->magic = InFlightPage::kMagic;
}

InFlight::~InFlight() {
  if (page_ != nullptr) munmap(page_, sizeof(InFlightPage));
}

// A kill between two of these lines leaves no input, or the whole of it.
InFlight::Run InFlight::hold(std::span<const std::uint8_t> input) {
  if (page_ == nullptr || input.empty() || input.size() > InFlightPage::kMost) return Run(nullptr);
  page_->bytes = 0;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  std::memcpy(page_->input.data(), input.data(), input.size());
  std::atomic_signal_fence(std::memory_order_seq_cst);
  page_->bytes = input.size();
  return Run(page_);
}

InFlight::Run::~Run() {
  if (page_ != nullptr) page_->bytes = 0;
}

std::string read_in_flight(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t magic = 0, bytes = 0;
  file.read(reinterpret_cast<char*>(&magic), sizeof magic);
  file.read(reinterpret_cast<char*>(&bytes), sizeof bytes);
  if (!file || magic != InFlightPage::kMagic || bytes > InFlightPage::kMost) return {};
  std::string input(bytes, '\0');
  return file.read(input.data(), static_cast<std::streamsize>(bytes)) ? input : std::string();
}

}  // namespace vtd::harness
