// SPDX-License-Identifier: Apache-2.0 OR MIT
// Folders of runs as the commands leave them, for the tests of reports.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "model/tests/temp_folder.h"
#include "reports/report.h"
#include "reports/summary_json.h"

namespace vtd::reports {

class RunsTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) const {
    const std::filesystem::path path = folder_.file(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::string write_run(const std::string& name, const FuzzSummary& summary) const {
    write(name + "/run.json", dumped(to_json(summary), 2));
    return path(name);
  }
  std::string path(const std::string& name) const { return folder_.file(name); }
  // Every folder is a session of its own.
  Report report() const {
    std::vector<std::string> folders;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      folders.push_back(entry.path().string());
    return Report(read_runs(folders));
  }

  static constexpr const char* kMessage =
      "INFO: Seed: 1\n"
      "! BROKEN other_devices_are_unaffected\n"
      "  meaning   A device translates as before.\n"
      "  what      a blocked request is <b>blocked</b> for another reason\n"
      "  where     unit 0, device 00:00.6, IOVA 0x0\n"
      "  expected  0x0\n"
      "\n"
      "      4  attach source=01:00.6\n"
      "            alloc 0x3001c000                                        engine/host.cpp:22\n"
      "  ->        [0x3000e060] = 0x3001c001                               engine/context.cpp:110\n"
      "\n"
      "  replay    vtdfuzz check crash-1\n"
      "  draft     corpus/regressions/NAME-WHAT-IT-SHOWS.vtd\n"
      "    vtd 1\n"
      "    # other_devices_are_unaffected\n"
      "    takeover\n"
      "==1== ERROR: libFuzzer: deadly signal\n"
      "SUMMARY: libFuzzer: deadly signal\n";

  static Finding finding() {
    Finding f{"BROKEN other_devices_are_unaffected", "crash-1", kMessage, "vtdfuzz check crash-1", 3};
    f.cluster = cluster_of(f.headline, f.message);
    return f;
  }

  static FuzzSummary summary() {
    FuzzSummary s;
    s.target = "takeover_fuzzer";
    s.began = "2026-03-31T22:15:00Z";
    s.seconds = 60;
    s.jobs = 2;
    s.executions = 1'234'567;
    s.cpu_seconds = 120;
    s.coverage = 321;
    s.verdicts = {{"held", 1'000'000}, {"rejected", 234'567}};
    s.properties = {{"translations_are_preserved", "translation", 12, true},
                    {"other_devices_are_unaffected", "adoption", 7, true},
                    {"the_expected_outcome_happens", "whole life", 0, false}};
    return s;
  }

 private:
  model::test::TempFolder folder_;
};

}  // namespace vtd::reports
