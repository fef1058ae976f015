// SPDX-License-Identifier: Apache-2.0 OR MIT
// A caller's mistakes, made on purpose in every run: calls out of order, and of what does not exist. Each must be
// refused before anything happens, so the host may not even be asked.
#include <array>
#include <utility>

#include "harness/life.h"
#include "harness/stamped.h"

namespace vtd::harness {
namespace {

constexpr uint32_t kNoHandle = 0xfffffffe;
constexpr uint32_t kNoSource = 0x10000;  // source-ids have 16 bits

}  // namespace

template <class Call>
void Life::mistake(const char* what, Call call) {
  if (over()) return;
  const uint64_t asked_before = host.times_asked();
  must_fail(true, call(), what);
  if (host.times_asked() != asked_before)
    broke(Property::wrong_calls_are_refused, "a call that had to be refused did something first", asked_before,
          host.times_asked());
}

void Life::mistakes_before_boot() {
  vtd_boot* boot = nullptr;
  const auto boots = [&](const vtd_host* host_given, const vtd_platform* platform) {
    const int status = engine_->boot(host_given, platform, &boot);
    return boot != nullptr ? static_cast<int>(VTD_OK) : status;
  };
  mistake("booted without a host", [&] { return boots(nullptr, platform_); });
  mistake("booted without a platform", [&] { return boots(&host.callbacks(), nullptr); });
  mistake("booted without a place for the answer",
          [&] { return engine_->boot(&host.callbacks(), platform_, nullptr); });
  const auto wrong_host = [&](const char* what, auto spoil) {
    vtd_host spoiled = host.callbacks();
    spoil(spoiled);
    mistake(what, [&] { return boots(&spoiled, platform_); });
  };
  wrong_host("booted with a host of another version", [](vtd_host& h) { ++h.abi; });
  wrong_host("booted with a host that is too short", [](vtd_host& h) { h.size = 8; });
  const auto wrong_platform = [&](const char* what, auto spoil) {
    vtd_platform spoiled = *platform_;
    spoil(spoiled);
    mistake(what, [&] { return boots(&host.callbacks(), &spoiled); });
  };
  wrong_platform("booted with a platform of another version", [](vtd_platform& p) { ++p.abi; });
  wrong_platform("booted with a platform that is too short", [](vtd_platform& p) { p.size = 8; });
  wrong_platform("booted with too narrow a host address width", [](vtd_platform& p) { p.host_address_width = 12; });
  wrong_platform("booted with too wide a host address width", [](vtd_platform& p) { p.host_address_width = 53; });
  wrong_platform("booted without a unit", [](vtd_platform& p) { p.unit_count = 0; });
  wrong_platform("booted with more units than there can be", [](vtd_platform& p) { p.unit_count = ~0u; });
  wrong_platform("booted with a strategy that does not exist", [](vtd_platform& p) { p.strategy = VTD_AUTO + 1; });
}

// Before the switch there is no life to be lived, and nothing to be found in tables that are not ours.
void Life::mistakes_before_commit(bool copied) {
  if (copied) {
    mistake("copied twice", [&] { return engine_->copy(boot_); });
  } else {
    mistake("committed what was not copied", [&] { return engine_->commit(boot_); });
    mistake("audited what was not copied", [&] { return engine_->audit(boot_); });
    mistake("told a root before there is a copy",
            [&] { return engine_->root(boot_, 0) != 0 ? VTD_OK : VTD_WRONG_STATE; });
  }
  if (!adopts()) return;
  auto domain = stamped<vtd_domain>();
  auto range = stamped<vtd_iova_range>();
  uint64_t iova = 0;
  mistake("attached before the switch", [&] { return engine_->attach(boot_, 0, 0x10, &domain); });
  mistake("detached before the switch", [&] { return engine_->detach(boot_, 0, 0x10); });
  mistake("unplugged before the switch", [&] { return engine_->unplug(boot_, 0, 0x10); });
  mistake("handed over before the switch", [&] { return engine_->hand_over(boot_, 0, 0x10); });
  mistake("mapped before the switch", [&] { return engine_->map(boot_, 0, 0x1000, 0x9000, 0x1000, VTD_READ); });
  mistake("unmapped before the switch", [&] { return engine_->unmap(boot_, 0, 0x1000, 0x1000); });
  mistake("found an IOVA before the switch",
          [&] { return engine_->find_iova(boot_, 0, 0x1000, 0x1000, uint64_t{1} << 32, &iova); });
  mistake("told a range before the switch", [&] { return engine_->next_range(boot_, 0, 0, &range); });
}

void Life::mistake_after_failure() {
  mistake("committed what had failed", [&] { return engine_->commit(boot_); });
}

void Life::mistakes_after_commit() {
  mistake("copied after the switch", [&] { return engine_->copy(boot_); });
  mistake("committed twice", [&] { return engine_->commit(boot_); });
  const auto units = static_cast<uint32_t>(machine.units.size());
  auto finding = stamped<vtd_finding>();
  mistake("told a finding more than it counts",
          [&] { return engine_->finding(boot_, static_cast<uint32_t>(claims.findings.size()), &finding); });
  mistake("told a root of a unit that does not exist",
          [&] { return engine_->root(boot_, units) != 0 ? VTD_OK : VTD_BAD_ARGUMENT; });
  mistakes_about_ids(units);
  if (!adopts()) return;
  auto domain = stamped<vtd_domain>();
  const std::array<std::pair<uint32_t, uint32_t>, 2> nobody = {{{units, 0x10}, {0, kNoSource}}};
  for (const auto& [unit, source] : nobody) {
    mistake("attached what does not exist", [&] { return engine_->attach(boot_, unit, source, &domain); });
    mistake("detached what does not exist", [&] { return engine_->detach(boot_, unit, source); });
    mistake("unplugged what does not exist", [&] { return engine_->unplug(boot_, unit, source); });
    mistake("took over from what does not exist", [&] { return engine_->hand_over(boot_, unit, source); });
  }
  uint64_t iova = 0;
  auto range = stamped<vtd_iova_range>();
  mistake("told a range of no domain", [&] { return engine_->next_range(boot_, kNoHandle, 0, &range); });
  mistake("mapped in no domain", [&] { return engine_->map(boot_, kNoHandle, 0x1000, 0x9000, 0x1000, VTD_READ); });
  mistake("unmapped in no domain", [&] { return engine_->unmap(boot_, kNoHandle, 0x1000, 0x1000); });
  mistake("found an IOVA in no domain",
          [&] { return engine_->find_iova(boot_, kNoHandle, 0x1000, 0x1000, uint64_t{1} << 32, &iova); });
}

// Beyond the words that there is room for nothing is written; how many ids there are is told all the same.
void Life::mistakes_about_ids(uint32_t units) {
  constexpr uint64_t kUntouched = 0x5a5a5a5a5a5a5a5a;
  std::array<uint64_t, 2> words = {kUntouched, kUntouched};
  const auto judged = [&](bool wrong) { return wrong ? VTD_OK : VTD_BAD_ARGUMENT; };
  mistake("told ids of a unit that does not exist",
          [&] { return judged(engine_->domain_ids(boot_, units, words.data(), 1) != 0 || words[0] != kUntouched); });
  if (over() || claims.units.empty()) return;
  const model::UnitClaims& told = claims.units.front();
  mistake("wrote ids where there was no room", [&] {
    const uint32_t count = engine_->domain_ids(boot_, 0, nullptr, 0);
    return judged(count != told.domain_id_count || engine_->domain_ids(boot_, 0, words.data(), 1) != count ||
                  words[1] != kUntouched || (!told.domain_ids.empty() && words[0] != told.domain_ids[0]));
  });
}

// Of a domain with tables: what is no range, no alignment, no access, or not within the host's address width.
void Life::mistakes_about_ranges(uint32_t domain, const model::Rules& rules) {
  constexpr uint64_t page = model::kPageBytes, low = uint64_t{1} << 32;
  const uint64_t end = uint64_t{1} << rules.host_address_width;
  uint64_t iova = 0;
  const auto finds = [&](uint64_t bytes, uint64_t alignment) {
    mistake("found a range that is none",
            [&] { return engine_->find_iova(boot_, domain, bytes, alignment, low, &iova); });
  };
  finds(0, page);
  finds(page + page / 2, page);
  finds(page, page / 2);
  finds(page, 3 * page);
  if (over()) return;
  // If possible where nothing else is in the way. A question may need memory: not where allocations are counted.
  if (machine.refuses_allocations() || engine_->find_iova(boot_, domain, 2 * page, page, low, &iova) != VTD_OK)
    iova = 0;
  const auto maps = [&](uint64_t pa, uint64_t bytes, uint32_t access) {
    mistake("mapped what no device can be given", [&] { return engine_->map(boot_, domain, iova, pa, bytes, access); });
  };
  maps(page, page, 0);
  maps(page, page, 4);
  maps(page, page, VTD_READ | 4);
  maps(page + 1, page, VTD_READ);
  maps(page, page + 1, VTD_READ);
  maps(page, 0, VTD_READ);
  maps(model::kInterruptFirst, page, VTD_READ);
  maps(end, page, VTD_READ);
  maps(end - page, 2 * page, VTD_READ);
}

}  // namespace vtd::harness
