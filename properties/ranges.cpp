// SPDX-License-Identifier: Apache-2.0 OR MIT
// Checks what the engine tells of IOVAs in use against the tables hardware walks, what it offers as free, and that new
// mappings keep clear of legacy ones.
// Does not check that ranges are the longest possible: a run may end where tables end.
// engine/takeover.h: next_range, find_iova; engine/README.md, adoption.
#include <algorithm>

#include "properties/groups.h"

namespace vtd::properties {
namespace {

using model::Attached;
using model::Given;
using model::Iova;
using model::ToldRange;

constexpr std::uint8_t kAdopted = 0, kIdentity = 2;

class Domain {
 public:
  Domain(const Case& judged, const Attached& device, const model::Hierarchy& now)
      : case_(judged),
        device_(device),
        old_(
            read_context(c().rules(device.unit), Case::context(c().evidence.before[device.unit], device.source).value)),
        now_(read_context(c().rules(device.unit), Case::context(now, device.source).value)) {
    const Case::Found found = Case::context(c().evidence.before[device.unit], device.source);
    legacy_ = legacy_of(device.unit, found.value, old_);
    legacy_lives_ = device.kind == kAdopted && fate_of(c(), legacy_) == LegacyFate::lives;
    c().scratch.old_use.begin(c().evidence.before[device.unit], c().scratch.places);
    c().scratch.new_use.begin(now, c().scratch.places);
  }

  void judge_told() {
    Iova next = 0;
    bool complete = true;
    for (const ToldRange& range : c().evidence.claims->ranges) {
      if (range.domain != device_.domain) continue;
      complete = range.first >= next && (range.first == next || free(next, range.first - 1)) && judge_range(range);
      if (!tell(Property::ranges_are_told_truly, complete,
                c().of_mapping(device_.unit, "a range told is not the next one in use"), next, range.first))
        return;
      next = range.last + 1;
      if (next == 0) return;
    }
    if (told_all())
      tell(Property::ranges_are_told_truly, free(next, ~Iova{0}), "a range in use is not told", next, ~Iova{0});
  }

  void judge_given() {
    if (!legacy_lives_) return;
    for (const Given& given : c().evidence.claims->given) {
      if (given.domain != device_.domain) continue;
      tell(Property::legacy_iova_is_never_reused,
           c().scratch.old_use.empty(old_, given.iova, given.iova + (given.bytes - 1)),
           "a new mapping overlaps a legacy one", given.iova, given.bytes);
    }
  }

  void judge_offered() {
    for (const model::OfferedRange& offer : c().evidence.claims->offered) {
      if (offer.domain != device_.domain) continue;
      const Iova last = offer.iova + (offer.bytes - 1);
      const bool fits = offer.iova % offer.alignment == 0 && last >= offer.iova && last < offer.limit;
      tell(Property::ranges_are_told_truly, fits, "an offered range is misaligned or beyond its limit", offer.limit,
           last);
      // Requests there are interrupts (S§3.14).
      tell(Property::ranges_are_told_truly, last < model::kInterruptFirst || offer.iova > model::kInterruptLast,
           "an offered range holds addresses of interrupts", model::kInterruptFirst, offer.iova);
      if (legacy_lives_) {
        tell(Property::legacy_iova_is_never_reused, c().scratch.old_use.empty(old_, offer.iova, last),
             "an offered range overlaps a legacy mapping", offer.iova, offer.bytes);
      }
      // The offer was made before the call, so what the call mapped does not count against it.
      for (const Given& given : c().scratch.visits.given) {
        const bool clear =
            given.domain != offer.domain || last < given.iova || offer.iova > given.iova + (given.bytes - 1);
        tell(Property::ranges_are_told_truly, clear, "an offered range is in use", given.iova, offer.iova);
      }
    }
  }

 private:
  const Case& c() const { return case_; }

  bool tell(Property property, bool held, const char* what, std::uint64_t expected, std::uint64_t got) {
    return c().check(property, held,
                     {Property::kCount, what, device_.unit, device_.source, expected, 0, expected, got, 0, 0});
  }

  bool free(Iova first, Iova last) { return c().scratch.new_use.empty(now_, first, last); }

  bool judge_range(const ToldRange& range) {
    if (!c().scratch.new_use.full(now_, range.first, range.last)) return false;
    if (!range.legacy) return consists_of_given(range);
    // Legacy ranges keep clear of what was given.
    const auto& given = c().evidence.claims->given;
    return std::none_of(given.begin(), given.end(), [&](const Given& g) {
      return g.domain == device_.domain && g.iova <= range.last && g.iova + (g.bytes - 1) >= range.first;
    });
  }

  bool consists_of_given(const ToldRange& range) const {
    Iova at = range.first;
    for (const Given* given = giving(at); given != nullptr; given = giving(at)) {
      if (range.last - given->iova < given->bytes) return true;
      at = given->iova + given->bytes;
    }
    return false;
  }

  // What map made at this IOVA: for devices that are here, or for earlier ones of an adopted domain, which may stay.
  const Given* giving(Iova at) const {
    const auto covers = [at](const Given& given) { return at >= given.iova && at - given.iova < given.bytes; };
    for (const Given& given : c().evidence.claims->given) {
      if (given.domain == device_.domain && covers(given)) return &given;
    }
    for (const Visits::Left& left : c().scratch.visits.left) {
      if (device_.kind == kAdopted && left.domain == legacy_ && covers(left.given)) return &left.given;
    }
    return nullptr;
  }

  // Questions end after so many answers.
  bool told_all() const {
    const auto& ranges = c().evidence.claims->ranges;
    const auto of_domain =
        std::count_if(ranges.begin(), ranges.end(), [&](const ToldRange& r) { return r.domain == device_.domain; });
    return static_cast<std::size_t>(of_domain) < model::kToldMost;
  }

  const Case& case_;
  const Attached& device_;
  model::ContextStep old_, now_;
  Visits::Legacy legacy_;
  bool legacy_lives_ = false;
};

}  // namespace

void judge_ranges(const Case& c) {
  const std::span<const model::Hierarchy> now = c.active(model::View::cpu);
  const std::vector<Attached>& attached = c.evidence.claims->attached;
  for (auto device = attached.begin(); device != attached.end() && c.judge.held(); ++device) {
    const bool seen =
        std::any_of(attached.begin(), device, [&](const Attached& other) { return other.domain == device->domain; });
    if (seen || device->kind == kIdentity) continue;
    Domain domain(c, *device, now[device->unit]);
    if (device->domain == c.evidence.claims->told_domain) domain.judge_told();
    domain.judge_given();
    domain.judge_offered();
  }
}

}  // namespace vtd::properties
