// SPDX-License-Identifier: Apache-2.0 OR MIT
// The page of counters is mapped shared, so nothing has to be written out and nothing is lost.
#include "harness/stats.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <new>

namespace vtd::harness {
namespace {

constexpr Verdict kOrder[kVerdicts] = {Verdict::held,         Verdict::rejected,    Verdict::broken,
                                       Verdict::engine_crash, Verdict::model_error, Verdict::harness_error,
                                       Verdict::spent};

void* map_file(const char* path) {
  const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return MAP_FAILED;
  void* page = MAP_FAILED;
  if (ftruncate(file, sizeof(StatsPage)) == 0) {
    page = mmap(nullptr, sizeof(StatsPage), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  close(file);
  return page;
}

}  // namespace

std::size_t verdict_index(Verdict verdict) {
  std::size_t index = 0;
  while (kOrder[index] != verdict) ++index;
  return index;
}

Stats::Stats() {
  const char* path = std::getenv("VTDFUZZ_STATS");
  if (path == nullptr || *path == '\0') return;
  if (void* page = map_file(path); page != MAP_FAILED) page_ = new (page) StatsPage();
}

Stats::~Stats() {
  if (page_ != &own_) munmap(page_, sizeof(StatsPage));
}

void Stats::count(const RunResult& result, const Runner& runner, const model::Scenario& scenario) {
  if (page_->executions++ % kLookEvery == 0) count_reach(runner, scenario, page_->reach);
  ++page_->verdicts[verdict_index(result.verdict)];
  page_->counters = runner.counters();
  for (std::size_t p = 0; p < properties::kProperties; ++p) {
    page_->evaluations[p] = runner.judge().count(static_cast<properties::Property>(p));
  }
}

bool read_stats(const std::string& path, StatsPage& page) {
  std::ifstream file(path, std::ios::binary);
  StatsPage read;
  if (!file.read(reinterpret_cast<char*>(&read), sizeof read) || read.magic != StatsPage::kMagic) return false;
  page = read;
  return true;
}

}  // namespace vtd::harness
