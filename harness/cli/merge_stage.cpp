// SPDX-License-Identifier: Apache-2.0 OR MIT
// Every step leaves the folder so that the next merge can go on from it.

#include "harness/cli/merge_stage.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "harness/cli/fuzz_seeds.h"
#include "harness/cli/load.h"
#include "harness/cli/output.h"
#include "harness/cli/target_program.h"

namespace vtd::harness::cli {
namespace {

namespace fs = std::filesystem;

// What afl-fuzz leaves with -o: a folder for each of its processes, each with these.
constexpr const char* kAflFolders[] = {"queue", "crashes", "hangs"};

bool is_input(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  return entry.is_regular_file() && !name.starts_with('.') && !name.starts_with("README.");
}

void add_files(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with('.')) it.disable_recursion_pending();
    if (is_input(*it)) files.push_back(fs::absolute(it->path()));
  }
  if (error) throw InputError{fmt::format("{}: cannot be read: {}", folder.string(), error.message())};
}

std::vector<fs::path> files_of(const fs::path& shard) {
  if (!fs::is_directory(shard))
    throw InputError{fmt::format("{}: expected a folder of inputs, or what afl-fuzz left with -o", shard.string())};
  std::vector<fs::path> files;
  bool afl = false;
  for (const fs::directory_entry& process : fs::directory_iterator(shard)) {
    if (!fs::is_directory(process.path() / "queue") || !fs::exists(process.path() / "fuzzer_stats")) continue;
    afl = true;
    for (const char* name : kAflFolders)
      if (fs::is_directory(process.path() / name)) add_files(process.path() / name, files);
  }
  if (!afl) add_files(shard, files);
  std::sort(files.begin(), files.end());
  return files;
}

void exchange(const fs::path& a, const fs::path& b) {
  if (renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) != 0)
    throw InputError{fmt::format("{}: cannot be replaced: {}", b.string(), std::strerror(errno))};
}

}  // namespace

MergeStage::MergeStage(const fs::path& output)
    : output_(fs::absolute(output / "").parent_path()), folder_(output_.string() + ".merge") {
  if (fs::exists(output_) && !fs::is_directory(output_))
    throw InputError{fmt::format("{}: is a file: expected a folder, or nothing yet", output.string())};
}

void MergeStage::gather(const fs::path& shard, bool texts_too, std::string& manifest, std::vector<Link>& links) {
  for (const fs::path& file : files_of(shard)) {
    const bool text = file.extension() == ".vtd";
    const std::string bytes = text ? raw_bytes(load(file).scenario) : std::string();
    const std::uint64_t size = text ? bytes.size() : fs::file_size(file);
    if (size > kMostInputBytes) {
      ++left_out_;
      continue;
    }
    manifest += fmt::format("{} {}\n", size, file.string());
    const std::string name = fmt::format("{:08}", inputs_++);
    if (!text || texts_too) links.emplace_back(name + (text ? ".text" : ""), file);
    if (!text) continue;
    write_file(folder_ / "raw" / name, bytes);
    links.emplace_back(name, folder_ / "raw" / name);
  }
}

void MergeStage::fill(const std::vector<fs::path>& shards, bool texts_too) {
  for (const fs::path& folder : {folder_, folder_ / "raw", found()}) made(folder);
  std::string manifest;
  std::vector<Link> links;
  std::vector<fs::path> all_shards = shards;
  if (fs::exists(output_)) all_shards.push_back(output_);
  for (const fs::path& shard : all_shards) gather(shard, texts_too, manifest, links);
  if (inputs_ == 0) throw InputError{fmt::format("{}: no inputs in any shard", shards.front().string())};

  const fs::path written = folder_ / "manifest";
  resumed_ = fs::exists(written) && read_file(written) == manifest;
  if (!resumed_) {
    for (const fs::path& stale : {written, all(), cover(), control()}) fs::remove_all(stale);
    made(all());
    for (const auto& [name, target] : links) fs::create_symlink(target, all() / name);
    write_file(written, manifest);
  }
  made(cover());
}

std::size_t MergeStage::finish() {
  const auto kept = static_cast<std::size_t>(std::distance(fs::directory_iterator(cover()), {}));
  if (kept == 0) throw std::runtime_error(fmt::format("the merge kept none of {} inputs", inputs_));
  if (!fs::exists(output_)) {
    fs::rename(cover(), output_);
  } else {
    exchange(cover(), output_);
    // What was there and took part has been chosen or not. The rest came later, or was too long.
    const std::string manifest = read_file(folder_ / "manifest");
    for (const fs::directory_entry& entry : fs::directory_iterator(cover())) {
      const fs::path name = entry.path().filename();
      const bool took_part = manifest.find(" " + (output_ / name).string() + "\n") != std::string::npos;
      if (entry.is_regular_file() && !took_part && !fs::exists(output_ / name))
        fs::rename(entry.path(), output_ / name);
    }
  }
  fs::remove_all(folder_);
  return kept;
}

}  // namespace vtd::harness::cli
