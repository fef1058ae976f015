// SPDX-License-Identifier: Apache-2.0 OR MIT
// The folder in which a merge is made: beside its output, kept when it is stopped, gone when it is done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vtd::harness::cli {

class MergeStage {
 public:
  explicit MergeStage(const std::filesystem::path& output);

  // Gathers the inputs of the shards and of the output, as links to files that exist and raw bytes of scenarios. Goes
  // on with what an earlier merge of the same inputs left. Throws InputError.
  void fill(const std::vector<std::filesystem::path>& shards, bool texts_too);
  // Puts the cover in the place of the output, in one step, and keeps what somebody wrote there meanwhile. Answers how
  // many inputs the cover has.
  std::size_t finish();

  std::uint64_t inputs() const { return inputs_; }
  std::uint64_t left_out() const { return left_out_; }  // too long for the target
  bool resumed() const { return resumed_; }

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path all() const { return folder_ / "all"; }      // every input
  std::filesystem::path cover() const { return folder_ / "cover"; }  // those chosen
  std::filesystem::path found() const { return folder_ / "found"; }  // those that stopped the target
  std::filesystem::path control() const { return folder_ / "control"; }

 private:
  using Link = std::pair<std::string, std::filesystem::path>;  // its name, and where it leads
  void gather(const std::filesystem::path& shard, bool texts_too, std::string& manifest, std::vector<Link>& links);

  std::filesystem::path output_, folder_;
  std::uint64_t inputs_ = 0, left_out_ = 0;
  bool resumed_ = false;
};

}  // namespace vtd::harness::cli
