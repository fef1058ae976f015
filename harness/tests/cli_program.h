// SPDX-License-Identifier: Apache-2.0 OR MIT
// Runs the command as a person does: arguments in; exit code, standard output and standard error out.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "model/tests/temp_folder.h"

namespace vtd::harness {

struct Said {
  int code = -1;
  std::string out, err;
  nlohmann::json json() const { return nlohmann::json::parse(out); }
  std::ptrdiff_t error_lines() const { return std::count(err.begin(), err.end(), '\n'); }
};

inline std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class CommandTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_.file(name); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  std::size_t files() const {
    const std::filesystem::recursive_directory_iterator first(folder_.path()), last;
    return static_cast<std::size_t>(std::distance(first, last));
  }

  Said run(std::vector<std::string> words) const {
    words.insert(words.begin(), program_);
    const std::string out = folder_.path().string() + ".out", err = folder_.path().string() + ".err";
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen(out.c_str(), "w", stdout) == nullptr || std::freopen(err.c_str(), "w", stderr) == nullptr)
        _exit(126);
      std::vector<char*> pointers;
      for (std::string& word : words) pointers.push_back(word.data());
      pointers.push_back(nullptr);
      execv(pointers[0], pointers.data());
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    Said said{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(out), content_of(err)};
    std::filesystem::remove(out);
    std::filesystem::remove(err);
    return said;
  }

  std::string program_ = VTDFUZZ_PROGRAM;

  // One clear line, exit code 2, nothing on standard output.
  void expect_refused(const std::vector<std::string>& words, const std::string& line) const {
    const Said said = run(words);
    EXPECT_EQ(said.code, 2) << said.err;
    EXPECT_EQ(said.out, "");
    EXPECT_EQ(said.error_lines(), 1) << said.err;
    EXPECT_NE(said.err.find(line), std::string::npos) << said.err;
    EXPECT_TRUE(said.err.starts_with("vtdfuzz: ")) << said.err;
  }

 private:
  model::test::TempFolder folder_;
};

// A disk controller with a read-only and a read-write page.
inline const std::string kSmallMachine =
    "vtd 1\n"
    "unit capability=qemu48 extended=qemu48\n"
    "root at=0x1000000 bus=0 table=0x1001000\n"
    "context at=0x1001000 devfn=1f.2 table=0x1002000 width=39 domain=7\n"
    "context at=0x1001000 devfn=1f.3 table=0x1002000 width=39 domain=7\n"
    "paging at=0x1002000 index=0 to=0x1003000\n"
    "paging at=0x1003000 index=0 to=0x1004000\n"
    "paging at=0x1004000 index=16 to=0x5000000 bits=r\n"
    "paging at=0x1004000 index=17 to=0x5001000\n"
    "takeover strategy=deep\n";
// What follows the takeover is not what happens: the write is refused.
inline const std::string kBrokenMachine =
    kSmallMachine + "dma source=00:1f.2 iova=0x10000 access=write outcome=address value=0x5000000\n";

}  // namespace vtd::harness
