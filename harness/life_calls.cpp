// SPDX-License-Identifier: Apache-2.0 OR MIT
// Act 3: the crash kernel's drivers come, map, unmap and go. What the contract says must fail is seen to fail.
#include <algorithm>
#include <bit>
#include <iterator>

#include "harness/life.h"
#include "harness/stamped.h"

namespace vtd::harness {
namespace operand = model::operand;
namespace {

struct Span {
  model::Iova first, last;  // inclusive
};

Span span_of(const model::Given& given) { return {given.iova, given.iova + given.bytes - 1}; }
bool overlap(const Span& a, const Span& b) { return a.first <= b.last && b.first <= a.last; }

bool wraps(uint64_t start, uint64_t bytes) { return start + (bytes - 1) < start; }
bool misaligned(uint64_t address) { return address % model::kPageBytes != 0; }

// About how many leaf entries a mapping takes.
uint64_t leaves_of(const model::Rules& rules, uint64_t iova, uint64_t pa, uint64_t bytes) {
  const bool huge = rules.huge_2m && (iova ^ pa) % (uint64_t{1} << model::shift_of(2)) == 0;
  return huge ? 1024 + (bytes >> model::shift_of(2)) : bytes / model::kPageBytes;
}

// Are all IOVAs of the range given to the domain?
bool covered(const std::vector<model::Given>& given, uint32_t domain, Span wanted) {
  for (bool found = true; found;) {
    found = false;
    for (const model::Given& g : given) {
      const Span s = span_of(g);
      if (g.domain != domain || s.first > wanted.first || s.last < wanted.first) continue;
      if (s.last >= wanted.last) return true;
      wanted.first = s.last + 1;
      found = true;
    }
  }
  return false;
}

// Those IOVAs of the domain are given no more.
void take_back(std::vector<model::Given>& given, uint32_t domain, Span gone, std::vector<model::Given>& kept) {
  kept.clear();
  for (const model::Given& g : given) {
    const Span s = span_of(g);
    if (g.domain != domain || !overlap(s, gone)) {
      kept.push_back(g);
      continue;
    }
    if (s.first < gone.first) kept.push_back({g.domain, g.iova, g.pa, gone.first - s.first, g.permissions});
    if (s.last > gone.last)
      kept.push_back({g.domain, gone.last + 1, g.pa + (gone.last + 1 - s.first), s.last - gone.last, g.permissions});
  }
  given.swap(kept);
}

}  // namespace

model::Attached* Life::attached(uint32_t unit, model::SourceId source) {
  const auto is = [&](const model::Attached& a) { return a.unit == unit && a.source == source; };
  const auto found = std::find_if(claims.attached.begin(), claims.attached.end(), is);
  return found == claims.attached.end() ? nullptr : &*found;
}

void Life::attach(uint32_t unit, model::SourceId source) {
  auto domain = stamped<vtd_domain>();
  // Where hardware did not answer, a call was half done: whether the device has left is the engine's to say.
  const bool may_have_left = std::ranges::find(half_left_, DeviceName{unit, source}) != half_left_.end();
  const bool impossible = unit >= machine.units.size() || (attached(unit, source) != nullptr && !may_have_left);
  const bool came_back = !impossible && hardware.device_came(unit, source);
  const int status = act([&] { return engine_->attach(boot_, unit, source, &domain); }, unit);
  // Nobody lets a device use its TLB that has no driver.
  if (came_back && status != VTD_OK) hardware.device_left(unit, source);
  if (over()) return;
  must_fail(impossible, status, "attached a device that is attached, or one of a unit that does not exist");
  if (status == VTD_OK && may_have_left) {
    if (const model::Attached* was = attached(unit, source); was != nullptr) forget_device(*was);
    std::erase(half_left_, DeviceName{unit, source});
  }
  if (status == VTD_OK) joined(unit, source, domain);
  if (status == VTD_NO_DOMAIN_ID) facts.note(Fact::ids_used_up);
  after_call(status, domain.handle, /*ids_may_change=*/true);
  if (status == VTD_NO_DOMAIN_ID && !over() && unit < claims.units.size()) ids_are_used_up(unit);
}

void Life::joined(uint32_t unit, model::SourceId source, const vtd_domain& domain) {
  claims.attached.push_back({static_cast<uint8_t>(unit), source, domain.handle, static_cast<uint8_t>(domain.kind),
                             static_cast<model::DomainId>(domain.domain_id), static_cast<uint8_t>(domain.width),
                             domain.table, false});
  // Its handle may have been that of a domain that is gone.
  if (domain.kind == VTD_NEW) std::erase_if(left_, [&](const model::Given& g) { return g.domain == domain.handle; });
  must_be_true(domain, unit);
  if (domain.kind != VTD_IDENTITY && claims.attached.size() == 1)
    ask([&] { mistakes_about_ranges(domain.handle, hardware.rules(unit)); });
  facts.note(domain.kind == VTD_ADOPTED ? Fact::adopted : domain.kind == VTD_NEW ? Fact::new_domain : Fact::identity);
}

// An engine that says so must have told every id of the unit as in use.
void Life::ids_are_used_up(uint32_t unit) {
  const model::UnitClaims& told = claims.units[unit];
  uint64_t used = 0;
  for (const uint64_t word : told.domain_ids) used += static_cast<unsigned>(std::popcount(word));
  check(Property::refusal_names_a_true_reason, used >= told.domain_id_count,
        "a device was refused for want of a domain-id while one is free", told.domain_id_count, used,
        static_cast<uint8_t>(unit));
}

// detach and unplug.
void Life::leave(const model::Step& step, uint32_t unit, model::SourceId source) {
  model::Attached* const device = attached(unit, source);
  const bool plugged = step.op == model::Op::detach;
  if (!plugged && device != nullptr) hardware.device_left(unit, source);
  const int status =
      act([&] { return plugged ? engine_->detach(boot_, unit, source) : engine_->unplug(boot_, unit, source); }, unit);
  if (over()) return;
  must_fail(device == nullptr, status, "detached a device that is not attached");
  const uint32_t domain = device == nullptr ? model::kNoDomain : device->domain;
  if (unanswered(status) && device != nullptr) half_left_.push_back({unit, source});
  if (status == VTD_OK && device != nullptr) {
    facts.note(plugged ? Fact::detached : Fact::unplugged);
    std::erase(half_left_, DeviceName{unit, source});
    if (forget_device(*device)) must_be_unknown(domain);
  }
  after_call(status, domain, /*ids_may_change=*/true);
}

// A domain's mappings go with its last device, or stay while legacy entries carry it. Was it the last?
bool Life::forget_device(const model::Attached& device) {
  const bool adopted = device.kind == VTD_ADOPTED;
  const auto in_domain = [domain = device.domain](const auto& of) { return of.domain == domain; };
  claims.attached.erase(claims.attached.begin() + (&device - claims.attached.data()));
  if (std::any_of(claims.attached.begin(), claims.attached.end(), in_domain)) return false;
  if (!adopted) std::erase_if(left_, in_domain);
  if (adopted) std::copy_if(claims.given.begin(), claims.given.end(), std::back_inserter(left_), in_domain);
  std::erase_if(claims.given, in_domain);
  return true;
}

// A handle means a domain while a device is attached to it.
void Life::must_be_unknown(uint32_t domain) {
  auto range = stamped<vtd_iova_range>();
  int status = VTD_BAD_ARGUMENT;
  ask([&] { status = engine_->next_range(boot_, domain, 0, &range); });
  must_fail(true, status, "told a range of a domain whose last device has left");
}

void Life::hand_over(uint32_t unit, model::SourceId source) {
  model::Attached* const device = attached(unit, source);
  const int status = act([&] { return engine_->hand_over(boot_, unit, source); }, unit);
  if (over()) return;
  must_fail(device == nullptr || device->kind == VTD_IDENTITY, status,
            "took over from a device that is not attached, or from one whose domain has no tables");
  if (status == VTD_OK && device != nullptr) {
    device->handed_over = true;
    facts.note(Fact::handed_over);
  }
  after_call(status, device == nullptr ? model::kNoDomain : device->domain, /*ids_may_change=*/true);
}

void Life::map(const model::Step& step, const model::Attached& device) {
  const uint64_t iova = step.operand[operand::ma_iova], pa = step.operand[operand::ma_pa];
  const uint64_t bytes = step.operand[operand::ma_pages] * model::kPageBytes;
  const auto access = static_cast<uint32_t>(step.operand[operand::ma_access]);
  if (leaves_of(hardware.rules(device.unit), iova, pa, bytes) > options_.leaves_most) return skip();
  bool impossible = bytes == 0 || access == 0 || misaligned(iova) || misaligned(pa) || wraps(iova, bytes) ||
                    device.kind == VTD_IDENTITY;
  // Requests there are interrupts: no mapping can give what it says (S§3.14).
  impossible |= !impossible && overlap({iova, iova + (bytes - 1)}, {model::kInterruptFirst, model::kInterruptLast});
  for (const model::Given& given : claims.given) {
    impossible |= !impossible && given.domain == device.domain && overlap(span_of(given), {iova, iova + (bytes - 1)});
  }
  // A driver of old hardware asks for 32 bits, aligned to the size; one that maps high up takes any range, aligned for
  // large pages.
  const bool any = iova >> 32 != 0;
  const uint64_t limit = any ? ~uint64_t{0} : uint64_t{1} << 32;
  const uint64_t natural = std::bit_ceil(std::clamp(bytes, uint64_t{model::kPageBytes}, uint64_t{1} << 31));
  model::OfferedRange offer = {device.domain, 0, limit, bytes, any ? std::bit_floor(bytes) : natural};
  int offered = VTD_NO_DOMAIN_ID;
  if (bytes != 0)
    ask([&] { offered = engine_->find_iova(boot_, device.domain, bytes, offer.alignment, limit, &offer.iova); });

  const int status = act([&] { return engine_->map(boot_, device.domain, iova, pa, bytes, access); }, device.unit);
  if (over()) return;
  must_fail(impossible, status,
            "mapped a range that is empty, misaligned, mapped already, for interrupts, or in a domain without tables");
  facts.note(status == VTD_OK ? Fact::mapped : Fact::map_refused);
  if (status == VTD_OK) {
    // Less than both permissions may go where nothing need be offered: below a link that lacks one.
    if (access == (VTD_READ | VTD_WRITE)) was_free(offered, offer, iova, device.kind);
    claims.given.push_back({device.domain, iova, pa, bytes, static_cast<uint8_t>(access)});
  }
  claims.offered.clear();
  if (offered == VTD_OK) claims.offered.push_back(offer);
  after_call(status, device.domain, /*ids_may_change=*/false);
}

// What map took was free when a range was asked for: then there was one, and the highest is no lower. Old tables may
// have more gaps than an engine has time for, so that only of a new domain none is an answer that can be wrong.
void Life::was_free(int offered, const model::OfferedRange& offer, uint64_t iova, uint8_t kind) {
  if (offered == VTD_BAD_ARGUMENT)
    broke(Property::ranges_are_told_truly, "a question for a free range is taken for wrong",
          static_cast<uint64_t>(VTD_EXISTS), static_cast<uint64_t>(offered));
  if (iova % offer.alignment != 0 || offer.bytes > offer.limit || iova > offer.limit - offer.bytes) return;
  judge.evaluated(Property::ranges_are_told_truly);
  if (offered == VTD_OK && offer.iova < iova)
    broke(Property::ranges_are_told_truly, "a free range is offered, and a higher one was free", iova, offer.iova);
  if (offered == VTD_EXISTS && kind == VTD_NEW)
    broke(Property::ranges_are_told_truly, "no range is offered, and one was free", iova, offer.limit);
}

void Life::unmap(const model::Step& step, const model::Attached& device) {
  const uint64_t iova = step.operand[operand::um_iova], bytes = step.operand[operand::um_pages] * model::kPageBytes;
  const bool nonsense = bytes == 0 || misaligned(iova) || wraps(iova, bytes);
  const Span gone = {iova, iova + (bytes - 1)};
  const bool given = !nonsense && covered(claims.given, device.domain, gone);
  const auto of_this = [&](const model::Given& g) { return g.domain == device.domain && overlap(span_of(g), gone); };
  const bool may_have_stayed = std::any_of(left_.begin(), left_.end(), of_this);
  const int status = act([&] { return engine_->unmap(boot_, device.domain, iova, bytes); }, device.unit);
  if (over()) return;
  must_fail(nonsense || (!may_have_stayed && !given), status, "unmapped something that map did not make");
  facts.note(status == VTD_OK ? Fact::unmapped : Fact::unmap_refused);
  if (status == VTD_OK || (unanswered(status) && given)) take_back(claims.given, device.domain, gone, kept_);
  if (status == VTD_OK) take_back(left_, device.domain, gone, kept_);
  // Where hardware did not answer it may be gone or not.
  if (unanswered(status) && given) left_.push_back({device.domain, iova, 0, bytes, 0});
  after_call(status, device.domain, /*ids_may_change=*/false);
}

// An engine that accepts the impossible has done something, and nobody can say what.
void Life::must_fail(bool impossible, int status, const char* what) {
  if (!impossible) return;
  check(Property::wrong_calls_are_refused, status != VTD_OK, what, static_cast<uint64_t>(VTD_BAD_ARGUMENT), VTD_OK);
}

void Life::after_call(int status, uint32_t domain, bool ids_may_change) {
  if (over()) return;
  // Where hardware does not answer a call may be half done.
  const bool refused = status != VTD_OK && !unanswered(status);
  collect_report(ids_may_change, refused ? Since::nothing : Since::anything);
  collect_ranges(domain);
  if (!over()) properties.after_call(evidence(), judge);
  claims.offered.clear();
}

}  // namespace vtd::harness
