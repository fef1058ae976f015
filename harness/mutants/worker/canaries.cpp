// SPDX-License-Identifier: Apache-2.0 OR MIT
// Looking for canaries, with the oracle as it should be and as a mutant made it.
#include "harness/mutants/worker/canaries.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <new>

#include "harness/input_error.h"

namespace vtd::harness::mutants {

Canaries::Canaries(const std::string& index, const std::vector<model::Scenario>& corpus) {
  std::string missing;
  for (const Planted& canary : read_index(index).mutants) {
    if (canary.caught_by.empty()) continue;
    const Sighting found = look_for(canary, corpus);
    if (!found.found) missing += fmt::format(" {} by {},", canary.id, canary.caught_by);
    canaries_.push_back(canary);
    sightings_.push_back(found);
  }
  if (missing.empty()) return;
  missing.back() = ';';
  throw InputError{fmt::format("canaries that no scenario of the corpus shows:{} expected one for each", missing)};
}

namespace {

// The first scenario, and way to run it, that breaks the property.
template <class Found>
void sight(const Planted& canary, const std::vector<model::Scenario>& corpus, Record& record, Found found) {
  Subject subject(record, Request{});
  choose_canary(canary.number);
  for (std::size_t i = 0; i < corpus.size(); ++i)
    for (unsigned way = 0; way < Subject::kWays; ++way)
      if (subject.breaks(corpus[i], way, canary.caught_by)) return found(i, way);
}

}  // namespace

// The child may crash after it has found what it looks for, or before: what it found lies in shared memory.
Canaries::Sighting Canaries::look_for(const Planted& canary, const std::vector<model::Scenario>& corpus) {
  struct Shared {
    Record record;
    Sighting found;
  };
  void* const room = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw InputError{"no shared memory"};
  auto* const shared = new (room) Shared();
  const pid_t child = fork();
  if (child < 0) throw InputError{"no process could be started"};
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
    sight(canary, corpus, shared->record, [&](std::size_t i, unsigned way) { shared->found = {i, way, true}; });
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  const Sighting found = shared->found;
  munmap(room, sizeof(Shared));
  return found;
}

std::string Canaries::unseen(Subject& subject, const std::vector<model::Scenario>& corpus) const {
  for (std::size_t i = 0; i < canaries_.size(); ++i) {
    const Planted& canary = canaries_[i];
    choose_canary(canary.number);
    if (!subject.breaks(corpus[sightings_[i].scenario], sightings_[i].way, canary.caught_by))
      return canary.id + " is not seen by " + canary.caught_by;
  }
  choose_canary(0);
  return "";
}

}  // namespace vtd::harness::mutants
