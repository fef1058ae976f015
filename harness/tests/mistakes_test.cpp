// SPDX-License-Identifier: Apache-2.0 OR MIT
// An engine that takes a caller's mistake for a wish is seen, one mistake at a time.
#include <gtest/gtest.h>

#include "harness/engines.h"
#include "harness/runner.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness::test {
namespace {

const vtd_engine& ours() {
  std::string error;
  static const vtd_engine& engine = *find_engine("ours", error)->get();
  return engine;
}

class Mistakes : public testing::Test {
 protected:
  Runner runner;
  vtd_engine engine = ours();

  std::string first_broken(const std::string& more = "attach source=00:05.0\n") {
    const model::Scenario scenario = scenario_of(small(more));
    const Verdict verdict = runner.run(scenario, engine, {}).verdict;
    engine = ours();
    EXPECT_TRUE(verdict == Verdict::broken || verdict == Verdict::held) << runner.result().why;
    const uint64_t judged = runner.judge().count(properties::Property::wrong_calls_are_refused);
    EXPECT_TRUE(verdict == Verdict::broken || judged > 20) << judged;
    return verdict == Verdict::broken ? std::string(runner.judge().first().what) : "";
  }
};

TEST_F(Mistakes, OursRefusesAll) { EXPECT_EQ(first_broken(), ""); }

TEST_F(Mistakes, BeforeBoot) {
  static vtd_boot* one = nullptr;
  engine.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) -> int {
    return host == nullptr ? static_cast<int>(VTD_OK) : ours().boot(host, platform, boot);
  };
  EXPECT_EQ(first_broken(), "booted without a host");
  engine.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) -> int {
    if (platform != nullptr || boot == nullptr) return ours().boot(host, platform, boot);
    *boot = reinterpret_cast<vtd_boot*>(&one);
    return VTD_BAD_ARGUMENT;
  };
  EXPECT_EQ(first_broken(), "booted without a platform") << "an answer is given, whatever the status";
  engine.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) -> int {
    return boot == nullptr ? static_cast<int>(VTD_OK) : ours().boot(host, platform, boot);
  };
  EXPECT_EQ(first_broken(), "booted without a place for the answer");
  engine.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) -> int {
    if (host != nullptr && host->abi != VTD_ABI) host->pause(host->ctx);
    return ours().boot(host, platform, boot);
  };
  EXPECT_EQ(first_broken(), "a call that had to be refused did something first");
  engine.boot = [](const vtd_host* host, const vtd_platform* platform, vtd_boot** boot) -> int {
    const bool strange = platform != nullptr && platform->strategy > VTD_AUTO;
    return strange ? static_cast<int>(VTD_OK) : ours().boot(host, platform, boot);
  };
  EXPECT_EQ(first_broken(), "booted with a strategy that does not exist");
}

TEST_F(Mistakes, OutOfOrder) {
  engine.commit = [](vtd_boot* boot) -> int {
    const int status = ours().commit(boot);
    return status == VTD_WRONG_STATE ? static_cast<int>(VTD_OK) : status;
  };
  EXPECT_EQ(first_broken(), "committed what was not copied");
  engine.copy = [](vtd_boot* boot) -> int {
    const int status = ours().copy(boot);
    return status == VTD_WRONG_STATE ? static_cast<int>(VTD_OK) : status;
  };
  EXPECT_EQ(first_broken(), "copied twice");
  engine.root = [](vtd_boot* boot, uint32_t unit) -> uint64_t {
    const uint64_t root = ours().root(boot, unit);
    return root == 0 && unit == 0 ? 0x1000 : root;
  };
  EXPECT_EQ(first_broken(), "told a root before there is a copy");
  engine.attach = [](vtd_boot* boot, uint32_t unit, uint32_t source, vtd_domain* domain) -> int {
    const int status = ours().attach(boot, unit, source, domain);
    return status == VTD_WRONG_STATE ? static_cast<int>(VTD_OK) : status;
  };
  EXPECT_EQ(first_broken(), "attached before the switch");
}

TEST_F(Mistakes, WhatDoesNotExist) {
  engine.attach = [](vtd_boot* boot, uint32_t unit, uint32_t source, vtd_domain* domain) -> int {
    const int status = ours().attach(boot, unit, source, domain);
    return source > 0xffff && status == VTD_BAD_ARGUMENT ? static_cast<int>(VTD_OK) : status;
  };
  EXPECT_EQ(first_broken(), "attached what does not exist");
  engine.domain_ids = [](vtd_boot* boot, uint32_t unit, uint64_t* words, uint32_t count) -> uint32_t {
    return ours().domain_ids(boot, unit, words, count == 1 ? 2 : count);
  };
  EXPECT_EQ(first_broken(), "wrote ids where there was no room");
  engine.find_iova = [](vtd_boot* boot, uint32_t domain, uint64_t bytes, uint64_t alignment, uint64_t limit,
                        uint64_t* iova) -> int {
    return ours().find_iova(boot, domain, bytes, alignment == 0x3000 ? 0x4000 : alignment, limit, iova);
  };
  EXPECT_EQ(first_broken(), "found a range that is none");
  engine.map = [](vtd_boot* boot, uint32_t domain, uint64_t iova, uint64_t pa, uint64_t bytes, uint32_t access) -> int {
    return ours().map(boot, domain, iova, pa, bytes, access == 4 ? uint32_t{VTD_READ} : access);
  };
  EXPECT_EQ(first_broken(), "mapped what no device can be given");
}

// A copy that fails leaves the report as it was after boot, the strategy with it.
TEST_F(Mistakes, AfterAFailedCopy) {
  EXPECT_EQ(first_broken("refuse_allocation number=9\n"), "");
  EXPECT_EQ(runner.counters().refusals, 1u);
  static bool failed;
  failed = false;
  engine.copy = [](vtd_boot* boot) -> int {
    const int status = ours().copy(boot);
    failed = status == VTD_NO_MEMORY;
    return status;
  };
  engine.report = [](vtd_boot* boot, vtd_report* report) -> int {
    const int status = ours().report(boot, report);
    if (failed) report->strategy = VTD_SHALLOW;
    return status;
  };
  EXPECT_EQ(first_broken("refuse_allocation number=9\n"),
            "a call that failed, or was repeated, has changed what is reported");
}

}  // namespace
}  // namespace vtd::harness::test
