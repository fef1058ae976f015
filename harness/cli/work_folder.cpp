// SPDX-License-Identifier: Apache-2.0 OR MIT
// A lock tells whether the run of a folder is alive; nothing else survives kill -9 and is never wrong.

#include "harness/cli/work_folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "harness/cli/fuzz_campaign.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/target_program.h"
#include "harness/in_flight.h"
#include "harness/results_log.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = ".run-";

// The descriptor that holds the lock; -1 when another process has it.
int locked(const fs::path& folder) {
  const int file = open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  if (file >= 0) close(file);
  return -1;
}

std::set<std::string> inputs_left_in(const fs::path& run) {
  std::set<std::string> inputs;
  for (const fs::directory_entry& entry : fs::directory_iterator(run))
    if (entry.path().extension() == ".in_flight") inputs.insert(read_in_flight(entry.path().string()));
  if (fs::is_directory(run / "found"))
    for (const fs::directory_entry& entry : fs::directory_iterator(run / "found"))
      inputs.insert(read_file(entry.path()));
  inputs.erase("");
  return inputs;
}

// Is it a finding? The input is written before it is run: it may take this process down as well.
bool take_over(const std::string& input, const fs::path& run, const fs::path& program, const fs::path& artifacts,
               const fs::path& corpus) {
  const fs::path file = keep_finding(artifacts, "recovered-" + digest_of(input), input);
  bool crashed = false;
  replay(program, file, run / "replay", crashed);
  if (crashed) return true;
  if (!file.filename().string().starts_with("recovered-")) return false;  // a finding of old, mended since
  if (!corpus.empty()) write_file(corpus / digest_of(input), input);
  fs::remove(file);
  return false;
}

}  // namespace

// Locked before it has the name that others look for.
WorkFolder::WorkFolder(const fs::path& artifacts) {
  std::string name = (artifacts / ".new-").string() + "XXXXXX";
  if (mkdtemp(name.data()) == nullptr)
    throw InputError{fmt::format("{}: cannot be made: {}", name, std::strerror(errno))};
  lock_ = locked(name);
  made(fs::path(name) / "found");
  path_ = artifacts / (kPrefix + name.substr(name.size() - 6));
  fs::rename(name, path_);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!keep_) fs::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

Recovered recover_killed_runs(const fs::path& program, const fs::path& artifacts, const fs::path& corpus) {
  Recovered recovered;
  std::set<fs::path> runs;
  for (const fs::directory_entry& entry : fs::directory_iterator(artifacts))
    if (entry.is_directory() && entry.path().filename().string().starts_with(kPrefix)) runs.insert(entry.path());
  for (const fs::path& run : runs) {
    const int lock = locked(run);
    if (lock < 0 || !fs::exists(run / "lock")) continue;
    ++recovered.runs;
    for (const std::string& input : inputs_left_in(run))
      ++(take_over(input, run, program, artifacts, corpus) ? recovered.findings : recovered.inputs);
    fs::remove_all(run);
    close(lock);
  }
  return recovered;
}

std::string digest_of(const std::string& input) {
  return fmt::format("{:016x}", digest({reinterpret_cast<const std::uint8_t*>(input.data()), input.size()}));
}

fs::path keep_finding(const fs::path& artifacts, const std::string& name, const std::string& input) {
  for (const fs::directory_entry& entry : fs::directory_iterator(artifacts)) {
    std::error_code gone;
    if (entry.is_regular_file(gone) && entry.file_size(gone) == input.size() && !gone &&
        !entry.path().filename().string().starts_with('.') && read_file(entry.path()) == input)
      return entry.path();
  }
  write_file(artifacts / name, input);
  return artifacts / name;
}

}  // namespace vtd::harness::cli
