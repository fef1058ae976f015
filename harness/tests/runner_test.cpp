// SPDX-License-Identifier: Apache-2.0 OR MIT
// The runner sees mistakes: each is planted in an engine that is otherwise right, and the property it breaks is named.
#include "harness/runner.h"

#include <gtest/gtest.h>

#include "harness/tests/planted.h"
#include "harness/tests/scenarios.h"

namespace vtd::harness::test {
namespace {

using properties::Property;

constexpr uint32_t kIotlbCommand = 0x60000f050df >> 8 & 0x3ff;  // ECAP.IRO of the default unit

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    mistake = {};
    std::string error;
    excuse(*find_engine("example", error), runner.judge());
  }
  void TearDown() override { mistake = {}; }

  RunResult run(const std::string& more = "", RunOptions options = {}) {
    scenario = scenario_of(small(more));
    return runner.run(scenario, planted(), options);
  }
  std::string message() { return failure_message(runner, scenario, planted(), {}, "vtdfuzz check x.vtd"); }
  void breaks(Property property, const std::string& more = "", RunOptions options = {}) {
    const RunResult result = run(more, options);
    ASSERT_EQ(result.verdict, Verdict::broken);
    EXPECT_STREQ(properties::info(runner.judge().first().property).name, properties::info(property).name) << message();
  }

  // Our engine, which the example engine is not: one that adopts. Tests change answers of a copy on their way.
  static const vtd_engine& adopting() {
    std::string error;
    return *find_engine("ours", error)->get();
  }
  // The condition that this life with such an engine breaks; empty: none.
  std::string what_breaks(const vtd_engine& engine, const std::string& life) {
    scenario = scenario_of(small(life));
    const Verdict verdict = runner.run(scenario, engine, {}).verdict;
    return verdict == Verdict::broken ? runner.judge().first().what : "";
  }

  Runner runner;
  model::Scenario scenario;
};

TEST_F(RunnerTest, WithoutAMistakeTheEngineHolds) {
  const RunResult result = run();
  EXPECT_EQ(result.verdict, Verdict::held) << message();
  EXPECT_EQ(result.status, VTD_OK);
  EXPECT_EQ(runner.counters().takeovers, 1u);
  EXPECT_EQ(runner.claims().context_tables, 1u);
  EXPECT_EQ(run("crash_again\n").verdict, Verdict::held) << message();
  EXPECT_EQ(runner.counters().takeovers, 3u);
}

TEST_F(RunnerTest, TheSameInputGivesTheSameRun) {
  RunOptions options;
  options.twice = true;
  const RunResult first = run("", options);
  EXPECT_EQ(first.verdict, Verdict::held);
  EXPECT_EQ(runner.judge().count(Property::same_input_same_run), 1u);
  EXPECT_EQ(Runner().run(scenario, planted(), {}).trace_hash, first.trace_hash);

  static int runs = 0;
  mistake.commit = [](vtd_boot* b) {
    if (++runs % 2 == 0) real_host->event(real_host->ctx, 1, 2, __FILE__, __LINE__);
    return honest().commit(b);
  };
  breaks(Property::same_input_same_run, "", options);
}

TEST_F(RunnerTest, LeakedPages) {
  mistake.shutdown = [](vtd_boot*) {};
  breaks(Property::frames_are_accounted);
}

TEST_F(RunnerTest, PagesTheReportDoesNotCount) {
  mistake.report = [](vtd_boot* b, vtd_report* r) {
    const int status = honest().report(b, r);
    --r->pages_used;
    return status;
  };
  breaks(Property::frames_are_accounted);
}

TEST_F(RunnerTest, WrittenOldMemory) {
  mistake.copy = [](vtd_boot* b) {
    const void* old = real_host->map_old(real_host->ctx, 0x1001000, 4096);
    const_cast<uint64_t*>(static_cast<const uint64_t*>(old))[100] = 1;
    real_host->unmap_old(real_host->ctx, old, 4096);
    return honest().copy(b);
  };
  breaks(Property::old_memory_is_untouched);
}

TEST_F(RunnerTest, AnEntryFetchedTwice) {
  mistake.copy = [](vtd_boot* b) {
    const int status = honest().copy(b);
    const void* old = real_host->map_old(real_host->ctx, 0x1001000, 4096);
    for (int i = 0; i < 2; ++i) __sanitizer_cov_load8(old);
    real_host->unmap_old(real_host->ctx, old, 4096);
    store8(new_root(b), *new_root(b));  // only engines that are seen to store count as observed
    return status;
  };
  breaks(Property::each_old_entry_is_fetched_once);
}

TEST_F(RunnerTest, AStoreBeyondTheEnginesPages) {
  mistake.copy = [](vtd_boot* b) {
    __sanitizer_cov_store8(new_table(platform->crash->last + 1 - 4096));
    return honest().copy(b);
  };
  breaks(Property::nothing_else_is_written);
}

TEST_F(RunnerTest, RegistersReadAsIfTheyWereOldMemory) {
  mistake.copy = [](vtd_boot* b) {
    real_host->map_old(real_host->ctx, 0xfed90000, 4096);
    return honest().copy(b);
  };
  breaks(Property::only_old_ram_is_read);
}

TEST_F(RunnerTest, AWrongCopy) {
  mistake.copy = [](vtd_boot* b) {
    const int status = honest().copy(b);
    store8(new_context(b), new_context(b)[0] & ~uint64_t{1});
    return status;
  };
  breaks(Property::translations_are_preserved);
}

TEST_F(RunnerTest, ADeviceThatWasBlockedIsLetThrough) {
  mistake.audit = [](vtd_boot* b) {
    store8(new_context(b) + 3, new_context(b)[1]);
    store8(new_context(b) + 2, new_context(b)[0]);
    return honest().audit(b);
  };
  breaks(Property::blocked_stays_blocked);
}

TEST_F(RunnerTest, AForgottenInvalidation) {
  mistake.mmio_write = [](uint32_t unit, uint32_t at, uint64_t value, uint32_t bytes) {
    if (at != kIotlbCommand * 16 + 8) write_register(unit, at, value, bytes);
  };
  breaks(Property::no_stale_cache_entry_is_reachable);
}

TEST_F(RunnerTest, TranslationSwitchedOff) {
  mistake.commit = [](vtd_boot* b) {
    write_register(0, 0x18, 0, 4);
    return honest().commit(b);
  };
  breaks(Property::translation_is_never_disabled);
}

TEST_F(RunnerTest, ATornLiveEntry) {
  mistake.audit = [](vtd_boot* b) {
    auto* const half = reinterpret_cast<uint32_t*>(new_context(b)) + 1;
    __sanitizer_cov_store4(half);
    *half ^= 1;
    return honest().audit(b);
  };
  const RunResult result = run("crash_again\n");
  EXPECT_EQ(result.verdict, Verdict::broken);
}

TEST_F(RunnerTest, ARefusalWithoutReason) {
  mistake.boot = [](int) { return VTD_NOT_ENABLED; };
  EXPECT_EQ(run().verdict, Verdict::broken);
  mistake.boot = {};
  mistake.copy = [](vtd_boot*) { return VTD_BAD_ROOT; };
  breaks(Property::refusal_names_a_true_reason);
}

TEST_F(RunnerTest, AFailureThatKeepsPages) {
  mistake.copy = [](vtd_boot*) {
    real_host->alloc(real_host->ctx, 0);
    return VTD_NO_MEMORY;
  };
  breaks(Property::failure_frees_everything, "refuse_allocation number=3\n");
}

TEST_F(RunnerTest, ARefusedTakeoverHolds) {
  const RunResult result = run("unit status=0\nexpect what=refused count=3\n");
  EXPECT_EQ(result.verdict, Verdict::held) << message();
  EXPECT_EQ(result.status, VTD_NOT_ENABLED);
  EXPECT_EQ(runner.counters().refusals, 1u);
}

TEST_F(RunnerTest, EnginesThatGiveUpOrHang) {
  mistake.commit = [](vtd_boot*) {
    real_host->fatal(real_host->ctx, "out of ideas", "engine/commit.cpp", 12);
    return VTD_OK;
  };
  EXPECT_EQ(run().verdict, Verdict::engine_crash);
  EXPECT_NE(message().find("out of ideas"), std::string::npos);
  mistake.commit = [](vtd_boot*) {
    for (;;) real_host->pause(real_host->ctx);
    return VTD_OK;
  };
  breaks(Property::work_is_bounded);
}

// Answers of our engine, which adopts, changed on their way.
TEST_F(RunnerTest, WrongAnswersAboutRanges) {
  vtd_engine engine = adopting();
  static const vtd_engine& ours = adopting();
  const auto first_broken = [&] {
    return what_breaks(engine,
                       "attach source=00:05.0\nmap source=00:05.0 iova=0x20000 pa=0x9000 pages=2\n"
                       "detach source=00:05.0\n");
  };
  EXPECT_EQ(first_broken(), "");
  engine.find_iova = [](vtd_boot*, uint32_t, uint64_t, uint64_t, uint64_t, uint64_t*) -> int { return VTD_EXISTS; };
  EXPECT_EQ(first_broken(), "no range is offered, and one was free");
  engine.find_iova = [](vtd_boot*, uint32_t, uint64_t, uint64_t, uint64_t, uint64_t*) -> int {
    return VTD_BAD_ARGUMENT;
  };
  EXPECT_EQ(first_broken(), "a question for a free range is taken for wrong");
  engine.find_iova = [](vtd_boot* boot, uint32_t domain, uint64_t bytes, uint64_t alignment, uint64_t limit,
                        uint64_t* iova) -> int {
    const int status = ours.find_iova(boot, domain, bytes, alignment, limit, iova);
    *iova = 0x2000;
    return status;
  };
  EXPECT_EQ(first_broken(), "a free range is offered, and a higher one was free");
  engine = ours;
  engine.next_range = [](vtd_boot*, uint32_t, uint64_t, vtd_iova_range*) -> int { return VTD_NO_MEMORY; };
  EXPECT_EQ(first_broken(), "a range is not told, and no memory was refused");
  engine.next_range = [](vtd_boot* b, uint32_t domain, uint64_t iova, vtd_iova_range* range) -> int {
    const int status = ours.next_range(b, domain, iova, range);
    range->zero = 1;
    return status;
  };
  EXPECT_EQ(first_broken(), "a range that ends before the IOVA it was asked for, or is not filled in right");
  engine.next_range = [](vtd_boot* b, uint32_t domain, uint64_t iova, vtd_iova_range* range) -> int {
    const int status = ours.next_range(b, domain, iova, range);
    if (status == VTD_OK && range->first < iova) range->first = iova;
    return status;
  };
  EXPECT_EQ(first_broken(), "the range that ends at an IOVA is told as another one");
  engine.next_range = [](vtd_boot* b, uint32_t domain, uint64_t iova, vtd_iova_range* range) -> int {
    const int status = ours.next_range(b, domain, iova, range);
    return status == VTD_BAD_ARGUMENT && domain < 100 ? VTD_OK : status;  // others never were
  };
  EXPECT_EQ(first_broken(), "told a range of a domain whose last device has left");
  engine = ours;
  engine.map = [](vtd_boot*, uint32_t, uint64_t, uint64_t, uint64_t, uint32_t) -> int { return VTD_NO_MEMORY; };
  EXPECT_EQ(first_broken(), "a call fails for want of memory, and none was refused");
  engine = ours;
  engine.report = [](vtd_boot* b, vtd_report* report) -> int {
    const int status = ours.report(b, report);
    report->old_pages_read = 0;
    return status;
  };
  EXPECT_EQ(first_broken(), "tables were copied, and no old page is told to have been read");
}

// The device adopts, leaves, and comes back to a new domain whose handle is that of the old one.
TEST_F(RunnerTest, WrongAnswersInADomainThatHasAnOldHandle) {
  vtd_engine engine = adopting();
  static const vtd_engine& ours = adopting();
  const auto first_broken = [&] {
    return what_breaks(engine,
                       "attach source=00:02.0\nmap source=00:02.0 iova=0x20000 pa=0x9000\ndetach source=00:02.0\n"
                       "attach source=00:02.0\nunmap source=00:02.0 iova=0x20000\n");
  };
  EXPECT_EQ(first_broken(), "");
  engine.unmap = [](vtd_boot* b, uint32_t domain, uint64_t iova, uint64_t bytes) -> int {
    const int status = ours.unmap(b, domain, iova, bytes);
    return status == VTD_NOT_MAPPED && bytes == 0x1000 && iova == 0x20000 ? VTD_OK : status;
  };
  EXPECT_EQ(first_broken(), "unmapped something that map did not make");
  engine = ours;
  for (const int status : {VTD_TIMEOUT, VTD_QUEUE_ERROR}) {
    static int answer = 0;
    answer = status;
    engine.map = [](vtd_boot*, uint32_t, uint64_t, uint64_t, uint64_t, uint32_t) -> int { return answer; };
    EXPECT_EQ(first_broken(), "a call says that hardware does not answer, and that of its unit does");
  }
  engine.map = [](vtd_boot*, uint32_t, uint64_t, uint64_t, uint64_t, uint32_t) -> int { return VTD_BUSY; };
  EXPECT_EQ(first_broken(), "a call is refused for a reason that only a takeover has");
}

// Hardware did not answer when 00:02.0 was detached: that says nothing of 00:05.0, which is alone in its domain.
TEST_F(RunnerTest, ADeviceThatIsHalfGoneExcusesNoOther) {
  vtd_engine engine = adopting();
  static const vtd_engine& ours = adopting();
  const std::string life = "attach source=00:02.0\nsilence\ndetach source=00:02.0\nlisten\nattach source=00:05.0\n";
  EXPECT_EQ(what_breaks(engine, life), "");
  engine.attach = [](vtd_boot* b, uint32_t unit, uint32_t source, vtd_domain* domain) -> int {
    const int status = ours.attach(b, unit, source, domain);
    if (source == 0x28) ++domain->devices;
    return status;
  };
  EXPECT_EQ(what_breaks(engine, life), "another number of attached devices is told than there are");
}

TEST_F(RunnerTest, ExpectationsOfTheScenarioAreJudged) {
  const std::string before = "dma source=00:02.0 iova=0x1004 outcome=address value=",
                    takeover = "takeover strategy=shallow\n";
  EXPECT_EQ(run(before + "0x8004\n" + takeover + before + "0x8004\n").verdict, Verdict::held) << message();
  breaks(Property::the_expected_outcome_happens, before + "0x8008\n" + takeover);
  breaks(Property::the_expected_outcome_happens, takeover + before + "0x8008\n");
  EXPECT_EQ(run(takeover + "dma source=00:02.0 iova=0x2000 outcome=fault value=6\n").verdict, Verdict::held)
      << message();
  breaks(Property::the_expected_outcome_happens,
         takeover + "dma source=00:02.0 iova=0x2000 outcome=silent_fault value=6\n");
  EXPECT_EQ(run("expect what=copied count=2\n" + takeover + "expect what=quarantined count=0\n").verdict, Verdict::held)
      << message();
  breaks(Property::the_expected_outcome_happens, "expect what=copied count=3\n" + takeover);
  breaks(Property::the_expected_outcome_happens, takeover + "expect what=hazards count=1\n");
  breaks(Property::the_expected_outcome_happens, takeover + "expect what=refused count=3\n");
}

TEST_F(RunnerTest, TooManyCallsAreSpentAndAMachineThatCannotBeIsRejected) {
  RunOptions options;
  options.step_budget = 2;
  EXPECT_EQ(run("", options).verdict, Verdict::spent);
  EXPECT_EQ(run("crash generation=0 first=0x1001 last=0x2000\n").verdict, Verdict::rejected);
  EXPECT_NE(runner.result().why, nullptr);
}

TEST_F(RunnerTest, TheExtentSaysWhereToStop) {
  RunOptions options;
  options.extent = Extent::copy_only;
  EXPECT_EQ(run("crash_again\n", options).verdict, Verdict::held) << message();
  EXPECT_FALSE(runner.hardware().register_written());
  EXPECT_EQ(runner.observed().pages_in_use, 0u);
  options.extent = Extent::takeover_only;
  EXPECT_EQ(run("", options).verdict, Verdict::held) << message();
  EXPECT_EQ(runner.hardware().active_root(0), runner.claims().units[0].root);
  EXPECT_GT(runner.observed().pages_in_use, 0u);
}

TEST_F(RunnerTest, TheMessageSaysWhatAPersonNeeds) {
  mistake.copy = [](vtd_boot* b) {
    const int status = honest().copy(b);
    store8(new_context(b), 0);
    return status;
  };
  ASSERT_EQ(run("takeover strategy=shallow\n").verdict, Verdict::broken);
  const std::string text = message();
  for (const char* part :
       {"! BROKEN translations_are_preserved\n", "section", "expected", "got", "00:02.0", "takeover strategy=shallow",
        "map_old 0x1001000", "replay    vtdfuzz check x.vtd\n", "    vtd 1\n", "    context at=0x1001000 devfn=02.0"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.rfind("! BROKEN", 0), 0u) << "the headline comes first";
}

}  // namespace
}  // namespace vtd::harness::test
