// SPDX-License-Identifier: Apache-2.0 OR MIT
// What belongs to one fuzzing run alone: a folder among the findings. When the run is killed, the next one takes over
// what it left.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace vtd::harness::cli {

class WorkFolder {
 public:
  // A new folder in `artifacts`, locked for as long as this process lives. Throws InputError.
  explicit WorkFolder(const std::filesystem::path& artifacts);
  ~WorkFolder();  // removes it, unless it is to be kept
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path found() const { return path_ / "found"; }  // where targets write inputs that stopped them
  // It holds something that could not be written elsewhere: the next run will try.
  void keep() { keep_ = true; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool keep_ = false;
};

struct Recovered {
  std::uint64_t runs = 0, findings = 0, inputs = 0;
};
// Looks after runs that were killed: the inputs that they were running, or had found and not yet put in their place,
// run once more. What stops the target becomes a finding in `artifacts`, the rest goes into `corpus` if there is one.
// Throws InputError; what has not been taken over by then stays for the next time.
Recovered recover_killed_runs(const std::filesystem::path& program, const std::filesystem::path& artifacts,
                              const std::filesystem::path& corpus);

// Names an input after its content.
std::string digest_of(const std::string& input);
// Writes a finding, whole or not at all, unless the folder has one with the same content already. Answers its path.
std::filesystem::path keep_finding(const std::filesystem::path& artifacts, const std::string& name,
                                   const std::string& input);

}  // namespace vtd::harness::cli
